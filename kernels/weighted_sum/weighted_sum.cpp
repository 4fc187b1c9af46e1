#include "kernels/weighted_sum/weighted_sum.h"

namespace pellucid {
namespace {

void check(const char* name, int n, int i, int k) {
  require(n >= 1 && i >= 1 && k >= 1, name, ": every extent must be at least 1, got n=", n,
          " i=", i, " k=", k);
}

}  // namespace

const VariantTable<WeightedSumArgs>& weighted_sum_variants() {
  static const VariantTable<WeightedSumArgs> table{
      PELLUCID_KERNEL(weighted_sum_v2_vector),
      PELLUCID_KERNEL(weighted_sum_v1_naive),
#ifdef PELLUCID_HAS_ONEDNN
      {"weighted_sum_onednn", cpu::weighted_sum_onednn},
#endif
      {"weighted_sum_cpu", cpu::weighted_sum},
  };
  return table;
}

const VariantTable<WeightedChannelsArgs>& weighted_channels_variants() {
  static const VariantTable<WeightedChannelsArgs> table{
      PELLUCID_KERNEL(weighted_channels_v2_warp),
      PELLUCID_KERNEL(weighted_channels_v1_naive),
#ifdef PELLUCID_HAS_ONEDNN
      {"weighted_channels_onednn", cpu::weighted_channels_onednn},
#endif
      {"weighted_channels_cpu", cpu::weighted_channels},
  };
  return table;
}

void weighted_sum(Stream& stream, const WeightedSumArgs& args) {
  check("weighted_sum", args.n, args.i, args.k);
  run_default(weighted_sum_variants(), stream, args);
}

void weighted_channels(Stream& stream, const WeightedChannelsArgs& args) {
  check("weighted_channels", args.n, args.i, args.k);
  run_default(weighted_channels_variants(), stream, args);
}

Cost weighted_sum_cost(const WeightedSumArgs& a) {
  const double n = a.n, i = a.i, k = a.k;
  return {.flops = 2 * n * i * k, .bytes = 4 * (k * i + k * n + n * i)};
}

Cost weighted_channels_cost(const WeightedChannelsArgs& a) {
  const double n = a.n, i = a.i, k = a.k;
  return {.flops = 2 * n * i * k, .bytes = 4 * (n * i * k + n * k + n * i)};
}

}  // namespace pellucid
