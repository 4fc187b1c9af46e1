// Functions of one element, and of two with broadcasting.
#include "apps/cases/operators.h"
#include "kernels/activation/activation.h"
#include "kernels/arithmetic/arithmetic.h"

namespace pellucid {
namespace {

// Cheap ones, and those whose formulas are longest; large: a first layer's outputs at batch 16.
void run_activations(CaseRunner& r) {
  const int count = r.size(4096, 16 * 220 * 220 * 16);
  const Tensor x = r.reals({count}), dy = r.reals({count}), y = r.empty({count});
  for (const ActivationInfo& info : all_activations()) {
    using enum ActivationFunction;
    const bool typical = info.function == sigmoid || info.function == hard_swish ||
                         info.function == swish || info.function == gelu ||
                         info.function == leaky_relu;
    if (!typical) continue;
    const Activation f{info.function, info.alpha.value_or(0), info.beta.value_or(0)};
    const std::string of = concat(info.name, ", x ", x.shape().to_string());
    r.run("activation", of, activation_variants(), {f, x.data<float>(), y.data<float>(), count});
    r.run("activation_backward", of, activation_backward_variants(),
          {f, x.data<float>(), dy.data<float>(), y.data<float>(), count});
  }
}

// Equal shapes, a value a channel, a value a channel of each image (a gate), one value.
void run_arithmetic(CaseRunner& r) {
  const int n = r.size(2, 16), places = r.size(400, 56 * 56), channels = r.size(32, 64);
  const Tensor a = r.reals({n, places, channels}), b = r.reals({n, places, channels}),
               dy = r.reals({n, places, channels}), y = r.empty({n, places, channels}),
               gradient = r.empty({n, places, channels});
  const std::vector<std::int64_t> extents{n, places, channels};
  for (const auto& of_b : std::vector<std::vector<std::int64_t>>{
           extents, {1, 1, channels}, {n, 1, channels}, {n, places, 1}, {1, 1, 1}}) {
    const BroadcastShape shape = broadcast_shape(extents, of_b);
    const std::string text = concat("mul, a ", a.shape().to_string(), ", b (", of_b[0], ", ",
                                    of_b[1], ", ", of_b[2], ")");
    constexpr ArithmeticFunction mul = ArithmeticFunction::mul;
    r.run("arithmetic", text, arithmetic_variants(),
          {mul, shape, a.data<float>(), b.data<float>(), y.data<float>()});
    for (const bool wrt_b : {false, true})
      r.run("arithmetic_backward", text + (wrt_b ? ", d/db" : ", d/da"),
            arithmetic_backward_variants(),
            {mul, shape, a.data<float>(), b.data<float>(), dy.data<float>(), gradient.data<float>(),
             wrt_b});
  }
}

}  // namespace

void run_pointwise_operators(CaseRunner& runner) {
  run_activations(runner);
  run_arithmetic(runner);
}

}  // namespace pellucid
