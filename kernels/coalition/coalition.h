// coalition.h: which of M features are present in each of N perturbed pictures, as bits, made on
// the device that uses them: what LIME and Kernel SHAP sample.
//
// A coalition is a row of ⌈M/32⌉ words: bit j % 32 of word j / 32 says whether feature j is
// present; the bits that no feature has are 0. Everything here but the weights is integers, so that
// a row is a function of its arguments, the same on every device.
//
//   bernoulli_masks     LIME: row 0 all features, in the others each with probability 1/2
//   enumerate_subsets   Kernel SHAP: all subsets of one size
//   draw_subsets        Kernel SHAP: random subsets of random sizes
//   merge_draws         the different ones among those, each followed by its complement
//   coalition_weights   a weight by the number of features present
#pragma once

#include <cstdint>

#include "kernels/variant.h"
#include "runtime/random.h"

namespace pellucid {

constexpr int kMaxFeatures = 1024;

constexpr int coalition_words(int features) { return (features + 31) / 32; }

// The bits of word w that belong to features.
constexpr std::uint32_t coalition_word_mask(int features, int w) {
  const int used = features - 32 * w;
  return used >= 32 ? ~0u : (1u << used) - 1;
}

// bits[n, w] = all features in row 0, else random_bits(key, n·⌈M/32⌉ + w): a row does not depend on
// how many there are.
struct BernoulliMasksArgs {
  std::uint32_t* bits;  // (rows, ⌈features / 32⌉)
  std::int64_t rows;    // ≥ 1
  int features;         // 1 … 1024
  RandomKey key;
};

// All subsets of `size` features in lexicographic order ({0, 1}, {0, 2}, … {1, 2}, …). One of fewer
// than half of the features is followed by its complement, which is no subset of that size.
struct EnumerateSubsetsArgs {
  std::uint32_t* bits;   // (subsets, or twice as many; ⌈features / 32⌉)
  std::int64_t subsets;  // subset_count(features, size)
  int features;          // 2 … 1024
  int size;              // 1 … features / 2
};

// C(features, size) where it is at most 2^24, else 2^24 + 1. 0 ≤ size ≤ features.
std::int64_t subset_count(int features, int size);
constexpr std::int64_t kMaxSubsets = std::int64_t{1} << 24;

// Whether a coalition goes with its complement: unless it has half of the features, in which case
// the complement is one of the same size.
constexpr bool is_paired(int features, int size) { return 2 * size < features; }

// Draw t has first_size + #{i : thresholds[i] ≤ u} features for u = random_bits(key, t·(M + 1)), and
// each subset of that size with the same probability, by Floyd's algorithm (Bentley & Floyd,
// "A sample of brilliance", CACM 1987): for i = 0 … size − 1, j = M − size + i and r =
// random_below(key, t·(M + 1) + 1 + i, j + 1), feature r joins, or j if r is there already. A draw
// does not depend on how many there are.
struct DrawSubsetsArgs {
  const std::uint32_t* thresholds;  // (sizes − 1) ascending: 2^32 times the probability of at most
                                    // first_size, first_size + 1, … features; null if sizes = 1
  std::uint32_t* draws;             // (count, ⌈features / 32⌉)
  std::int64_t count;               // ≥ 1
  int features;                     // 2 … 1024
  int first_size;                   // ≥ 1
  int sizes;                        // ≥ 1; first_size + sizes − 1 ≤ features / 2
  RandomKey key;
};

// Makes rows of draws, one after another, until there are `limit` rows: one that was not drawn
// before gives a row and, if it is paired and there is room, a row of its complement; one that was
// counts in the multiplicity of its row, and of its complement's.
struct MergeDrawsArgs {
  const std::uint32_t* draws;  // (count, ⌈features / 32⌉), of 1 to features / 2 features each
  std::uint32_t* bits;  // (limit, ⌈features / 32⌉); rows from totals[0] on are not written
  std::int32_t* multiplicity;  // (limit); 0 from totals[0] on
  std::int32_t* totals;        // (2): rows, Σ multiplicity
  int count;                   // 1 … 2^26
  int limit;                   // 1 … 2^24
  int features;                // 2 … 1024
};

// weights[n] = table[features present in row n] · multiplicity[n]
struct CoalitionWeightsArgs {
  const std::uint32_t* bits;         // (rows, ⌈features / 32⌉)
  const double* table;               // (features + 1)
  const std::int32_t* multiplicity;  // (rows), or null: 1 each
  double* weights;                   // (rows)
  std::int64_t rows;                 // ≥ 1
  int features;                      // 1 … 1024
};

// Throw Error for arguments out of range.
void bernoulli_masks(Stream& stream, const BernoulliMasksArgs& args);
void enumerate_subsets(Stream& stream, const EnumerateSubsetsArgs& args);
void draw_subsets(Stream& stream, const DrawSubsetsArgs& args);
void merge_draws(Stream& stream, const MergeDrawsArgs& args);
void coalition_weights(Stream& stream, const CoalitionWeightsArgs& args);

const VariantTable<BernoulliMasksArgs>& bernoulli_masks_variants();
const VariantTable<EnumerateSubsetsArgs>& enumerate_subsets_variants();
const VariantTable<DrawSubsetsArgs>& draw_subsets_variants();
const VariantTable<MergeDrawsArgs>& merge_draws_variants();
const VariantTable<CoalitionWeightsArgs>& coalition_weights_variants();

// Host pointers.
void bernoulli_masks_reference(const BernoulliMasksArgs& args);
void enumerate_subsets_reference(const EnumerateSubsetsArgs& args);
void draw_subsets_reference(const DrawSubsetsArgs& args);
void merge_draws_reference(const MergeDrawsArgs& args);
void coalition_weights_reference(const CoalitionWeightsArgs& args);

Cost bernoulli_masks_cost(const BernoulliMasksArgs& args);
Cost enumerate_subsets_cost(const EnumerateSubsetsArgs& args);
Cost draw_subsets_cost(const DrawSubsetsArgs& args);
Cost merge_draws_cost(const MergeDrawsArgs& args);
Cost coalition_weights_cost(const CoalitionWeightsArgs& args);

// The number of features of draw t.
constexpr int drawn_size(const DrawSubsetsArgs& a, std::uint64_t first_index) {
  const std::uint32_t u = random_bits(a.key, first_index);
  int low = 0, high = a.sizes - 1;
  while (low < high) {
    const int middle = (low + high) / 2;
    if (a.thresholds[middle] <= u) low = middle + 1;
    else high = middle;
  }
  return a.first_size + low;
}

// The random numbers of draw t begin there: one for its size, at most one a feature.
constexpr std::uint64_t draw_index(const DrawSubsetsArgs& a, std::int64_t t) {
  return static_cast<std::uint64_t>(t) * (static_cast<std::uint64_t>(a.features) + 1);
}

constexpr bool has_feature(const std::uint32_t* row, std::uint32_t feature) {
  return (row[feature >> 5] >> (feature & 31) & 1u) != 0;
}

// Bits that depend on all words of a row.
constexpr std::uint32_t coalition_hash(const std::uint32_t* row, int words) {
  std::uint32_t hash = 0x9E3779B9u;
  for (int w = 0; w < words; ++w) {
    hash = (hash ^ row[w]) * 0x85EBCA6Bu;
    hash ^= hash >> 15;
  }
  return hash * 0xC2B2AE35u;
}

constexpr bool same_coalition(const std::uint32_t* a, const std::uint32_t* b, int words) {
  for (int w = 0; w < words; ++w)
    if (a[w] != b[w]) return false;
  return true;
}

}  // namespace pellucid

