// arithmetic_functions.h: f(a, b) and its gradients of arithmetic.h in fp32, for the kernels of every device.
#pragma once

#include <type_traits>

#include "kernels/arithmetic/arithmetic.h"
#include "kernels/elementary.h"

namespace pellucid {

template <ArithmeticFunction F>
PELLUCID_ELEMENTARY float arithmetic_value(float a, float b) {
  using enum ArithmeticFunction;
  if constexpr (F == add) return a + b;
  else if constexpr (F == sub) return a - b;
  else if constexpr (F == mul) return a * b;
  else if constexpr (F == div) return a / b;
  else if constexpr (F == pow) return b == 2 ? a * a : elementary::pow(a, b);
  else if constexpr (F == max) return a > b || a != a ? a : b;
  else if constexpr (F == min) return a < b || a != a ? a : b;
  else return a > 0 ? a : b * a;
}

// dy · ∂f/∂a, or that of b.
template <ArithmeticFunction F, bool kOfB>
PELLUCID_ELEMENTARY float arithmetic_gradient(float a, float b, float dy) {
  using enum ArithmeticFunction;
  if constexpr (F == add) {
    return dy;
  } else if constexpr (F == sub) {
    return kOfB ? -dy : dy;
  } else if constexpr (F == mul) {
    return dy * (kOfB ? a : b);
  } else if constexpr (F == div) {
    return kOfB ? -dy * (a / b / b) : dy / b;
  } else if constexpr (F == pow) {
    if constexpr (kOfB)
      return a == 0 && b >= 0 ? 0.0f : dy * elementary::pow(a, b) * elementary::log(a);
    else return b == 2 ? dy * (2.0f * a) : b == 0 ? 0.0f : dy * b * elementary::pow(a, b - 1.0f);
  } else if constexpr (F == max || F == min) {
    const bool wins = (F == max) == kOfB ? a < b : a > b;
    return wins ? dy : a == b ? 0.5f * dy : 0.0f;
  } else if constexpr (kOfB) {
    return a > 0 ? 0.0f : a * dy;
  } else {
    return a > 0 ? dy : b * dy;
  }
}

// Calls body(std::integral_constant<ArithmeticFunction, F>()) for the function F. On the host.
template <class Body>
void with_arithmetic(ArithmeticFunction function, const Body& body) {
  switch (function) {
#define PELLUCID_CASE(name)      \
  case ArithmeticFunction::name: \
    return body(std::integral_constant<ArithmeticFunction, ArithmeticFunction::name>());
    PELLUCID_ARITHMETIC(PELLUCID_CASE)
#undef PELLUCID_CASE
  }
}

}  // namespace pellucid
