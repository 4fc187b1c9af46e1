// draw_subsets_v1_naive.cu: random subsets of random sizes, one thread a draw.
//
// computes   coalition.h;   draws: (count, ⌈M/32⌉), thresholds: (sizes − 1)
// mapping    thread t of the grid writes draw t
// idea       Floyd's algorithm as written: the row in global memory is all that it remembers
// limits     2 ≤ M ≤ 1024, sizes up to M/2, count ≥ 1
// cost       4·⌈M/32⌉ bytes a draw written; ten Philox rounds, a read and a write of a word a feature
// next       v2 keeps the row in registers
#include "kernels/coalition/coalition.h"
#include "kernels/device/vector.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void draw_subsets_v1_naive_kernel(DrawSubsetsArgs a) {
  const std::int64_t t = grid_thread();
  if (t >= a.count) return;
  const int words = coalition_words(a.features);
  const std::uint64_t first = draw_index(a, t);
  const int size = drawn_size(a, first);
  std::uint32_t* row = a.draws + t * words;
  for (int w = 0; w < words; ++w) row[w] = 0;
  for (int i = 0; i < size; ++i) {
    const auto last = static_cast<std::uint32_t>(a.features - size + i);
    std::uint32_t pick = random_below(a.key, first + 1 + static_cast<std::uint64_t>(i), last + 1);
    if (has_feature(row, pick)) pick = last;
    row[pick >> 5] |= 1u << (pick & 31);
  }
}

void draw_subsets_v1_naive(Stream& stream, const DrawSubsetsArgs& a) {
  constexpr int block = 128;
  launch(stream,
         {"draw_subsets_v1_naive", blocks_for(a.count, block), block, 0, draw_subsets_cost(a)},
         draw_subsets_v1_naive_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
