// conv2d_dgrad_v1_naive.cu: gradient of the input, one thread an input element.
//
// computes   conv2d.h, dgrad;   dy: (N, P, Q, K), w: (K, R, S, C / groups), dx: (N, H, W, C)
// mapping    thread t of the grid takes input element t, channels fastest
// idea       gather: for each tap the thread asks which output pixel, if any, used this input
//            there; nothing is scattered, so there are no atomics and the order of the sum is fixed
// limits     none beyond conv2d.h
// cost       2·N·P·Q·K·R·S·C flops; two divisions a tap; each dy is read C·R·S times from L1/L2
// next       v2 shares dy and w through shared memory
#include "kernels/conv2d/conv2d.h"
#include "kernels/device/warp.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void conv2d_dgrad_v1_naive_kernel(Conv2dDgradArgs a, int p_count, int q_count) {
  const Conv2dShape& d = a.shape;
  const long long element = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (element >= static_cast<long long>(d.n) * d.h * d.w * d.c) return;
  const int c = static_cast<int>(element % d.c);
  const int pixel = static_cast<int>(element / d.c);
  const int w = pixel % d.w, h = pixel / d.w % d.h, n = pixel / d.w / d.h;

  const int channels = d.group_c(), filters = d.group_k();
  const int first_k = c / channels * filters;
  const float* weights = a.w + c % channels;  // of filter 0, tap (0, 0)
  float sum = 0;
  for (int r = 0; r < d.r; ++r) {
    const int from_h = h + d.pad_h - r * d.dilation_h;  // p · stride_h, if there is such a p
    const int p = from_h / d.stride_h;
    if (from_h < 0 || from_h % d.stride_h != 0 || p >= p_count) continue;
    for (int s = 0; s < d.s; ++s) {
      const int from_w = w + d.pad_w - s * d.dilation_w;
      const int q = from_w / d.stride_w;
      if (from_w < 0 || from_w % d.stride_w != 0 || q >= q_count) continue;
      const float* dy = a.dy + ((static_cast<long long>(n) * p_count + p) * q_count + q) * d.k;
      for (int k = first_k; k < first_k + filters; ++k)
        sum += dy[k] * weights[((static_cast<long long>(k) * d.r + r) * d.s + s) * channels];
    }
  }
  a.dx[element] = a.bias ? sum + a.bias[c] : sum;
}

void conv2d_dgrad_v1_naive(Stream& stream, const Conv2dDgradArgs& a) {
  constexpr int block = 128;
  const Conv2dShape& d = a.shape;
  const long long inputs = static_cast<long long>(d.n) * d.h * d.w * d.c;
  launch(stream,
         {"conv2d_dgrad_v1_naive", blocks_for(inputs, block), block, 0, conv2d_dgrad_cost(d)},
         conv2d_dgrad_v1_naive_kernel, a, d.p(), d.q());
}

}  // namespace pellucid::PELLUCID_BACKEND
