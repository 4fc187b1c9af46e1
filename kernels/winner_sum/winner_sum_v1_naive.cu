// winner_sum_v1_naive.cu: a thread finds the winner of a place, then a thread sums a class.
//
// computes   winner_sum.h;   x: (n, places, classes), winner: (n, places), y: (n, classes), row-major
// mapping    first thread t of the grid takes place t of all images; then thread t takes sum t
// idea       the formula as written
// limits     n, places, classes ≥ 1
// cost       4·(n·places·(classes + 1) + n·classes) bytes at least; one flop a value
// next       v2 sums parts of an image in as many blocks, and finds the winners there
#include "kernels/device/vector.cuh"
#include "kernels/winner_sum/winner_sum.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void winner_sum_v1_winner_kernel(WinnerSumArgs a) {
  const std::int64_t row = grid_thread();
  if (row >= a.shape.rows()) return;
  const float* x = a.x + row * a.shape.classes;
  float most = -INFINITY;
  std::int32_t best = 0;
  for (int k = 0; k < a.shape.classes; ++k)
    if (x[k] > most) most = x[k], best = k;
  a.winner[row] = best;
}

__global__ void winner_sum_v1_naive_kernel(WinnerSumArgs a) {
  const std::int64_t t = grid_thread();
  if (t >= a.shape.sums()) return;
  const int k = static_cast<int>(t % a.shape.classes);
  const std::int64_t first = t / a.shape.classes * a.shape.places;
  float sum = 0;
  for (int p = 0; p < a.shape.places; ++p)
    if (a.mask ? a.mask[p] != 0 : a.winner[first + p] == k)
      sum += a.x[(first + p) * a.shape.classes + k];
  a.y[t] = sum;
}

void winner_sum_v1_naive(Stream& stream, const WinnerSumArgs& a) {
  constexpr int block = 256;
  if (!a.mask)
    launch(stream,
           {"winner_sum_v1_winner",
            blocks_for(a.shape.rows(), block),
            block,
            0,
            {.flops = static_cast<double>(a.shape.values()),
             .bytes = 4 * static_cast<double>(a.shape.values() + a.shape.rows())}},
           winner_sum_v1_winner_kernel, a);
  launch(stream,
         {"winner_sum_v1_naive", blocks_for(a.shape.sums(), block), block, 0, winner_sum_cost(a)},
         winner_sum_v1_naive_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
