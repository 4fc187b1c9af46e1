#include "kernels/dropout/dropout.h"

#include "kernels/alignment.h"

namespace pellucid {

const VariantTable<DropoutArgs>& dropout_variants() {
  constexpr auto aligned = [](const DropoutArgs& a) { return aligned16({a.x, a.y}); };
  static const VariantTable<DropoutArgs> table{
      PELLUCID_KERNEL(dropout_v2_vector, aligned),
      PELLUCID_KERNEL(dropout_v1_naive),
      {"dropout_cpu", cpu::dropout},
  };
  return table;
}

void dropout(Stream& stream, const DropoutArgs& args) {
  require(args.count >= 1, "dropout: count must be at least 1, got ", args.count);
  require(args.rate >= 0 && args.rate < 1, "dropout: the rate must be in [0, 1), got ", args.rate);
  run_default(dropout_variants(), stream, args);
}

Cost dropout_cost(const DropoutArgs& a) {
  const auto count = static_cast<double>(a.count);
  return {.flops = count, .bytes = 8 * count};
}

}  // namespace pellucid
