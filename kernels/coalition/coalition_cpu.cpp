// cpu: rows one after another; random ones, each of which is a function of its number, in parallel.
#include <algorithm>
#include <bit>
#include <numeric>
#include <vector>

#include "kernels/coalition/coalition.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {
namespace {

void store_complement(const std::uint32_t* row, std::uint32_t* complement, int features) {
  for (int w = 0; w < coalition_words(features); ++w)
    complement[w] = row[w] ^ coalition_word_mask(features, w);
}

int size_of_row(const std::uint32_t* row, int words) {
  int present = 0;
  for (int w = 0; w < words; ++w) present += std::popcount(row[w]);
  return present;
}

}  // namespace

void bernoulli_masks(Stream& stream, const BernoulliMasksArgs& a) {
  const LaunchScope scope(stream, {"bernoulli_masks_cpu", {}, {}, 0, bernoulli_masks_cost(a)});
  const int words = coalition_words(a.features);
  for (int w = 0; w < words; ++w) a.bits[w] = coalition_word_mask(a.features, w);
#pragma omp parallel for if (a.rows * words > 65536)
  for (std::int64_t n = 1; n < a.rows; ++n)
    for (int w = 0; w < words; ++w) {
      const std::int64_t at = n * words + w;
      a.bits[at] =
          random_bits(a.key, static_cast<std::uint64_t>(at)) & coalition_word_mask(a.features, w);
    }
}

void enumerate_subsets(Stream& stream, const EnumerateSubsetsArgs& a) {
  const LaunchScope scope(stream, {"enumerate_subsets_cpu", {}, {}, 0, enumerate_subsets_cost(a)});
  const int words = coalition_words(a.features);
  const bool paired = is_paired(a.features, a.size);
  std::vector<int> subset(static_cast<std::size_t>(a.size));
  std::iota(subset.begin(), subset.end(), 0);
  std::uint32_t* row = a.bits;
  for (std::int64_t i = 0; i < a.subsets; ++i) {
    std::fill_n(row, words, 0u);
    for (const int j : subset) row[j / 32] |= 1u << j % 32;
    if (paired) store_complement(row, row + words, a.features);
    row += paired ? 2 * words : words;
    // The last feature that can still move right does; those after it follow closely.
    int k = a.size - 1;
    while (k >= 0 && subset[static_cast<std::size_t>(k)] == a.features - a.size + k) --k;
    if (k >= 0)
      std::iota(subset.begin() + k, subset.end(), subset[static_cast<std::size_t>(k)] + 1);
  }
}

void draw_subsets(Stream& stream, const DrawSubsetsArgs& a) {
  const LaunchScope scope(stream, {"draw_subsets_cpu", {}, {}, 0, draw_subsets_cost(a)});
  const int words = coalition_words(a.features);
#pragma omp parallel for schedule(static) if (a.count > 1024)
  for (std::int64_t t = 0; t < a.count; ++t) {
    const std::uint64_t first = draw_index(a, t);
    const int size = drawn_size(a, first);
    std::uint32_t* row = a.draws + t * words;
    std::fill_n(row, words, 0u);
    for (int i = 0; i < size; ++i) {
      const auto last = static_cast<std::uint32_t>(a.features - size + i);
      std::uint32_t pick = random_below(a.key, first + 1 + static_cast<std::uint64_t>(i), last + 1);
      if (has_feature(row, pick)) pick = last;
      row[pick >> 5] |= 1u << (pick & 31);
    }
  }
}

void merge_draws(Stream& stream, const MergeDrawsArgs& a) {
  const LaunchScope scope(stream, {"merge_draws_cpu", {}, {}, 0, merge_draws_cost(a)});
  const int words = coalition_words(a.features);
  // Of a slot: the row of a draw, or −1; at most limit of them are taken.
  std::vector<std::int32_t> slots(std::bit_ceil(2 * static_cast<std::size_t>(a.limit)), -1);
  std::fill_n(a.multiplicity, a.limit, 0);
  const auto row = [&](int n) { return a.bits + std::int64_t{n} * words; };
  int rows = 0;
  for (int t = 0; t < a.count && rows < a.limit; ++t) {
    const std::uint32_t* draw = a.draws + std::int64_t{t} * words;
    const bool paired = is_paired(a.features, size_of_row(draw, words));
    std::size_t slot = coalition_hash(draw, words) & (slots.size() - 1);
    while (slots[slot] >= 0 && !same_coalition(row(slots[slot]), draw, words))
      slot = (slot + 1) & (slots.size() - 1);
    if (slots[slot] < 0) {
      slots[slot] = rows;
      std::copy_n(draw, words, row(rows++));
      if (paired && rows < a.limit) store_complement(draw, row(rows++), a.features);
    }
    const int own = slots[slot];
    ++a.multiplicity[own];
    if (paired && own + 1 < a.limit) ++a.multiplicity[own + 1];
  }
  a.totals[0] = rows;
  a.totals[1] = std::accumulate(a.multiplicity, a.multiplicity + rows, 0);
}

void coalition_weights(Stream& stream, const CoalitionWeightsArgs& a) {
  const LaunchScope scope(stream, {"coalition_weights_cpu", {}, {}, 0, coalition_weights_cost(a)});
  const int words = coalition_words(a.features);
  for (std::int64_t n = 0; n < a.rows; ++n)
    a.weights[n] =
        a.table[size_of_row(a.bits + n * words, words)] * (a.multiplicity ? a.multiplicity[n] : 1);
}

}  // namespace pellucid::cpu
