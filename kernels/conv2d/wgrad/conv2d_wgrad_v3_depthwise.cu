// conv2d_wgrad_v3_depthwise.cu: gradient of depthwise filters and the bias, a lane a channel.
//
// computes   conv2d.h, wgrad, with K = C = groups;   x: (N, H, W, C), dy: (N, P, Q, C),
//            dw: (C, R, S, 1), dbias: (C)
// mapping    a block takes 32 channels, one row of their filters, or all, and one part of the N·P rows of dy; its
//            eight warps every eighth of these rows, lane l channel l of the 32:
//
//              rows of part 0 │ filter row r → partial[0] ┐
//              rows of part 1 │ filter row r → partial[1] ├ second kernel: dw = Σ parts, in order
//                …            │                           ┘
//
// idea       a filter has R·S weights and no other channel's pixels: what v2 makes a matrix product is a
//            sum along the rows. Of filters 3 × 3 and 5 × 5, steps of 1, a thread keeps all sums and the bias', and
//            R windows of S pixels that move along: dy is read once and x R times. Of others it keeps those of
//            one filter row, and the bias is one more. The number of parts is a function of the shape
// limits     K = C = groups; workspace parts·(R·S + 1)·C·4 bytes
// cost       2·N·P·Q·C·R·S flops; of other filters dy is read R times, x R·S times from L1
// next       two rows of dy at a time would read x half as often again
#include "kernels/conv2d/conv2d_depthwise_size.h"
#include "kernels/device/unroll.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {
namespace {

constexpr int kDepthwiseWgradWarps = Conv2dDepthwiseTile::kWarps;

struct DepthwiseWgradPlan {
  int p_count, q_count;
  int rows;  // 1 for all of the filter and the bias; or filter rows of kTaps, and one for the bias if it is asked for
  int parts;       // of the rows of dy
  float* partial;  // (parts, R·S + 1, C)
};

// sums[i] += Σ_q x[q·stride − pad + (s + i)·dilation] · dy[q] of one row.
template <int kTaps>
__device__ __forceinline__ void add_depthwise_row(const Conv2dShape& d, const float* x,
                                                  const float* dy, int q_count, int s,
                                                  float (&sums)[kTaps]) {
  for (int q = 0; q < q_count; ++q) {
    const float gradient = dy[q * d.c];
    const int first_w = q * d.stride_w - d.pad_w + s * d.dilation_w;
    PELLUCID_UNROLL
    for (int i = 0; i < kTaps; ++i) {
      const int w = first_w + i * d.dilation_w;
      if (w >= 0 && w < d.w) sums[i] += x[w * d.c] * gradient;
    }
  }
}

// The same for all rows of the filter, with steps of 1; returns Σ dy. x: the image, from its first row.
template <int kTaps>
__device__ __forceinline__ float add_depthwise_rows(const Conv2dShape& d, const float* x, int p,
                                                    const float* dy, int q_count,
                                                    float (&sums)[kTaps * kTaps]) {
  const int first_h = p * d.stride_h - d.pad_h;
  const auto row_there = [&](int r) {
    const int h = first_h + r * d.dilation_h;
    return h >= 0 && h < d.h;
  };
  const auto there = [&](int w) { return w >= 0 && w < d.w; };
  const auto pixel = [&](int r, int w) {
    return row_there(r) && there(w) ? x[((first_h + r * d.dilation_h) * d.w + w) * d.c] : 0.0f;
  };
  float window[kTaps][kTaps], total = 0;  // the pixels that the next output sees, but for the last
  PELLUCID_UNROLL
  for (int r = 0; r < kTaps; ++r) PELLUCID_UNROLL
  for (int i = 1; i < kTaps; ++i) window[r][i] = pixel(r, i - 1 - d.pad_w);
  for (int q = 0; q < q_count; ++q) {
    const float gradient = dy[q * d.c];
    const int first_w = q - d.pad_w;
    total += gradient;
    PELLUCID_UNROLL
    for (int r = 0; r < kTaps; ++r) {
      PELLUCID_UNROLL
      for (int i = 1; i < kTaps; ++i) window[r][i - 1] = window[r][i];
      window[r][kTaps - 1] = pixel(r, first_w + kTaps - 1);
      PELLUCID_UNROLL
      for (int i = 0; i < kTaps; ++i)
        if (row_there(r) && there(first_w + i)) sums[r * kTaps + i] += window[r][i] * gradient;
    }
  }
  return total;
}

// kTaps: S, or 1: then a filter row is a single weight. kWhole: all rows of a filter of S × S at once.
template <int kTaps, bool kWhole>
__global__ void __launch_bounds__(32 * kDepthwiseWgradWarps, kWhole ? 2 : 3)  // 128, 80 registers
    conv2d_wgrad_v3_depthwise_kernel(Conv2dWgradArgs a, DepthwiseWgradPlan plan) {
  constexpr int kSums = kWhole ? kTaps * kTaps : kTaps;
  __shared__ float warp_sums[kDepthwiseWgradWarps][kSums + kWhole][32];
  const Conv2dShape& d = a.shape;
  const int lane = static_cast<int>(threadIdx.x) % 32, warp = static_cast<int>(threadIdx.x) / 32;
  const int groups = (d.c + 31) / 32;
  int block = static_cast<int>(blockIdx.x);
  const int c = block % groups * 32 + lane;
  block /= groups;
  const int filter_row = block % plan.rows, part = block / plan.rows;
  const int tap = filter_row * kSums, taps = d.r * d.s, r = tap / d.s, s = tap % d.s;
  const long long lines = static_cast<long long>(d.n) * plan.p_count;
  const long long begin = lines * part / plan.parts, end = lines * (part + 1) / plan.parts;

  float sums[kSums] = {}, bias = 0;
  for (long long line = begin + warp; line < end && c < d.c; line += kDepthwiseWgradWarps) {
    const float* dy = a.dy + line * plan.q_count * d.c + c;
    const int p = static_cast<int>(line % plan.p_count);
    const float* image = a.x + line / plan.p_count * d.h * d.w * d.c + c;
    if constexpr (kWhole) {
      bias += add_depthwise_rows<kTaps>(d, image, p, dy, plan.q_count, sums);
      continue;
    } else if (tap >= taps) {
      for (int q = 0; q < plan.q_count; ++q) sums[0] += dy[q * d.c];
      continue;
    }
    if constexpr (!kWhole) {
      const int h = p * d.stride_h - d.pad_h + r * d.dilation_h;
      if (h >= 0 && h < d.h)
        add_depthwise_row(d, image + static_cast<long long>(h) * d.w * d.c, dy, plan.q_count, s,
                          sums);
    }
  }
  PELLUCID_UNROLL
  for (int i = 0; i < kSums; ++i) warp_sums[warp][i][lane] = sums[i];
  if constexpr (kWhole) warp_sums[warp][kSums][lane] = bias;
  __syncthreads();
  if (c >= d.c) return;
  for (int i = warp; i < kSums + kWhole && tap + i <= taps; i += kDepthwiseWgradWarps) {
    float sum = 0;
    for (int other = 0; other < kDepthwiseWgradWarps; ++other) sum += warp_sums[other][i][lane];
    plan.partial[(static_cast<long long>(part) * (taps + 1) + tap + i) * d.c + c] = sum;
  }
}

// Adds the parts, one thread a sum.
__global__ void conv2d_wgrad_sum_depthwise_kernel(Conv2dWgradArgs a, DepthwiseWgradPlan plan) {
  const Conv2dShape& d = a.shape;
  const int taps = d.r * d.s;
  const long long count = static_cast<long long>(taps + (a.dbias ? 1 : 0)) * d.c;
  const long long element = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (element >= count) return;
  float sum = 0;
  for (int part = 0; part < plan.parts; ++part)
    sum += plan.partial[static_cast<long long>(part) * (taps + 1) * d.c + element];
  const int tap = static_cast<int>(element / d.c), c = static_cast<int>(element % d.c);
  if (tap < taps) a.dw[static_cast<long long>(c) * taps + tap] = sum;
  else a.dbias[c] = sum;
}

}  // namespace

