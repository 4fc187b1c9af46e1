// row_sum_v2_warp.cu: sum of each row, one warp a row.
//
// computes   reduce.h;   x: (rows, cols), row-major; y: (rows)
// mapping    warp w of the grid takes row w; lane l adds columns l, l + 32, …; a butterfly joins
//            the lanes
// idea       neighbouring lanes read neighbouring addresses; the order is that of the columns, not
//            of the grid
// limits     rows, cols ≥ 1
// cost       4·rows·(cols + 1) bytes, rows·cols flops
// next       v3 gives long rows to many blocks
#include "kernels/device/warp.cuh"
#include "kernels/reduce/reduce.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

constexpr int kRowSumWarpBlock = 128;
static_assert(kRowSumWarpBlock % kWarp == 0);

__global__ void row_sum_v2_warp_kernel(RowSumArgs a) {
  const std::int64_t row = std::int64_t{blockIdx.x} * (kRowSumWarpBlock / kWarp) + warp_id();
  if (row >= a.rows) return;  // the whole warp leaves together, so the shuffles below stay full
  const float* x = a.x + row * a.cols;
  float sum = 0;
  for (std::int64_t c = lane_id(); c < a.cols; c += kWarp) sum += x[c];
  sum = warp_sum(sum);
  if (lane_id() == 0) a.y[row] = sum;
}

void row_sum_v2_warp(Stream& stream, const RowSumArgs& a) {
  const unsigned grid = blocks_for(a.rows, kRowSumWarpBlock / kWarp);
  launch(stream, {"row_sum_v2_warp", grid, kRowSumWarpBlock, 0, row_sum_cost(a)},
         row_sum_v2_warp_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
