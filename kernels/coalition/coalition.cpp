#include "kernels/coalition/coalition.h"

#include "kernels/alignment.h"

namespace pellucid {
namespace {

void require_features(const char* what, int features, int least) {
  require(features >= least && features <= kMaxFeatures, what, ": ", least, " to ", kMaxFeatures,
          " features, got ", features, "; a coarser segmentation has fewer");
}

void require_rows(const char* what, std::int64_t rows) {
  require(rows >= 1, what, ": at least one row, got ", rows);
}

double row_bytes(int features) { return 4.0 * coalition_words(features); }

}  // namespace

const VariantTable<BernoulliMasksArgs>& bernoulli_masks_variants() {
  constexpr auto aligned = [](const BernoulliMasksArgs& a) { return aligned16({a.bits}); };
  static const VariantTable<BernoulliMasksArgs> table{
      PELLUCID_KERNEL(bernoulli_masks_v2_vector, aligned),
      PELLUCID_KERNEL(bernoulli_masks_v1_naive),
      {"bernoulli_masks_cpu", cpu::bernoulli_masks},
  };
  return table;
}

const VariantTable<EnumerateSubsetsArgs>& enumerate_subsets_variants() {
  static const VariantTable<EnumerateSubsetsArgs> table{
      PELLUCID_KERNEL(enumerate_subsets_v1_unrank),
      {"enumerate_subsets_cpu", cpu::enumerate_subsets},
  };
  return table;
}

const VariantTable<DrawSubsetsArgs>& draw_subsets_variants() {
  static const VariantTable<DrawSubsetsArgs> table{
      PELLUCID_KERNEL(draw_subsets_v2_warp),
      PELLUCID_KERNEL(draw_subsets_v1_naive),
      {"draw_subsets_cpu", cpu::draw_subsets},
  };
  return table;
}

const VariantTable<MergeDrawsArgs>& merge_draws_variants() {
  static const VariantTable<MergeDrawsArgs> table{
      PELLUCID_KERNEL(merge_draws_v2_hash),
      PELLUCID_KERNEL(merge_draws_v1_naive),
      {"merge_draws_cpu", cpu::merge_draws},
  };
  return table;
}

const VariantTable<CoalitionWeightsArgs>& coalition_weights_variants() {
  static const VariantTable<CoalitionWeightsArgs> table{
      PELLUCID_KERNEL(coalition_weights_v1_row),
      {"coalition_weights_cpu", cpu::coalition_weights},
  };
  return table;
}

std::int64_t subset_count(int features, int size) {
  const int smaller = size < features - size ? size : features - size;
  std::int64_t count = 1;
  for (int i = 1; i <= smaller; ++i) {
    count = count * (features - smaller + i) / i;  // C(features − smaller + i, i), growing with i
    if (count > kMaxSubsets) return kMaxSubsets + 1;
  }
  return count;
}

void bernoulli_masks(Stream& stream, const BernoulliMasksArgs& a) {
  require_features("bernoulli_masks", a.features, 1);
  require_rows("bernoulli_masks", a.rows);
  run_default(bernoulli_masks_variants(), stream, a);
}

void enumerate_subsets(Stream& stream, const EnumerateSubsetsArgs& a) {
  require_features("enumerate_subsets", a.features, 2);
  require(a.size >= 1 && a.size <= a.features / 2, "enumerate_subsets: a size of 1 to half of the ",
          a.features, " features, got ", a.size);
  const std::int64_t subsets = subset_count(a.features, a.size);
  require(subsets <= kMaxSubsets, "enumerate_subsets: more than ", kMaxSubsets, " subsets of ",
          a.size, " of ", a.features, " features");
  require(a.subsets == subsets, "enumerate_subsets: ", a.size, " of ", a.features,
          " features have ", subsets, " subsets, not ", a.subsets);
  run_default(enumerate_subsets_variants(), stream, a);
}

void draw_subsets(Stream& stream, const DrawSubsetsArgs& a) {
  require_features("draw_subsets", a.features, 2);
  require_rows("draw_subsets", a.count);
  require(a.first_size >= 1 && a.sizes >= 1 && a.sizes <= a.features / 2 - a.first_size + 1,
          "draw_subsets: sizes of 1 to half of the ", a.features, " features, got ", a.sizes,
          " from ", a.first_size);
  run_default(draw_subsets_variants(), stream, a);
}

void merge_draws(Stream& stream, const MergeDrawsArgs& a) {
  require_features("merge_draws", a.features, 2);
  require(a.count >= 1 && a.count <= 1 << 26 && a.limit >= 1 && a.limit <= 1 << 24,
          "merge_draws: 1 to 2^26 draws and 1 to 2^24 rows, got ", a.count, " and ", a.limit);
  run_default(merge_draws_variants(), stream, a);
}

void coalition_weights(Stream& stream, const CoalitionWeightsArgs& a) {
  require_features("coalition_weights", a.features, 1);
  require_rows("coalition_weights", a.rows);
  run_default(coalition_weights_variants(), stream, a);
}

Cost bernoulli_masks_cost(const BernoulliMasksArgs& a) {
  return {.flops = 0, .bytes = static_cast<double>(a.rows) * row_bytes(a.features)};
}

Cost enumerate_subsets_cost(const EnumerateSubsetsArgs& a) {
  const double rows = static_cast<double>(a.subsets) * (is_paired(a.features, a.size) ? 2 : 1);
  return {.flops = 0, .bytes = rows * row_bytes(a.features)};
}

Cost draw_subsets_cost(const DrawSubsetsArgs& a) {
  return {.flops = 0, .bytes = static_cast<double>(a.count) * row_bytes(a.features)};
}

// Every draw is read, and every row written, once.
Cost merge_draws_cost(const MergeDrawsArgs& a) {
  return {.flops = 0,
          .bytes = (1.0 * a.count + a.limit) * row_bytes(a.features) + 4.0 * a.limit + 8};
}

Cost coalition_weights_cost(const CoalitionWeightsArgs& a) {
  const double rows = static_cast<double>(a.rows), multiplicity = a.multiplicity ? 4 : 0;
  return {.flops = a.multiplicity ? rows : 0,
          .bytes = rows * (row_bytes(a.features) + 8 + multiplicity) + 8.0 * (a.features + 1)};
}

}  // namespace pellucid