void conv2d_wgrad_v3_depthwise(Stream& stream, const Conv2dWgradArgs& a) {
  const Conv2dShape& d = a.shape;
  require(d.depthwise(),
          "conv2d_wgrad_v3_depthwise: needs as many groups as channels and filters, got ", d.groups,
          " groups, c = ", d.c, ", k = ", d.k);
  const bool whole = (d.s == 3 || d.s == 5) && d.r == d.s && d.stride_w == 1 && d.dilation_w == 1;
  const bool whole_rows = d.s == 3 || d.s == 5 || d.s == 7;
  const int rows = whole ? 1 : (whole_rows ? d.r : d.r * d.s) + (a.dbias ? 1 : 0);
  DepthwiseWgradPlan plan{d.p(), d.q(), rows, 1, nullptr};
  // Some 2,048 blocks keep a large GPU busy; fewer than two rows a warp would not pay for their sums.
  const long long blocks_of_part = 1LL * plan.rows * ((d.c + 31) / 32);
  const long long most_parts = 1LL * d.n * plan.p_count / (2 * kDepthwiseWgradWarps);
  plan.parts = static_cast<int>(max(1LL, min(2048 / blocks_of_part, most_parts)));

  const long long sums = (1LL * d.r * d.s + 1) * d.c;
  const Buffer workspace(stream.arena(),
                         static_cast<std::size_t>(sums * plan.parts) * sizeof(float));
  plan.partial = static_cast<float*>(workspace.data());
  launch(stream,
         {"conv2d_wgrad_v3_depthwise", blocks_for(blocks_of_part * plan.parts, 1),
          32 * kDepthwiseWgradWarps, 0, conv2d_wgrad_cost(d)},
         whole && d.s == 3 ? conv2d_wgrad_v3_depthwise_kernel<3, true>
         : whole           ? conv2d_wgrad_v3_depthwise_kernel<5, true>
         : d.s == 3        ? conv2d_wgrad_v3_depthwise_kernel<3, false>
         : d.s == 5        ? conv2d_wgrad_v3_depthwise_kernel<5, false>
         : d.s == 7        ? conv2d_wgrad_v3_depthwise_kernel<7, false>
                           : conv2d_wgrad_v3_depthwise_kernel<1, false>,
         a, plan);
  constexpr int block = 128;
  const double summed = 1.0 * plan.parts * sums;
  launch(stream,
         {"conv2d_wgrad_sum_depthwise",
          blocks_for(sums, block),
          block,
          0,
          {.flops = summed, .bytes = 4 * (summed + sums)}},
         conv2d_wgrad_sum_depthwise_kernel, a, plan);
}

}  // namespace pellucid::PELLUCID_BACKEND
