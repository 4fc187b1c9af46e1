// conv2d_wgrad_v2_split.cu: gradient of the weights and the bias, the pixels split over blocks.
//
// computes   conv2d.h, wgrad;   x: (N, H, W, C), dy: (N, P, Q, K), dw: (K, R, S, C / groups), dbias: (K)
// mapping    a matrix product dy^T · im2col(x) with N·P·Q as the summed extent. A block takes one
//            tile of filters × 64 taps and one part of the pixels; a thread 8 filters × 4 taps:
//
//              pixels of part 0 │ tile → partial[0] ┐
//              pixels of part 1 │ tile → partial[1] ├ second kernel: dw = Σ parts, in a fixed order
//                …              │                   ┘
//
// idea       the paper's layers have 1,200 to 6,400 weights and up to 774,400 pixels a batch: only
//            the pixels give work enough for a GPU. The bias is one more tap whose input is
//            always 1. The number of parts is a function of the shape, so the sum's order is fixed
// limits     at most 65,535 groups, row y of the grid the y-th; workspace parts·K·(R·S·C + 1)·4 bytes, at most about 4,096 warps'
// cost       2·N·P·Q·K·R·S·C flops; dy is read ⌈R·S·C/64⌉ times, x gathered ⌈K/16⌉ (⌈K/64⌉) times
// next       gathering step i + 1 (cp.async) while step i is multiplied
#include "kernels/alignment.h"
#include "kernels/conv2d/conv2d.h"
#include "kernels/device/float8.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {
namespace {

template <int kFiltersOfTile>
struct WgradTile {
  static constexpr int kFilters = kFiltersOfTile, kTaps = 64;
  static constexpr int kStep = 16;  // pixels in shared memory at a time
  static constexpr int kThreadFilters = 8, kThreadTaps = 4;
  static constexpr int kFilterGroups = kFilters / kThreadFilters;
  static constexpr int kTapGroups = kTaps / kThreadTaps;
  static constexpr int kThreads = kFilterGroups * kTapGroups;
  static constexpr int kRows = kThreads / kTapGroups;  // pixels gathered at once
  static_assert(kThreads % 32 == 0 && kStep % kRows == 0);
  // As in implicit_gemm.cuh: side by side, or half a tile apart against bank conflicts.
  static constexpr int kGroupStep = kFilterGroups >= 8 ? 4 : 8;
  static constexpr int kQuadGap = kFilterGroups >= 8 ? kFilters / 2 : 4;

