// winner_sum_backward_v1_naive.cu: the derivative of the winners' sums, one thread a value.
//
// computes   winner_sum.h;   dy: (n, classes), winner: (n, places), dx: (n, places, classes), row-major
// mapping    thread t of the grid takes value t
// idea       the formula as written
// limits     n, places, classes ≥ 1
// cost       4·(n·places·(classes + 1) + n·classes) bytes; two 64-bit divisions a value
// next       v2 divides once for four values and stores them together
#include "kernels/device/vector.cuh"
#include "kernels/winner_sum/winner_sum.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void winner_sum_backward_v1_naive_kernel(WinnerSumBackwardArgs a) {
  const std::int64_t t = grid_thread();
  if (t >= a.shape.values()) return;
  const std::int64_t row = t / a.shape.classes, n = row / a.shape.places;
  const int k = static_cast<int>(t % a.shape.classes);
  const bool counts = a.mask ? a.mask[row % a.shape.places] != 0 : a.winner[row] == k;
  a.dx[t] = counts ? a.dy[n * a.shape.classes + k] : 0.0f;
}

void winner_sum_backward_v1_naive(Stream& stream, const WinnerSumBackwardArgs& a) {
  constexpr int block = 256;
  launch(stream,
         {"winner_sum_backward_v1_naive", blocks_for(a.shape.values(), block), block, 0,
          winner_sum_backward_cost(a)},
         winner_sum_backward_v1_naive_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
