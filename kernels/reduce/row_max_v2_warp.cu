// row_max_v2_warp.cu: maximum of each row and its first position, one warp a row.
//
// computes   reduce.h;   x: (rows, cols), row-major; y, index: (rows) or null
// mapping    warp w of the grid takes row w; lane l looks at columns l, l + 32, …; a butterfly of
//            (value, index) pairs joins the lanes
// idea       neighbouring lanes read neighbouring addresses
// limits     rows, cols ≥ 1; cols < 2^31
// cost       4·rows·(cols + 2) bytes, rows·cols flops
// next       v3 gives long rows to many blocks
#include "kernels/device/first_maximum.cuh"
#include "kernels/reduce/reduce.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

constexpr int kRowMaxWarpBlock = 128;
static_assert(kRowMaxWarpBlock % kWarp == 0);

__global__ void row_max_v2_warp_kernel(RowMaxArgs a) {
  const std::int64_t row = std::int64_t{blockIdx.x} * (kRowMaxWarpBlock / kWarp) + warp_id();
  if (row >= a.rows) return;  // the whole warp leaves together, so the shuffles below stay full
  const float* x = a.x + row * a.cols;
  FirstMaximum best;
  for (std::int64_t c = lane_id(); c < a.cols; c += kWarp)
    if (x[c] > best.value) best = {x[c], static_cast<std::int32_t>(c)};
  best = best_of_lanes(best);
  if (lane_id() != 0) return;
  if (a.y) a.y[row] = best.value;
  if (a.index) a.index[row] = best.index;
}

void row_max_v2_warp(Stream& stream, const RowMaxArgs& a) {
  const unsigned grid = blocks_for(a.rows, kRowMaxWarpBlock / kWarp);
  launch(stream, {"row_max_v2_warp", grid, kRowMaxWarpBlock, 0, row_max_cost(a)},
         row_max_v2_warp_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
