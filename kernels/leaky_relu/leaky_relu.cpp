#include "kernels/leaky_relu/leaky_relu.h"

#include "kernels/alignment.h"

namespace pellucid {

const VariantTable<LeakyReluArgs>& leaky_relu_variants() {
  constexpr auto aligned = [](const LeakyReluArgs& a) { return aligned16({a.x, a.v, a.y}); };
  static const VariantTable<LeakyReluArgs> table{
      PELLUCID_KERNEL(leaky_relu_v2_vector, aligned),
      PELLUCID_KERNEL(leaky_relu_v1_naive),
      {"leaky_relu_cpu", cpu::leaky_relu},
  };
  return table;
}

void leaky_relu(Stream& stream, const LeakyReluArgs& args) {
  require(args.count >= 1, "leaky_relu: count must be at least 1, got ", args.count);
  run_default(leaky_relu_variants(), stream, args);
}

// A comparison and a product; x is read once where it is v too.
Cost leaky_relu_cost(const LeakyReluArgs& a) {
  const auto count = static_cast<double>(a.count);
  return {.flops = 2 * count, .bytes = (a.x == a.v ? 8 : 12) * count};
}

}  // namespace pellucid
