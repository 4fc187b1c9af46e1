// draw_subsets_v2_warp.cu: random subsets of random sizes, one warp a draw.
//
// computes   coalition.h;   draws: (count, ⌈M/32⌉), thresholds: (sizes − 1)
// mapping    warp t of the grid makes draw t; lane l holds word l of the row and draws the random
//            numbers of steps l, l + 32, …:
//
//              lane        0        1        2     …    31
//              word        0 … 31   32 … 63  …          992 … 1023      in a register each
//              step 32b +  0        1        2     …    31              ten Philox rounds each
//
// idea       the row never leaves the registers until it is complete, and its stores are of
//            neighbouring words; 32 thresholds are compared at once, and the Philox rounds of 32
//            steps run side by side. Floyd's steps themselves follow one another: a shuffle tells
//            the number, a vote whether it is taken
// limits     2 ≤ M ≤ 1024 = 32 lanes of 32 bits, sizes up to M/2, count ≥ 1
// cost       4·⌈M/32⌉ bytes a draw written
// next       for M ≤ 32 a lane could hold a row of its own
#include "kernels/coalition/coalition.h"
#include "kernels/device/bits.cuh"
#include "kernels/device/vector.cuh"
#include "kernels/device/warp.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {
namespace {

constexpr int kDrawBlock = 128;
static_assert(kDrawBlock % kWarp == 0 && kMaxFeatures <= 32 * kWarp);

}  // namespace

__global__ void draw_subsets_v2_warp_kernel(DrawSubsetsArgs a) {
  const std::int64_t t = grid_thread() / kWarp;
  if (t >= a.count) return;  // of a whole warp
  const int lane = lane_id(), words = coalition_words(a.features);
  const std::uint64_t first = draw_index(a, t);
  const std::uint32_t u = random_bits(a.key, first);
  int size = a.first_size;
  for (int begin = 0; begin < a.sizes - 1; begin += kWarp) {
    const int own = begin + lane;
    size += popcount(ballot(own < a.sizes - 1 && a.thresholds[own] <= u));
  }
  std::uint32_t word = 0;
  for (int begin = 0; begin < size; begin += kWarp) {
    const int own = begin + lane;
    std::uint32_t drawn = 0;
    if (own < size)
      drawn = random_below(a.key, first + 1 + static_cast<std::uint64_t>(own),
                           static_cast<std::uint32_t>(a.features - size + own + 1));
    for (int i = begin; i < size && i < begin + kWarp; ++i) {
      const std::uint32_t r = shuffle(drawn, i - begin);
      const bool holds = lane == static_cast<int>(r >> 5) && (word >> (r & 31) & 1u);
      const std::uint32_t pick =
          ballot(holds) ? static_cast<std::uint32_t>(a.features - size + i) : r;
      if (lane == static_cast<int>(pick >> 5)) word |= 1u << (pick & 31);
    }
  }
  if (lane < words) a.draws[t * words + lane] = word;
}

void draw_subsets_v2_warp(Stream& stream, const DrawSubsetsArgs& a) {
  launch(stream,
         {"draw_subsets_v2_warp", blocks_for(a.count, kDrawBlock / kWarp), kDrawBlock, 0,
          draw_subsets_cost(a)},
         draw_subsets_v2_warp_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
