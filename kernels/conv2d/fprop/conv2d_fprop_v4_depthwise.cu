// conv2d_fprop_v4_depthwise.cu: depthwise convolution, a lane a channel.
//
// computes   conv2d.h, fprop, with K = C = groups;   x: (N, H, W, C), w: (C, R, S, 1), y: (N, P, Q, C)
// mapping    conv2d_depthwise.cuh over the rows of y: a thread computes eight neighbouring outputs of one
//            channel
// idea       a product of matrices has one column here, so v3's tile would be empty; what is left is to
//            read x once. For filters 3, 5 or 7 wide, stride 1 or 2, a thread keeps the pixels of a row
//            that its outputs share in registers: 10 loads in place of 24 for 3 × 3
// limits     K = C = groups; the filters of 32 channels must fit into 48 KiB of shared memory
// cost       2·N·P·Q·C·R·S flops; 4·(N·H·W·C·R/stride + N·P·Q·C) bytes, of which a cache holds the rows
// next       channels that are no multiple of 32 leave lanes idle; two rows of outputs would share x's
#include "kernels/conv2d/conv2d_depthwise.cuh"

namespace pellucid::PELLUCID_BACKEND {
namespace {

// kTaps: S, where a thread keeps a row's pixels; 0: any filter and stride.
template <int kTaps, int kStride>
__global__ void __launch_bounds__(kDepthwiseThreads)
    conv2d_fprop_v4_depthwise_kernel(Conv2dFpropArgs a, int p_count, int q_count) {
  const Conv2dShape& d = a.shape;
  float* weights = dynamic_shared_floats();
  load_depthwise_weights(d, a.w, a.bias, weights);
  const DepthwisePlace at = depthwise_place(d, p_count, q_count);
  if (!at.inside) return;

  const int first_w = at.first * d.stride_w - d.pad_w;
  float sums[kDepthwiseRun] = {};
  for (int r = 0; r < d.r; ++r) {
    const int h = at.row * d.stride_h - d.pad_h + r * d.dilation_h;
    if (h < 0 || h >= d.h) continue;
    const float* row = a.x + (static_cast<long long>(at.n) * d.h + h) * d.w * d.c + at.c;
    const float* weight = weights + r * d.s * kDepthwisePitch + at.lane;
    if constexpr (kTaps > 0) {
      constexpr int kSpan = (kDepthwiseRun - 1) * kStride + kTaps;
      float x[kSpan];
      PELLUCID_UNROLL
      for (int i = 0; i < kSpan; ++i) {
        const int w = first_w + i;
        x[i] = w >= 0 && w < d.w ? row[w * d.c] : 0.0f;
      }
      PELLUCID_UNROLL
      for (int s = 0; s < kTaps; ++s) {
        const float factor = weight[s * kDepthwisePitch];
        PELLUCID_UNROLL
        for (int o = 0; o < kDepthwiseRun; ++o) sums[o] += x[o * kStride + s] * factor;
      }
    } else {
      for (int s = 0; s < d.s; ++s) {
        const float factor = weight[s * kDepthwisePitch];
        PELLUCID_UNROLL
        for (int o = 0; o < kDepthwiseRun; ++o) {
          const int w = first_w + o * d.stride_w + s * d.dilation_w;
          if (w >= 0 && w < d.w) sums[o] += row[w * d.c] * factor;
        }
      }
    }
  }

  float* y =
      a.y + ((static_cast<long long>(at.n) * p_count + at.row) * q_count + at.first) * d.c + at.c;
  const float bias = depthwise_bias(d, weights, at);
  PELLUCID_UNROLL
  for (int o = 0; o < kDepthwiseRun; ++o)
    if (at.first + o < q_count) y[o * d.c] = a.bias ? sums[o] + bias : sums[o];
}

using DepthwiseFprop = void (*)(Conv2dFpropArgs, int, int);
template <int kStride>
DepthwiseFprop depthwise_fprop_of(int taps) {
  return taps == 3   ? conv2d_fprop_v4_depthwise_kernel<3, kStride>
         : taps == 5 ? conv2d_fprop_v4_depthwise_kernel<5, kStride>
         : taps == 7 ? conv2d_fprop_v4_depthwise_kernel<7, kStride>
                     : conv2d_fprop_v4_depthwise_kernel<0, 0>;
}

}  // namespace

void conv2d_fprop_v4_depthwise(Stream& stream, const Conv2dFpropArgs& a) {
  const Conv2dShape& d = a.shape;
  const DepthwiseFprop kernel = d.dilation_w > 1  ? conv2d_fprop_v4_depthwise_kernel<0, 0>
                                : d.stride_w == 1 ? depthwise_fprop_of<1>(d.s)
                                : d.stride_w == 2 ? depthwise_fprop_of<2>(d.s)
                                                  : conv2d_fprop_v4_depthwise_kernel<0, 0>;
  launch_depthwise(stream, "conv2d_fprop_v4_depthwise", conv2d_fprop_cost(d), kernel, a, d.p(),
                   d.q());
}

}  // namespace pellucid::PELLUCID_BACKEND
