// check_gradient.h: a differentiable function against finite differences of its double-precision
// reference.
#pragma once

#include "nn/autograd/functions.h"
#include "tests/support/compare.h"
#include "tests/support/device.h"
#include "tests/support/gradcheck.h"
#include "tests/support/random_values.h"

namespace pellucid::test {

using Doubles = std::vector<double>;

inline Doubles widened(const std::vector<float>& values) { return {values.begin(), values.end()}; }
inline std::vector<float> narrowed(const Doubles& values) { return {values.begin(), values.end()}; }

// Compares backward() of `function` with finite differences of Σ seed·reference. Inputs are of
// order 1 and sums have at most a few hundred terms: fp32 stays within 1e-5 of the gradient's
// scale.
template <class Function, class Reference>
void check_gradient(Shape shape, const Function& function, const Reference& reference) {
  const auto x = random_values(static_cast<std::size_t>(shape.count()), 21, -2, 2);
  Variable input(Tensor::from_host(stream(), shape, x), true);
  const Variable y = function(input);
  const auto seed = random_values(static_cast<std::size_t>(y.value().count()), 22);
  CHECK_CLOSE(y.value().to_host<float>(stream()), narrowed(reference(widened(x))), 1e-5, 1e-5);
  backward(stream(), y, Tensor::from_host(stream(), y.shape(), seed));
  const Doubles expected = finite_differences(widened(x), [&](const Doubles& at) {
    const Doubles value = reference(at);
    double sum = 0;
    for (std::size_t i = 0; i < value.size(); ++i) sum += value[i] * seed[i];
    return sum;
  });
  CHECK_CLOSE(input.gradient().to_host<float>(stream()), narrowed(expected), 2e-5, 2e-5);
}

inline Variable constant(Shape shape, const std::vector<float>& values) {
  return Variable(Tensor::from_host(stream(), shape, values));
}

}  // namespace pellucid::test
