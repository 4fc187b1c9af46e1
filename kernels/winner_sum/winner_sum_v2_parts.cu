// winner_sum_v2_parts.cu: winners and sums of 1024 places a block.
//
// computes   winner_sum.h;   x: (n, places, classes), winner: (n, places), y: (n, classes), row-major
// mapping    a block takes 1024 places of an image; 1 to 32 lanes, as many as hold the classes, take one place
//            to find its winner, then one of 256 / lanes strips of the places to add up, a class a lane; a second
//            launch joins the parts of a sum, a warp each
// idea       x is read once, neighbouring lanes on neighbouring classes: the sums take what won from shared
//            memory. Where parts begin depends on the place alone
// limits     n, places, classes ≥ 1; fewer than 2^31 parts and 2^34 sums
// cost       4·(n·places·(classes + 1) + n·classes) bytes, one flop a value
// next       of two or three classes, 16-byte loads
#include <algorithm>

#include "kernels/device/first_maximum.cuh"
#include "kernels/device/warp.cuh"
#include "kernels/winner_sum/winner_sum.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

constexpr int kWinnerBlock = 256;
constexpr int kWinnerPart = 1024;  // places
static_assert(kWinnerBlock % kWarp == 0 && kWinnerPart % kWinnerBlock == 0);

struct WinnerParts {
  int parts;  // of an image
  int lanes;  // a power of two, at most a warp
};

// The winner of each of the block's places, with its value. Places behind the last have none.
__device__ __forceinline__ void find_winners(const WinnerSumArgs& a, const WinnerParts& by,
                                             std::int64_t first, int places,
                                             FirstMaximum* winners) {
  const int lane = thread_rank() % by.lanes, classes = a.shape.classes;
  // Every lane of a warp goes through all steps: they shuffle.
  for (int p = thread_rank() / by.lanes; p < kWinnerPart; p += kWinnerBlock / by.lanes) {
    FirstMaximum best;
    const float* x = a.x + (first + p) * classes;
    if (p < places)
      for (int k = lane; k < classes; k += by.lanes)
        if (x[k] > best.value) best = {x[k], k};
    best = best_of_lanes(best, by.lanes);
    if (lane != 0) continue;
    winners[p] = best;
    if (p < places) a.winner[first + p] = best.index;
  }
}

// sums: (n, classes, parts)
__global__ void __launch_bounds__(kWinnerBlock)
    winner_sum_v2_parts_kernel(WinnerSumArgs a, WinnerParts by, float* sums) {
  __shared__ FirstMaximum winners[kWinnerPart];
  __shared__ float strips[kWinnerBlock];
  const int n = static_cast<int>(blockIdx.x) / by.parts,
            part = static_cast<int>(blockIdx.x) % by.parts;
  const int classes = a.shape.classes, begin = part * kWinnerPart,
            places = min(kWinnerPart, a.shape.places - begin);
  const std::int64_t first = std::int64_t{n} * a.shape.places + begin;
  if (!a.mask) find_winners(a, by, first, places, winners);
  __syncthreads();  // all winners are there
  const int lane = thread_rank() % by.lanes, strip = thread_rank() / by.lanes;
  for (int base = 0; base < classes; base += by.lanes) {
    const int k = base + lane;
    float sum = 0;
    if (k < classes)
      for (int p = strip; p < places; p += kWinnerBlock / by.lanes) {
        if (!a.mask) {
          if (winners[p].index == k) sum += winners[p].value;
        } else if (a.mask[begin + p] != 0) {
          sum += a.x[(first + p) * classes + k];
        }
      }
    strips[thread_rank()] = sum;
    __syncthreads();  // all strips' sums are there
    if (strip == 0 && k < classes) {
      for (int s = 1; s < kWinnerBlock / by.lanes; ++s) sum += strips[s * by.lanes + lane];
      sums[(std::int64_t{n} * classes + k) * by.parts + part] = sum;
    }
    __syncthreads();  // they are read, before the next classes' are written
  }
}

__global__ void __launch_bounds__(kWinnerBlock)
    winner_sum_v2_join_kernel(const float* sums, std::int64_t count, int parts, float* y) {
  const std::int64_t t = std::int64_t{blockIdx.x} * (kWinnerBlock / kWarp) + warp_id();
  if (t >= count) return;  // the whole warp leaves together, so the shuffles below stay full
  float sum = 0;
  for (int part = lane_id(); part < parts; part += kWarp) sum += sums[t * parts + part];
  sum = warp_sum(sum);
  if (lane_id() == 0) y[t] = sum;
}

void winner_sum_v2_parts(Stream& stream, const WinnerSumArgs& a) {
  WinnerParts by{(a.shape.places - 1) / kWinnerPart + 1, 1};
  while (by.lanes < std::min(a.shape.classes, kWarp)) by.lanes *= 2;
  const std::int64_t count = a.shape.sums() * by.parts;
  const Buffer partial(stream.arena(), sizeof(float) * static_cast<std::size_t>(count));
  auto* const sums = by.parts == 1 ? a.y : static_cast<float*>(partial.data());
  const unsigned grid = blocks_for(std::int64_t{a.shape.n} * by.parts, 1);
  launch(stream, {"winner_sum_v2_parts", grid, kWinnerBlock, 0, winner_sum_cost(a)},
         winner_sum_v2_parts_kernel, a, by, sums);
  if (by.parts == 1) return;
  launch(stream,
         {"winner_sum_v2_join",
          blocks_for(a.shape.sums(), kWinnerBlock / kWarp),
          kWinnerBlock,
          0,
          {.flops = static_cast<double>(count), .bytes = 4 * static_cast<double>(count)}},
         winner_sum_v2_join_kernel, sums, a.shape.sums(), by.parts, a.y);
}

}  // namespace pellucid::PELLUCID_BACKEND
