// normalize_min_max_v1_naive.cu: min-max normalisation, one thread a row.
//
// computes   normalize.h;   x, y: (rows, cols), row-major
// mapping    thread t of the grid takes row t
// idea       the formula as written: the extremes, then the quotients
// limits     rows, cols ≥ 1
// cost       8·rows·cols bytes at least; x is read twice, uncoalesced
// next       v2 gives a row to a block
#include "kernels/device/vector.cuh"
#include "kernels/normalize/normalize.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void normalize_min_max_v1_naive_kernel(MinMaxArgs a) {
  const std::int64_t row = grid_thread();
  if (row >= a.rows) return;
  const float* x = a.x + row * a.cols;
  float* y = a.y + row * a.cols;
  float low = x[0], high = x[0];
  for (std::int64_t c = 1; c < a.cols; ++c) {
    low = fminf(low, x[c]);
    high = fmaxf(high, x[c]);
  }
  const float range = high - low;
  for (std::int64_t c = 0; c < a.cols; ++c)
    y[c] = range > 0 ? (x[c] - low) / (range + a.epsilon) : 0.0f;
}

void normalize_min_max_v1_naive(Stream& stream, const MinMaxArgs& a) {
  constexpr int block = 128;
  launch(stream,
         {"normalize_min_max_v1_naive", blocks_for(a.rows, block), block, 0,
          normalize_min_max_cost(a)},
         normalize_min_max_v1_naive_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
