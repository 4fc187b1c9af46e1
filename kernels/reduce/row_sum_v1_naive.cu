// row_sum_v1_naive.cu: sum of each row, one thread a row.
//
// computes   reduce.h;   x: (rows, cols), row-major; y: (rows)
// mapping    thread t of the grid takes row t
// idea       the formula as written
// limits     rows, cols ≥ 1; fp32 rounding grows with cols
// cost       4·rows·(cols + 1) bytes, rows·cols flops; a load of a warp touches 32 rows
// next       v2 gives a row to a warp
#include "kernels/device/vector.cuh"
#include "kernels/reduce/reduce.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void row_sum_v1_naive_kernel(RowSumArgs a) {
  const std::int64_t row = grid_thread();
  if (row >= a.rows) return;
  const float* x = a.x + row * a.cols;
  float sum = 0;
  for (std::int64_t c = 0; c < a.cols; ++c) sum += x[c];
  a.y[row] = sum;
}

void row_sum_v1_naive(Stream& stream, const RowSumArgs& a) {
  constexpr int block = 128;
  launch(stream, {"row_sum_v1_naive", blocks_for(a.rows, block), block, 0, row_sum_cost(a)},
         row_sum_v1_naive_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