PELLUCID_DECLARE_KERNEL(bernoulli_masks_v1_naive, BernoulliMasksArgs)
PELLUCID_DECLARE_KERNEL(bernoulli_masks_v2_vector, BernoulliMasksArgs)
PELLUCID_DECLARE_KERNEL(enumerate_subsets_v1_unrank, EnumerateSubsetsArgs)
PELLUCID_DECLARE_KERNEL(draw_subsets_v1_naive, DrawSubsetsArgs)
PELLUCID_DECLARE_KERNEL(draw_subsets_v2_warp, DrawSubsetsArgs)
PELLUCID_DECLARE_KERNEL(merge_draws_v1_naive, MergeDrawsArgs)
PELLUCID_DECLARE_KERNEL(merge_draws_v2_hash, MergeDrawsArgs)
PELLUCID_DECLARE_KERNEL(coalition_weights_v1_row, CoalitionWeightsArgs)
namespace pellucid::cpu {
void bernoulli_masks(Stream& stream, const BernoulliMasksArgs& args);
void enumerate_subsets(Stream& stream, const EnumerateSubsetsArgs& args);
void draw_subsets(Stream& stream, const DrawSubsetsArgs& args);
void merge_draws(Stream& stream, const MergeDrawsArgs& args);
void coalition_weights(Stream& stream, const CoalitionWeightsArgs& args);
}  // namespace pellucid::cpu
