#include "kernels/activation/activation.h"

#include <limits>
#include <vector>

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

const VariantTable<ActivationArgs>& activation_variants() {
  constexpr auto aligned = [](const ActivationArgs& a) { return aligned16({a.x, a.y}); };
  static const VariantTable<ActivationArgs> table{
      PELLUCID_KERNEL(activation_v2_vector, aligned),
      PELLUCID_KERNEL(activation_v1_naive),
      {"activation_cpu", cpu::activation},
  };
  return table;
}

const VariantTable<ActivationBackwardArgs>& activation_backward_variants() {
  constexpr auto aligned = [](const ActivationBackwardArgs& a) {
    return aligned16({a.x, a.dy, a.dx});
  };
  static const VariantTable<ActivationBackwardArgs> table{
      PELLUCID_KERNEL(activation_backward_v2_vector, aligned),
      PELLUCID_KERNEL(activation_backward_v1_naive),
      {"activation_backward_cpu", cpu::activation_backward},
  };
  return table;
}

std::span<const ActivationInfo> all_activations() {
  using enum ActivationFunction;
  static const auto table = [] {
    std::vector<ActivationInfo> all{
#define PELLUCID_INFO(name) {ActivationFunction::name, #name, {}, {}},
        PELLUCID_ACTIVATIONS(PELLUCID_INFO)
#undef PELLUCID_INFO
    };
    const auto has = [&all](ActivationFunction function, float alpha,
                            std::optional<float> beta = {}) {
      ActivationInfo& info = all[static_cast<std::size_t>(function)];
      info.alpha = alpha;
      info.beta = beta;
    };
    constexpr float largest = std::numeric_limits<float>::max();
    has(hard_sigmoid, 0.2f, 0.5f);
    has(swish, 1);
    has(elu, 1);
    has(selu, 1.6732632f, 1.050701f);
    has(celu, 1);
    has(leaky_relu, 0.01f);
    has(clip, -largest, largest);
    has(thresholded_relu, 1);
    return all;
  }();
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

void activation(Stream& stream, const ActivationArgs& args) {
  require(args.count >= 1, "activation: count must be at least 1, got ", args.count);
  run_default(activation_variants(), stream, args);
}

void activation_backward(Stream& stream, const ActivationBackwardArgs& args) {
  require(args.count >= 1, "activation_backward: count must be at least 1, got ", args.count);
  run_default(activation_backward_variants(), stream, args);
}

Cost relu_cost(const ReluArgs& a) {
  const auto count = static_cast<double>(a.count);
  return {.flops = count, .bytes = 8 * count};
}

Cost relu_backward_cost(const ReluBackwardArgs& a) {
  const auto count = static_cast<double>(a.count);
  return {.flops = count, .bytes = 12 * count};
}

Cost activation_cost(const ActivationArgs& a) {
  const auto count = static_cast<double>(a.count);
  return {.flops = count, .bytes = 8 * count};
}

Cost activation_backward_cost(const ActivationBackwardArgs& a) {
  const auto count = static_cast<double>(a.count);
  return {.flops = 2 * count, .bytes = 12 * count};
}

}  // namespace pellucid
