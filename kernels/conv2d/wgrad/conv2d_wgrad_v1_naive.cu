// conv2d_wgrad_v1_naive.cu: gradient of the weights and the bias, one thread a weight.
//
// computes   conv2d.h, wgrad;   x: (N, H, W, C), dy: (N, P, Q, K), dw: (K, R, S, C / groups), dbias: (K)
// mapping    thread t of the grid takes weight t; the K threads behind the weights take the biases
// idea       the formula as written: each thread walks all output pixels in order
// limits     none beyond conv2d.h
// cost       2·N·P·Q·K·R·S·C flops; a layer with few weights leaves most of the GPU idle, and a sum
//            over N·P·Q terms in one accumulator loses up to log2(N·P·Q) bits
// next       v2 splits the pixels over blocks and adds the parts in a second pass
#include "kernels/conv2d/conv2d.h"
#include "kernels/device/warp.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void conv2d_wgrad_v1_naive_kernel(Conv2dWgradArgs a, int p_count, int q_count) {
  const Conv2dShape& d = a.shape;
  const long long weights = static_cast<long long>(d.k) * d.taps();
  const long long element = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (element >= weights) {
    if (!a.dbias || element >= weights + d.k) return;
    const int k = static_cast<int>(element - weights);
    float sum = 0;
    for (int pixel = 0; pixel < d.n * p_count * q_count; ++pixel)
      sum += a.dy[static_cast<long long>(pixel) * d.k + k];
    a.dbias[k] = sum;
    return;
  }
  const int k = static_cast<int>(element / d.taps()), tap = static_cast<int>(element % d.taps());
  const int channels = d.group_c(), place = tap / channels, s = place % d.s, r = place / d.s;
  const int c = k / d.group_k() * channels + tap % channels;

  float sum = 0;
  for (int n = 0; n < d.n; ++n) {
    for (int p = 0; p < p_count; ++p) {
      const int h = p * d.stride_h - d.pad_h + r * d.dilation_h;
      if (h < 0 || h >= d.h) continue;
      for (int q = 0; q < q_count; ++q) {
        const int w = q * d.stride_w - d.pad_w + s * d.dilation_w;
        if (w < 0 || w >= d.w) continue;
        sum += a.x[((static_cast<long long>(n) * d.h + h) * d.w + w) * d.c + c] *
               a.dy[((static_cast<long long>(n) * p_count + p) * q_count + q) * d.k + k];
      }
    }
  }
  a.dw[element] = sum;
}

void conv2d_wgrad_v1_naive(Stream& stream, const Conv2dWgradArgs& a) {
  constexpr int block = 64;
  const Conv2dShape& d = a.shape;
  const long long threads = static_cast<long long>(d.k) * d.taps() + (a.dbias ? d.k : 0);
  launch(stream,
         {"conv2d_wgrad_v1_naive", blocks_for(threads, block), block, 0, conv2d_wgrad_cost(d)},
         conv2d_wgrad_v1_naive_kernel, a, d.p(), d.q());
}

}  // namespace pellucid::PELLUCID_BACKEND
