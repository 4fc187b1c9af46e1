// merge_draws_rows.cuh: what every variant of merge_draws does once it knows, for each draw, the
// first one that equals it.
//
// computes   coalition.h;   draws: (count, ⌈M/32⌉), bits: (limit, ⌈M/32⌉), multiplicity: (limit)
// mapping    one thread a draw, in two launches with a scan between them
//
//              draw             0   1   2   3   4        paired, but the last
//              its first equal  0   1   0   3   4
//              rows it gives    2   2   0   2   1
//              its first row    0   2   4   4   6        their exclusive scan
//
// A draw counts while the rows before it leave room: while its own first row is below the limit.
#pragma once

#include "kernels/coalition/coalition.h"
#include "kernels/device/atomics.cuh"
#include "kernels/device/bits.cuh"
#include "kernels/device/vector.cuh"
#include "runtime/launch/launch.h"
#include "runtime/primitives/primitives.h"

namespace pellucid::PELLUCID_BACKEND {
namespace {

constexpr int kMergeBlock = 128;

__device__ __forceinline__ const std::uint32_t* draw_of(const MergeDrawsArgs& a, std::int64_t t) {
  return a.draws + t * coalition_words(a.features);
}

// first, rows_of: (count)
__global__ void merge_draws_count_kernel(MergeDrawsArgs a, const std::int32_t* first,
                                         std::int32_t* rows_of) {
  const std::int64_t t = grid_thread();
  if (t >= a.count) return;
  if (first[t] != t) {
    rows_of[t] = 0;
    return;
  }
  int size = 0;
  for (int w = 0; w < coalition_words(a.features); ++w) size += popcount(draw_of(a, t)[w]);
  rows_of[t] = is_paired(a.features, size) ? 2 : 1;
}

// first, rows_of, row: (count); multiplicity must be 0
__global__ void merge_draws_store_kernel(MergeDrawsArgs a, const std::int32_t* first,
                                         const std::int32_t* rows_of, const std::int32_t* row) {
  const std::int64_t t = grid_thread();
  if (t >= a.count) return;
  if (t == a.count - 1) a.totals[0] = min(a.limit, row[t] + rows_of[t]);
  if (row[t] >= a.limit) return;
  const int words = coalition_words(a.features);
  const int given = rows_of[first[t]], own = row[first[t]];
  // Whole numbers: their sum does not depend on the order of arrival.
  for (int n = own; n < own + given && n < a.limit; ++n) atomic_add(&a.multiplicity[n], 1);
  if (first[t] != t) return;
  for (int n = own; n < own + given && n < a.limit; ++n)
    for (int w = 0; w < words; ++w) {
      const std::uint32_t word = draw_of(a, t)[w];
      a.bits[std::int64_t{n} * words + w] =
          n == own ? word : word ^ coalition_word_mask(a.features, w);
    }
}

// first: (count), the number of the first draw that equals a draw
void store_merged_rows(Stream& stream, const MergeDrawsArgs& a, const std::int32_t* first) {
  const unsigned grid = blocks_for(a.count, kMergeBlock);
  const std::size_t bytes = sizeof(std::int32_t) * static_cast<std::size_t>(a.count);
  const Buffer counts(stream.arena(), bytes), starts(stream.arena(), bytes);
  auto *rows_of = static_cast<std::int32_t*>(counts.data()),
       *row = static_cast<std::int32_t*>(starts.data());
  const double n = a.count, words = coalition_words(a.features);
  launch(stream,
         {"merge_draws_count", grid, kMergeBlock, 0, {.flops = 0, .bytes = n * (8 + 4 * words)}},
         merge_draws_count_kernel, a, first, rows_of);
  pellucid::exclusive_scan(stream, rows_of, row, a.count);
  stream.fill_bytes(a.multiplicity, 0, sizeof(std::int32_t) * static_cast<std::size_t>(a.limit));
  launch(stream, {"merge_draws_store", grid, kMergeBlock, 0, merge_draws_cost(a)},
         merge_draws_store_kernel, a, first, rows_of, row);
  pellucid::reduce_sum(stream, a.multiplicity, a.totals + 1, a.limit);
}

}  // namespace
}  // namespace pellucid::PELLUCID_BACKEND
