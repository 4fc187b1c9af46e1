#include "kernels/activation/activation.h"

#include "kernels/alignment.h"

namespace pellucid {

const VariantTable<ReluArgs>& relu_variants() {
  constexpr auto aligned = [](const ReluArgs& a) { return aligned16({a.x, a.y}); };
  static const VariantTable<ReluArgs> table{
      PELLUCID_KERNEL(relu_v2_vector, aligned),
      PELLUCID_KERNEL(relu_v1_naive),
      {"relu_cpu", cpu::relu},
  };
  return table;
}

const VariantTable<ReluBackwardArgs>& relu_backward_variants() {
  constexpr auto aligned = [](const ReluBackwardArgs& a) { return aligned16({a.y, a.dy, a.dx}); };
  static const VariantTable<ReluBackwardArgs> table{
      PELLUCID_KERNEL(relu_backward_v2_vector, aligned),
      PELLUCID_KERNEL(relu_backward_v1_naive),
      {"relu_backward_cpu", cpu::relu_backward},
  };
  return table;
}

void relu(Stream& stream, const ReluArgs& args) {
  require(args.count >= 1, "relu: count must be at least 1, got ", args.count);
  run_default(relu_variants(), stream, args);
}

void relu_backward(Stream& stream, const ReluBackwardArgs& args) {
  require(args.count >= 1, "relu_backward: count must be at least 1, got ", args.count);
  run_default(relu_backward_variants(), stream, args);
}

Cost relu_cost(const ReluArgs& a) {
  const auto count = static_cast<double>(a.count);
  return {.flops = count, .bytes = 8 * count};
}

Cost relu_backward_cost(const ReluBackwardArgs& a) {
  const auto count = static_cast<double>(a.count);
  return {.flops = count, .bytes = 12 * count};
}

}  // namespace pellucid
