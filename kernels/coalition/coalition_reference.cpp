#include <algorithm>
#include <bit>
#include <map>
#include <numeric>
#include <vector>

#include "kernels/coalition/coalition.h"

namespace pellucid {
namespace {

using Features = std::vector<bool>;

void store(const Features& present, std::uint32_t* row) {
  std::fill_n(row, coalition_words(static_cast<int>(present.size())), 0u);
  for (std::size_t j = 0; j < present.size(); ++j)
    if (present[j]) row[j / 32] |= 1u << j % 32;
}

Features load(const std::uint32_t* row, int features) {
  Features present;
  for (int j = 0; j < features; ++j) present.push_back(row[j / 32] >> j % 32 & 1u);
  return present;
}

Features complement(Features present) {
  present.flip();
  return present;
}

}  // namespace

void bernoulli_masks_reference(const BernoulliMasksArgs& a) {
  const int words = coalition_words(a.features);
  for (std::int64_t n = 0; n < a.rows; ++n) {
    Features present;
    for (int j = 0; j < a.features; ++j) {
      const auto word = static_cast<std::uint64_t>(n * words + j / 32);
      present.push_back(n == 0 || (random_bits(a.key, word) >> j % 32 & 1u));
    }
    store(present, a.bits + n * words);
  }
}

void enumerate_subsets_reference(const EnumerateSubsetsArgs& a) {
  const int words = coalition_words(a.features);
  std::uint32_t* row = a.bits;
  std::vector<int> subset(static_cast<std::size_t>(a.size));
  std::iota(subset.begin(), subset.end(), 0);
  for (;;) {
    Features present(static_cast<std::size_t>(a.features));
    for (const int j : subset) present[static_cast<std::size_t>(j)] = true;
    store(present, row);
    row += words;
    if (is_paired(a.features, a.size)) {
      store(complement(present), row);
      row += words;
    }
    // The last feature that can still move right does; those after it follow closely.
    int i = a.size - 1;
    while (i >= 0 && subset[static_cast<std::size_t>(i)] == a.features - a.size + i) --i;
    if (i < 0) return;
    std::iota(subset.begin() + i, subset.end(), subset[static_cast<std::size_t>(i)] + 1);
  }
}

void draw_subsets_reference(const DrawSubsetsArgs& a) {
  for (std::int64_t t = 0; t < a.count; ++t) {
    const auto first = static_cast<std::uint64_t>(t) * static_cast<std::uint64_t>(a.features + 1);
    int size = a.first_size;
    for (int i = 0; i + 1 < a.sizes; ++i)
      if (a.thresholds[i] <= random_bits(a.key, first)) ++size;
    Features present(static_cast<std::size_t>(a.features));
    for (int i = 0; i < size; ++i) {
      const auto last = static_cast<std::uint32_t>(a.features - size + i);
      const std::uint32_t r =
          random_below(a.key, first + 1 + static_cast<std::uint64_t>(i), last + 1);
      present[present[r] ? last : r] = true;
    }
    store(present, a.draws + t * coalition_words(a.features));
  }
}

void merge_draws_reference(const MergeDrawsArgs& a) {
  const int words = coalition_words(a.features);
  std::map<Features, int> row_of;
  int rows = 0;
  std::fill_n(a.multiplicity, a.limit, 0);
  for (int t = 0; t < a.count && rows < a.limit; ++t) {
    const Features draw = load(a.draws + std::int64_t{t} * words, a.features);
    const bool paired =
        is_paired(a.features, static_cast<int>(std::count(draw.begin(), draw.end(), true)));
    const auto [found, is_new] = row_of.try_emplace(draw, rows);
    if (is_new) {
      store(draw, a.bits + std::int64_t{rows++} * words);
      if (paired && rows < a.limit) store(complement(draw), a.bits + std::int64_t{rows++} * words);
    }
    ++a.multiplicity[found->second];
    if (paired && found->second + 1 < a.limit) ++a.multiplicity[found->second + 1];
  }
  a.totals[0] = rows;
  a.totals[1] = std::accumulate(a.multiplicity, a.multiplicity + a.limit, 0);
}

void coalition_weights_reference(const CoalitionWeightsArgs& a) {
  const int words = coalition_words(a.features);
  for (std::int64_t n = 0; n < a.rows; ++n) {
    int present = 0;
    for (int w = 0; w < words; ++w) present += std::popcount(a.bits[n * words + w]);
    a.weights[n] = a.table[present] * (a.multiplicity ? a.multiplicity[n] : 1);
  }
}

}  // namespace pellucid
