// conv2d_dgrad_v3_depthwise.cu: gradient of a depthwise convolution's input, a lane a channel.
//
// computes   conv2d.h, dgrad, with K = C = groups;   dy: (N, P, Q, C), w: (C, R, S, 1), dx: (N, H, W, C)
// mapping    conv2d_depthwise.cuh over the rows of dx: a thread computes eight neighbouring inputs of one
//            channel
// idea       gather, as v2, without its tile of one column. For filters 3, 5 or 7 wide with stride_w 1 a
//            thread keeps the pixels of a row of dy that its inputs share in registers. All lanes of a
//            warp have one pixel, so asking whether a tap has an output there costs no divergence
// limits     K = C = groups; the filters of 32 channels must fit into 48 KiB of shared memory
// cost       2·N·P·Q·C·R·S flops; with a stride, a division for each of an input's S taps
// next       with a stride, one sum for each phase (w mod stride)
#include "kernels/conv2d/conv2d_depthwise.cuh"

namespace pellucid::PELLUCID_BACKEND {
namespace {

// kTaps: S, where a thread keeps a row's pixels; 0: any filter and stride.
template <int kTaps>
__global__ void __launch_bounds__(kDepthwiseThreads)
    conv2d_dgrad_v3_depthwise_kernel(Conv2dDgradArgs a, int p_count, int q_count) {
  const Conv2dShape& d = a.shape;
  float* weights = dynamic_shared_floats();
  load_depthwise_weights(d, a.w, a.bias, weights);
  const DepthwisePlace at = depthwise_place(d, d.h, d.w);
  if (!at.inside) return;

  float sums[kDepthwiseRun] = {};
  for (int r = 0; r < d.r; ++r) {
    const int from_h = at.row + d.pad_h - r * d.dilation_h, p = from_h / d.stride_h;
    if (from_h < 0 || p * d.stride_h != from_h || p >= p_count) continue;
    const float* row = a.dy + (static_cast<long long>(at.n) * p_count + p) * q_count * d.c + at.c;
    const float* weight = weights + r * d.s * kDepthwisePitch + at.lane;
    if constexpr (kTaps > 0) {
      constexpr int kSpan = kDepthwiseRun + kTaps - 1;
      const int first_q = at.first + d.pad_w - (kTaps - 1);
      float dy[kSpan];
      PELLUCID_UNROLL
      for (int i = 0; i < kSpan; ++i) {
        const int q = first_q + i;
        dy[i] = q >= 0 && q < q_count ? row[q * d.c] : 0.0f;
      }
      PELLUCID_UNROLL
      for (int s = 0; s < kTaps; ++s) {
        const float factor = weight[s * kDepthwisePitch];
        PELLUCID_UNROLL
        for (int o = 0; o < kDepthwiseRun; ++o) sums[o] += dy[o + kTaps - 1 - s] * factor;
      }
    } else {
      for (int s = 0; s < d.s; ++s) {
        const float factor = weight[s * kDepthwisePitch];
        PELLUCID_UNROLL
        for (int o = 0; o < kDepthwiseRun; ++o) {
          const int from_w = at.first + o + d.pad_w - s * d.dilation_w, q = from_w / d.stride_w;
          if (from_w >= 0 && q * d.stride_w == from_w && q < q_count)
            sums[o] += row[q * d.c] * factor;
        }
      }
    }
  }

  float* dx = a.dx + ((static_cast<long long>(at.n) * d.h + at.row) * d.w + at.first) * d.c + at.c;
  const float bias = depthwise_bias(d, weights, at);
  PELLUCID_UNROLL
  for (int o = 0; o < kDepthwiseRun; ++o)
    if (at.first + o < d.w) dx[o * d.c] = a.bias ? sums[o] + bias : sums[o];
}

}  // namespace

void conv2d_dgrad_v3_depthwise(Stream& stream, const Conv2dDgradArgs& a) {
  const Conv2dShape& d = a.shape;
  const bool keeps = d.stride_w == 1 && d.dilation_w == 1;
  launch_depthwise(stream, "conv2d_dgrad_v3_depthwise", conv2d_dgrad_cost(d),
                   keeps && d.s == 3   ? conv2d_dgrad_v3_depthwise_kernel<3>
                   : keeps && d.s == 5 ? conv2d_dgrad_v3_depthwise_kernel<5>
                   : keeps && d.s == 7 ? conv2d_dgrad_v3_depthwise_kernel<7>
                                       : conv2d_dgrad_v3_depthwise_kernel<0>,
                   a, d.h, d.w);
}

}  // namespace pellucid::PELLUCID_BACKEND
