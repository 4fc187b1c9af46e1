// arithmetic_functions.h: f(a, b) and its gradients of arithmetic.h in fp32, for the kernels of every device.
#pragma once

#include <type_traits>

#include "kernels/arithmetic/arithmetic.h"
#include "kernels/elementary.h"

namespace pellucid {

// The square that a network's variance is made of needs no logarithm. All is computed, then selected: a
// branch would keep loops from being a vector wide.
PELLUCID_ELEMENTARY float power_of(float a, float b) {
  const float square = a * a, power = elementary::pow(a, b);
  return b == 2 ? square : power;
}
PELLUCID_ELEMENTARY float power_gradient_of_a(float a, float b, float dy) {
  const float square = dy * (2.0f * a), power = dy * b * elementary::pow(a, b - 1.0f);
  const float other = b == 0 ? 0.0f : power;
  return b == 2 ? square : other;
}
PELLUCID_ELEMENTARY float power_gradient_of_b(float a, float b, float dy) {
  const float slope = dy * elementary::pow(a, b) * elementary::log(a);
  const float at_zero = b >= 0 ? 0.0f : slope;
  return a == 0 ? at_zero : slope;
}

template <ArithmeticFunction F>
PELLUCID_ELEMENTARY float arithmetic_value(float a, float b) {
  using enum ArithmeticFunction;
  if constexpr (F == add) return a + b;
  else if constexpr (F == sub) return a - b;
  else if constexpr (F == mul) return a * b;
  else if constexpr (F == div) return a / b;
  else if constexpr (F == pow) return power_of(a, b);
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
    return kOfB ? power_gradient_of_b(a, b, dy) : power_gradient_of_a(a, b, dy);
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
