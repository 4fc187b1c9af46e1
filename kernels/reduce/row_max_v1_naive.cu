// row_max_v1_naive.cu: maximum of each row and its first position, one thread a row.
//
// computes   reduce.h;   x: (rows, cols), row-major; y, index: (rows) or null
// mapping    thread t of the grid takes row t
// idea       the formula as written
// limits     rows, cols ≥ 1; cols < 2^31
// cost       4·rows·(cols + 2) bytes, rows·cols flops; a load of a warp touches 32 rows
// next       v2 gives a row to a warp
#include "kernels/device/first_maximum.cuh"
#include "kernels/device/vector.cuh"
#include "kernels/reduce/reduce.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void row_max_v1_naive_kernel(RowMaxArgs a) {
  const std::int64_t row = grid_thread();
  if (row >= a.rows) return;
  const float* x = a.x + row * a.cols;
  FirstMaximum best;
  for (std::int64_t c = 0; c < a.cols; ++c)
    if (x[c] > best.value) best = {x[c], static_cast<std::int32_t>(c)};
  if (a.y) a.y[row] = best.value;
  if (a.index) a.index[row] = best.index;
}

void row_max_v1_naive(Stream& stream, const RowMaxArgs& a) {
  constexpr int block = 128;
  launch(stream, {"row_max_v1_naive", blocks_for(a.rows, block), block, 0, row_max_cost(a)},
         row_max_v1_naive_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