  alignas(16) float x[kStep][kTaps];
  alignas(16) float dy[kStep][kFilters];
};

struct WgradPlan {
  int p_count, q_count, taps;  // taps: R·S·C of a group, plus one for the bias
  int channels, filters;       // of a group
  int parts, filter_tiles, tap_tiles;
  bool vector_dy;
  float* partial;  // (parts, K, taps)
};

// Where a tap looks, relative to the origin of a pixel's filter window.
struct WgradTap {
  enum Kind { outside, input, one } kind;
  int h, w, c;
};

__device__ __forceinline__ WgradTap wgrad_tap(const Conv2dShape& d, const WgradPlan& plan,
                                              int tap) {
  if (tap < d.taps())
    return {WgradTap::input, tap / plan.channels / d.s * d.dilation_h,
            tap / plan.channels % d.s * d.dilation_w, tap % plan.channels};
  return {tap < plan.taps ? WgradTap::one : WgradTap::outside, 0, 0, 0};
}

struct WgradPixel {
  int n, p, q;
  __device__ __forceinline__ void advance(int by, const WgradPlan& plan) {
    q += by;
    while (q >= plan.q_count) {
      q -= plan.q_count;
      if (++p == plan.p_count) {
        p = 0;
        ++n;
      }
    }
  }
};

// kVector: the group's channels % 4 == 0 and x aligned, so that four taps are neighbours in x.
template <class Tile, bool kVector>
__device__ __forceinline__ void gather_step(Tile& tile, const Conv2dWgradArgs& a,
                                            const WgradPlan& plan, WgradPixel& pixel,
                                            const WgradTap (&tap)[kVector ? 1 : 4], long long first,
                                            long long last) {
  const Conv2dShape& d = a.shape;
  const int quad = static_cast<int>(threadIdx.x) % Tile::kTapGroups;
  for (int row = static_cast<int>(threadIdx.x) / Tile::kTapGroups; row < Tile::kStep;
       row += Tile::kRows, pixel.advance(Tile::kRows, plan)) {
    const bool present = first + row < last;
    const int h0 = pixel.p * d.stride_h - d.pad_h, w0 = pixel.q * d.stride_w - d.pad_w;
    float* to = &tile.x[row][quad * 4];
    PELLUCID_UNROLL
    for (int j = 0; j < (kVector ? 1 : 4); ++j) {
      const int h = h0 + tap[j].h, w = w0 + tap[j].w;
      const bool inside =
          present && tap[j].kind == WgradTap::input && h >= 0 && h < d.h && w >= 0 && w < d.w;
      const float* from =
          a.x + ((static_cast<long long>(pixel.n) * d.h + h) * d.w + w) * d.c + tap[j].c;
      const float otherwise = present && tap[j].kind == WgradTap::one ? 1.0f : 0.0f;
      if constexpr (kVector) {
        store4(to, inside ? load4(from) : make_float4(otherwise, 0, 0, 0));
      } else {
        to[j] = inside ? *from : otherwise;
      }
    }
  }
}

template <class Tile>
__device__ __forceinline__ void load_gradient(Tile& tile, const Conv2dWgradArgs& a,
                                              const WgradPlan& plan, int first_k, long long first,
                                              long long last) {
  constexpr int kQuadsOfRow = Tile::kFilters / 4;
  for (int e = static_cast<int>(threadIdx.x); e < Tile::kStep * kQuadsOfRow; e += Tile::kThreads) {
    const int row = e / kQuadsOfRow, k = first_k + e % kQuadsOfRow * 4;
    const bool present = first + row < last;
    const float* from = a.dy + (first + row) * a.shape.k + k;
    float* to = &tile.dy[row][e % kQuadsOfRow * 4];
    if (plan.vector_dy) {
      store4(to, present && k < plan.filters ? load4(from) : make_float4(0, 0, 0, 0));
    } else {
      PELLUCID_UNROLL
      for (int j = 0; j < 4; ++j) to[j] = present && k + j < plan.filters ? from[j] : 0.0f;
    }
  }
}

template <class Tile, bool kVector>
__global__ void __launch_bounds__(Tile::kThreads)
    conv2d_wgrad_v2_split_kernel(Conv2dWgradArgs a, WgradPlan plan) {
  __shared__ Tile tile;
  const Conv2dShape& d = a.shape;
  const int group = static_cast<int>(blockIdx.y);
  a.x += group * plan.channels;
  a.dy += group * plan.filters;
  const int thread = static_cast<int>(threadIdx.x);
  int block = static_cast<int>(blockIdx.x);
  const int first_tap = block % plan.tap_tiles * Tile::kTaps;
  block /= plan.tap_tiles;
  const int first_k = block % plan.filter_tiles * Tile::kFilters, part = block / plan.filter_tiles;
  const long long pixels = static_cast<long long>(d.n) * plan.p_count * plan.q_count;
  const long long begin = pixels * part / plan.parts, end = pixels * (part + 1) / plan.parts;

  WgradTap tap[kVector ? 1 : 4];
  PELLUCID_UNROLL
  for (int j = 0; j < (kVector ? 1 : 4); ++j)
    tap[j] = wgrad_tap(d, plan, first_tap + thread % Tile::kTapGroups * 4 + j);
  const int row = static_cast<int>(begin / plan.q_count);
  WgradPixel pixel{row / plan.p_count, row % plan.p_count, static_cast<int>(begin % plan.q_count)};
  pixel.advance(thread / Tile::kTapGroups, plan);

  const int filter_group = thread % Tile::kFilterGroups, tap_group = thread / Tile::kFilterGroups;
  Float8 sums[Tile::kThreadTaps] = {};
  for (long long first = begin; first < end; first += Tile::kStep) {
    __syncthreads();  // the previous step has been multiplied by all
    gather_step<Tile, kVector>(tile, a, plan, pixel, tap, first, end);
    load_gradient(tile, a, plan, first_k, first, end);
    __syncthreads();
    PELLUCID_UNROLL
    for (int step = 0; step < Tile::kStep; ++step) {
      const float4 x = load4(&tile.x[step][tap_group * 4]);
      const Float8 dy = load8<Tile::kQuadGap>(&tile.dy[step][filter_group * Tile::kGroupStep]);
      multiply_add(sums[0], x.x, dy);
      multiply_add(sums[1], x.y, dy);
      multiply_add(sums[2], x.z, dy);
      multiply_add(sums[3], x.w, dy);
    }
  }

  PELLUCID_UNROLL
  for (int i = 0; i < Tile::kThreadTaps; ++i) {
    const int at_tap = first_tap + tap_group * 4 + i;
    PELLUCID_UNROLL
    for (int j = 0; j < 8; ++j) {
      const int k = first_k + filter_group * Tile::kGroupStep + j / 4 * Tile::kQuadGap + j % 4;
      const long long at = static_cast<long long>(part) * d.k + group * plan.filters + k;
      if (k < plan.filters && at_tap < plan.taps)
        plan.partial[at * plan.taps + at_tap] = sums[i].at[j];
    }
  }
}

// Adds the parts: a block has 32 sums, lane l of each warp the l-th; warp g adds parts g, g + 8, …,
// and the first warp the eight results in order.
constexpr int kSumGroups = 8;

__global__ void conv2d_wgrad_sum_parts_kernel(Conv2dWgradArgs a, WgradPlan plan) {
  __shared__ float group_sums[kSumGroups][32];
  const long long count = static_cast<long long>(a.shape.k) * plan.taps;
  const int lane = static_cast<int>(threadIdx.x) % 32, group = static_cast<int>(threadIdx.x) / 32;
  const long long element = static_cast<long long>(blockIdx.x) * 32 + lane;
  float sum = 0;
  if (element < count)
    for (int part = group; part < plan.parts; part += kSumGroups)
      sum += plan.partial[part * count + element];
  group_sums[group][lane] = sum;
  __syncthreads();
  if (group != 0 || element >= count) return;
  for (int other = 1; other < kSumGroups; ++other) sum += group_sums[other][lane];
  const int k = static_cast<int>(element / plan.taps), tap = static_cast<int>(element % plan.taps);
  if (tap < a.shape.taps()) a.dw[static_cast<long long>(k) * a.shape.taps() + tap] = sum;
  else a.dbias[k] = sum;
}

template <class Tile>
void launch_wgrad(Stream& stream, const Conv2dWgradArgs& a) {
  const Conv2dShape& d = a.shape;
  WgradPlan plan{};
  plan.p_count = d.p();
  plan.q_count = d.q();
  plan.taps = d.taps() + (a.dbias ? 1 : 0);
  plan.channels = d.group_c();
  plan.filters = d.group_k();
  plan.filter_tiles = static_cast<int>(blocks_for(plan.filters, Tile::kFilters));
  plan.tap_tiles = static_cast<int>(blocks_for(plan.taps, Tile::kTaps));
  plan.vector_dy = plan.filters % 4 == 0 && aligned16({a.dy});

  // 4,096 warps give each of a large GPU's schedulers several; fewer than 128 pixels a part would not
  // pay for its sums.
  constexpr long long kBlocks = 4096 / (Tile::kThreads / 32), kLeastPixels = 128;
  const long long tiles = 1LL * plan.filter_tiles * plan.tap_tiles;
  const long long pixels = 1LL * d.n * plan.p_count * plan.q_count;
  plan.parts = static_cast<int>(max(1LL, min(kBlocks / (tiles * d.groups), pixels / kLeastPixels)));

  const long long sums = 1LL * d.k * plan.taps;
  const Buffer workspace(stream.arena(),
                         static_cast<std::size_t>(sums * plan.parts) * sizeof(float));
  plan.partial = static_cast<float*>(workspace.data());
  const bool vector = plan.channels % 4 == 0 && aligned16({a.x});
  launch(
      stream,
      {"conv2d_wgrad_v2_split",
       {blocks_for(tiles * plan.parts, 1), static_cast<unsigned>(d.groups)},
       Tile::kThreads,
       0,
       conv2d_wgrad_cost(d)},
      vector ? conv2d_wgrad_v2_split_kernel<Tile, true> : conv2d_wgrad_v2_split_kernel<Tile, false>,
      a, plan);
  const double summed = 1.0 * plan.parts * sums;
  launch(stream,
         {"conv2d_wgrad_sum_parts",
          blocks_for(sums, 32),
          32 * kSumGroups,
          0,
          {.flops = summed, .bytes = 4 * (summed + sums)}},
         conv2d_wgrad_sum_parts_kernel, a, plan);
}

}  // namespace

void conv2d_wgrad_v2_split(Stream& stream, const Conv2dWgradArgs& a) {
  if (a.shape.group_k() <= WgradTile<16>::kFilters) launch_wgrad<WgradTile<16>>(stream, a);
  else launch_wgrad<WgradTile<64>>(stream, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
