// conv2d_fprop_v1_naive.cu: convolution, one thread an output.
//
// computes   conv2d.h, fprop;   x: (N, H, W, C), w: (K, R, S, C / groups), y: (N, P, Q, K)
// mapping    thread t of the grid takes output element t: filters fastest, so that neighbouring
//            lanes read the same x and write neighbouring y
// idea       the formula as written
// limits     none beyond conv2d.h
// cost       2·N·P·Q·K·R·S·C flops; each x is read K·R·S times from L1/L2, and each lane of a warp
//            reads another row of w, R·S·C floats away
// next       v2 and v3 keep x and w in shared memory and several outputs in a thread's registers
#include "kernels/conv2d/conv2d.h"
#include "kernels/device/warp.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void conv2d_fprop_v1_naive_kernel(Conv2dFpropArgs a, int p_count, int q_count) {
  const Conv2dShape& d = a.shape;
  const long long element = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (element >= static_cast<long long>(d.n) * p_count * q_count * d.k) return;
  const int k = static_cast<int>(element % d.k);
  const int pixel = static_cast<int>(element / d.k);
  const int q = pixel % q_count, p = pixel / q_count % p_count, n = pixel / q_count / p_count;

  const int channels = d.group_c(), first_c = k / d.group_k() * channels;
  float sum = 0;
  for (int r = 0; r < d.r; ++r) {
    const int h = p * d.stride_h - d.pad_h + r * d.dilation_h;
    if (h < 0 || h >= d.h) continue;
    for (int s = 0; s < d.s; ++s) {
      const int w = q * d.stride_w - d.pad_w + s * d.dilation_w;
      if (w < 0 || w >= d.w) continue;
      const float* x = a.x + ((static_cast<long long>(n) * d.h + h) * d.w + w) * d.c + first_c;
      const float* weights = a.w + ((static_cast<long long>(k) * d.r + r) * d.s + s) * channels;
      for (int c = 0; c < channels; ++c) sum += x[c] * weights[c];
    }
  }
  a.y[element] = a.bias ? sum + a.bias[k] : sum;
}

void conv2d_fprop_v1_naive(Stream& stream, const Conv2dFpropArgs& a) {
  constexpr int block = 128;
  const Conv2dShape& d = a.shape;
  const long long outputs = static_cast<long long>(d.n) * d.p() * d.q() * d.k;
  launch(stream,
         {"conv2d_fprop_v1_naive", blocks_for(outputs, block), block, 0, conv2d_fprop_cost(d)},
         conv2d_fprop_v1_naive_kernel, a, d.p(), d.q());
}

}  // namespace pellucid::PELLUCID_BACKEND
