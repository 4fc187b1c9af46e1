// conv2d_relu_pool_v1_naive.cu: convolution, ReLU and maximum pooling, one thread a pooled output.
//
// computes   conv2d_relu_pool.h
// mapping    thread t of the grid computes element t of y: pool² sums, one after the other
// idea       the formula as written
// limits     none beyond the operator's
// cost       2·N·P·Q·K·R·S·C flops; each thread reads its windows and filters anew
// next       v2 keeps the input and the filters of a tile in shared memory
#include "kernels/conv2d/relu_pool/conv2d_relu_pool.cuh"
#include "kernels/device/vector.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {
namespace {

__device__ float one_output(const Conv2dReluPoolArgs& a, int n, int p, int q, int k) {
  const Conv2dShape& d = a.shape;
  float sum = 0;
  for (int r = 0; r < d.r; ++r) {
    const int h = p * d.stride_h - d.pad_h + r * d.dilation_h;
    if (h < 0 || h >= d.h) continue;
    for (int s = 0; s < d.s; ++s) {
      const int w = q * d.stride_w - d.pad_w + s * d.dilation_w;
      if (w < 0 || w >= d.w) continue;
      const float* x = input_pixel(a, n, std::int64_t{h} * d.w + w);
      const float* weights = a.w + ((static_cast<long long>(k) * d.r + r) * d.s + s) * d.c;
      for (int c = 0; c < d.c; ++c) sum += x[c] * weights[c];
    }
  }
  return a.bias ? sum + a.bias[k] : sum;
}

}  // namespace

__global__ void conv2d_relu_pool_v1_naive_kernel(Conv2dReluPoolArgs a, int rows, int columns) {
  const Conv2dShape& d = a.shape;
  const std::int64_t element = grid_thread();
  if (element >= std::int64_t{d.n} * rows * columns * d.k) return;
  const int k = static_cast<int>(element % d.k), pixel = static_cast<int>(element / d.k);
  const int j = pixel % columns, i = pixel / columns % rows, n = pixel / columns / rows;
  float largest = 0;
  for (int p = i * a.pool; p < (i + 1) * a.pool; ++p)
    for (int q = j * a.pool; q < (j + 1) * a.pool; ++q)
      largest = running_max(largest, one_output(a, n, p, q, k));
  a.y[element] = largest;
}

void conv2d_relu_pool_v1_naive(Stream& stream, const Conv2dReluPoolArgs& a) {
  constexpr int block = 128;
  const long long outputs = 1LL * a.shape.n * a.pooled_p() * a.pooled_q() * a.shape.k;
  launch(
      stream,
      {"conv2d_relu_pool_v1_naive", blocks_for(outputs, block), block, 0, conv2d_relu_pool_cost(a)},
      conv2d_relu_pool_v1_naive_kernel, a, a.pooled_p(), a.pooled_q());
}

}  // namespace pellucid::PELLUCID_BACKEND
