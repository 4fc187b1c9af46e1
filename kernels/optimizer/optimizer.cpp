#include "kernels/optimizer/optimizer.h"

#include <algorithm>

#include "kernels/alignment.h"

namespace pellucid {

const VariantTable<AdamArgs>& adam_variants() {
  constexpr auto aligned = [](const AdamArgs& args) {
    return std::all_of(args.arrays.begin(), args.arrays.end(), [](const AdamArray& a) {
      return aligned16({a.w, a.g, a.m, a.v});
    });
  };
  static const VariantTable<AdamArgs> table{
      PELLUCID_KERNEL(adam_v3_table, aligned),
      PELLUCID_KERNEL(adam_v2_vector, aligned),
      PELLUCID_KERNEL(adam_v1_naive),
      {"adam_cpu", cpu::adam},
  };
  return table;
}

const VariantTable<SgdArgs>& sgd_variants() {
  constexpr auto aligned = [](const SgdArgs& a) { return aligned16({a.w, a.g, a.m}); };
  static const VariantTable<SgdArgs> table{
      PELLUCID_KERNEL(sgd_v2_vector, aligned),
      PELLUCID_KERNEL(sgd_v1_naive),
      {"sgd_cpu", cpu::sgd},
  };
  return table;
}

void adam(Stream& stream, const AdamArgs& args) {
  std::int64_t least = args.arrays.empty() ? 0 : args.arrays.front().count;
  for (const AdamArray& array : args.arrays) least = std::min(least, array.count);
  require(least >= 1, "adam: count must be at least 1, got ", least);
  run_default(adam_variants(), stream, args);
}

void sgd(Stream& stream, const SgdArgs& args) {
  require(args.count >= 1, "sgd: count must be at least 1, got ", args.count);
  run_default(sgd_variants(), stream, args);
}

// Adam reads w, g, m, v and writes w, m, v; SGD has no v.
Cost adam_cost(std::span<const AdamArray> arrays) {
  double count = 0;
  for (const AdamArray& array : arrays) count += static_cast<double>(array.count);
  return {.flops = 12 * count, .bytes = 28 * count};
}

Cost sgd_cost(const SgdArgs& a) {
  const auto count = static_cast<double>(a.count);
  return {.flops = 4 * count, .bytes = 20 * count};
}

}  // namespace pellucid
