// winner_sum_backward_v2_vector.cu: the derivative of the winners' sums, four neighbouring values a thread.
//
// computes   winner_sum.h;   dy: (n, classes), winner: (n, places), dx: (n, places, classes), row-major
// mapping    thread t of the grid takes values 4·t … 4·t + 3, which may be of two places or more
// idea       one division finds the first value's place and class, counting finds the others'; one 16-byte store
// limits     n, places, classes ≥ 1; dx aligned to 16 bytes
// cost       4·(n·places·(classes + 1) + n·classes) bytes; a 64-bit division for four values
// next       it writes at the memory's rate
#include "kernels/alignment.h"
#include "kernels/device/unroll.cuh"
#include "kernels/device/vector.cuh"
#include "kernels/winner_sum/winner_sum.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void winner_sum_backward_v2_vector_kernel(WinnerSumBackwardArgs a) {
  const WinnerSumShape& s = a.shape;
  const std::int64_t first = grid_thread() * kVector, left = s.values() - first;
  if (left <= 0) return;
  std::int64_t row = first / s.classes, n = row / s.places;
  int k = static_cast<int>(first - row * s.classes), p = static_cast<int>(row - n * s.places);
  // Of a place: read once, whichever compiler it is.
  const auto chosen = [&] { return a.mask ? static_cast<int>(a.mask[p] != 0) : a.winner[row]; };
  int choice = chosen();
  float dx[kVector] = {};
  PELLUCID_UNROLL  // so that dx is registers
      for (int i = 0; i < kVector; ++i) {
    if (i >= left) break;
    if (a.mask ? choice != 0 : choice == k) dx[i] = a.dy[n * s.classes + k];
    if (++k < s.classes) continue;
    k = 0;
    ++row;
    if (++p == s.places) {
      p = 0;
      ++n;
    }
    if (i + 1 < kVector && i + 1 < left) choice = chosen();
  }
  if (left >= kVector) {
    store4(a.dx + first, {dx[0], dx[1], dx[2], dx[3]});
  } else {
    PELLUCID_UNROLL
    for (int i = 0; i < kVector; ++i)
      if (i < left) a.dx[first + i] = dx[i];
  }
}

void winner_sum_backward_v2_vector(Stream& stream, const WinnerSumBackwardArgs& a) {
  constexpr int block = 256;
  require_aligned16("winner_sum_backward_v2_vector", {a.dx});
  const unsigned grid = blocks_for((a.shape.values() + kVector - 1) / kVector, block);
  launch(stream, {"winner_sum_backward_v2_vector", grid, block, 0, winner_sum_backward_cost(a)},
         winner_sum_backward_v2_vector_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
