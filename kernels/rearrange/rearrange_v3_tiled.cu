// rearrange_v3_tiled.cu: moved values, where another axis than y's innermost is x's: 32 × 32 values a block.
//
// computes   rearrange.h;   x and y contiguous, 2 to 7 axes
// mapping    block b turns one tile of the plane of two axes: `across`, innermost in x, and y's last; all
//            other axes stand still. Warp w reads last-axis indices w, w + 8, …, its lanes `across`; then
//            writes `across` indices w, w + 8, …, its lanes the last axis
// idea       as transpose_v2: the tile waits in shared memory, so that both sides move 32 neighbours; a row
//            of the tile has 33 words, else a column would lie in one bank
// limits     both axes within x, `across` by steps of 1; at least 8 places each, else lanes are idle
// cost       8 bytes a value of y, no flops
// next       short axes: v4, where they make up a run of x together
#include "kernels/device/warp.cuh"
#include "kernels/rearrange/rearrange_fit.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {
namespace {

constexpr int kTurnTile = 32, kTurnBlock = 256, kTurnWarps = kTurnBlock / kWarp;
static_assert(kTurnTile == kWarp);

}  // namespace

__global__ void rearrange_v3_tiled_kernel(RearrangeArgs a, int across) {
  __shared__ float tile[kTurnTile][kTurnTile + 1];
  const RearrangeShape& s = a.shape;
  const RearrangeAxis &inner = s.axes[across], &last = s.axes[s.rank - 1];
  const int last_tiles = (last.extent + kTurnTile - 1) / kTurnTile,
            inner_tiles = (inner.extent + kTurnTile - 1) / kTurnTile;
  std::int64_t left = blockIdx.x;
  const int first_last = kTurnTile * static_cast<int>(left % last_tiles);
  left /= last_tiles;
  const int first_inner = kTurnTile * static_cast<int>(left % inner_tiles);
  left /= inner_tiles;

  bool there = true;
  std::int64_t from = inner.start + first_inner, to = first_last, stride = last.extent,
               inner_stride = 0;
  for (int k = s.rank - 2; k >= 0; --k) {
    const RearrangeAxis& axis = s.axes[k];
    if (k == across) {
      inner_stride = stride;
      to += stride * first_inner;
    } else {
      const int index = static_cast<int>(left % axis.extent);
      left /= axis.extent;
      const int place = place_of(axis, s.outside, index);
      there = there && place >= 0;
      from += axis.stride * place;
      to += stride * index;
    }
    stride *= axis.extent;
  }

  const int last_left = last.extent - first_last, inner_left = inner.extent - first_inner;
  const int lasts = last_left < kTurnTile ? last_left : kTurnTile,
            inners = inner_left < kTurnTile ? inner_left : kTurnTile;
  for (int i = warp_id(); i < lasts; i += kTurnWarps)
    if (lane_id() < inners)
      tile[i][lane_id()] =
          there ? a.x[from + last.stride * (last.start + last.step * (first_last + i)) + lane_id()]
                : s.value;
  __syncthreads();  // columns are read of rows that other warps have put there
  for (int i = warp_id(); i < inners; i += kTurnWarps)
    if (lane_id() < lasts) a.y[to + inner_stride * i + lane_id()] = tile[lane_id()][i];
}

void rearrange_v3_tiled(Stream& stream, const RearrangeArgs& a) {
  const int across = rearrange_across(a.shape);
  require(across >= 0,
          "rearrange_v3_tiled: x's innermost axis must be one of y's other axes, both with at "
          "least 8 places and within x; the v1 variant takes any");
  const auto tiles = [](const RearrangeAxis& axis) {
    return (std::int64_t{axis.extent} + kTurnTile - 1) / kTurnTile;
  };
  const RearrangeAxis &inner = a.shape.axes[across], &last = a.shape.axes[a.shape.rank - 1];
  const std::int64_t others = a.shape.values_of_y() / inner.extent / last.extent;
  launch(stream,
         {"rearrange_v3_tiled", blocks_for(others * tiles(inner) * tiles(last), 1), kTurnBlock, 0,
          rearrange_cost(a)},
         rearrange_v3_tiled_kernel, a, across);
}

}  // namespace pellucid::PELLUCID_BACKEND
