// merge_draws_v1_naive.cu: the different draws, found by comparing each with all before it.
//
// computes   coalition.h, with merge_draws_rows.cuh
// mapping    thread t of the grid takes draw t
// idea       the first equal draw is the first one, from 0 up, that equals
// limits     1 ≤ count ≤ 2^26, 1 ≤ limit ≤ 2^24
// cost       up to count²/2 comparisons of rows, most of which end at the first word
// next       v2 looks a draw up in a table
#include "kernels/coalition/merge_draws_rows.cuh"

namespace pellucid::PELLUCID_BACKEND {

// first: (count)
__global__ void merge_draws_v1_naive_kernel(MergeDrawsArgs a, std::int32_t* first) {
  const std::int64_t t = grid_thread();
  if (t >= a.count) return;
  std::int64_t equal = 0;
  while (equal < t &&
         !same_coalition(draw_of(a, equal), draw_of(a, t), coalition_words(a.features)))
    ++equal;
  first[t] = static_cast<std::int32_t>(equal);
}

void merge_draws_v1_naive(Stream& stream, const MergeDrawsArgs& a) {
  const Buffer firsts(stream.arena(), sizeof(std::int32_t) * static_cast<std::size_t>(a.count));
  auto* first = static_cast<std::int32_t*>(firsts.data());
  const double n = a.count;
  launch(stream,
         {"merge_draws_v1_naive",
          blocks_for(a.count, kMergeBlock),
          kMergeBlock,
          0,
          {.flops = 0, .bytes = 4 * n * (1 + coalition_words(a.features))}},
         merge_draws_v1_naive_kernel, a, first);
  store_merged_rows(stream, a, first);
}

}  // namespace pellucid::PELLUCID_BACKEND
