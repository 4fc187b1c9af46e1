// conv2d_patterns_v1_naive.cu: convolution, ReLU and pooling of the rows, one thread a value.
//
// computes   conv2d_patterns.h
// mapping    thread t of the grid computes element t of y: pool² sums, one after the other
// idea       the formula as written
// limits     none beyond the operator's
// cost       2·count·pool²·K·R·S·C flops; each thread looks its field up anew
// next       v2 keeps the fields of 32 rows in shared memory
#include "kernels/conv2d/patterns/conv2d_patterns.cuh"
#include "kernels/device/running_max.cuh"
#include "kernels/device/vector.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {
namespace {

__device__ float pattern_output(const Conv2dPatternsArgs& a, int mask, int p, int q, int k) {
  const Conv2dShape& d = a.shape;
  float sum = 0;
  for (int r = 0; r < d.r; ++r) {
    for (int s = 0; s < d.s; ++s) {
      const float* x = pattern_pixel(a, mask, p * d.stride_h - d.pad_h + r * d.dilation_h,
                                     q * d.stride_w - d.pad_w + s * d.dilation_w);
      if (!x) continue;
      const float* weights = a.w + ((static_cast<long long>(k) * d.r + r) * d.s + s) * d.c;
      for (int c = 0; c < d.c; ++c) sum += x[c] * weights[c];
    }
  }
  return a.bias ? sum + a.bias[k] : sum;
}

}  // namespace

__global__ void conv2d_patterns_v1_naive_kernel(Conv2dPatternsArgs a, int columns) {
  const std::int64_t element = grid_thread();
  if (element >= std::int64_t{a.count} * a.shape.k) return;
  const int k = static_cast<int>(element % a.shape.k);
  const PatternRow row = a.rows[element / a.shape.k];
  const int i = row.place / columns, j = row.place % columns;
  float largest = 0;
  for (int p = i * a.pool; p < (i + 1) * a.pool; ++p)
    for (int q = j * a.pool; q < (j + 1) * a.pool; ++q)
      largest = running_max(largest, pattern_output(a, row.mask, p, q, k));
  a.y[element] = largest;
}

void conv2d_patterns_v1_naive(Stream& stream, const Conv2dPatternsArgs& a) {
  constexpr int block = 128;
  launch(stream,
         {"conv2d_patterns_v1_naive", blocks_for(1LL * a.count * a.shape.k, block), block, 0,
          conv2d_patterns_cost(a)},
         conv2d_patterns_v1_naive_kernel, a, a.pooled_q());
}

}  // namespace pellucid::PELLUCID_BACKEND
