// activation_dispatch.h: from a function of the family to the code that was compiled for it.
#pragma once

#include <type_traits>

#include "kernels/activation/activation.h"

namespace pellucid {

// Calls body(std::integral_constant<ActivationFunction, F>()) for the function F. On the host.
template <class Body>
void with_activation(ActivationFunction function, const Body& body) {
  switch (function) {
#define PELLUCID_CASE(name)      \
  case ActivationFunction::name: \
    return body(std::integral_constant<ActivationFunction, ActivationFunction::name>());
    PELLUCID_ACTIVATIONS(PELLUCID_CASE)
#undef PELLUCID_CASE
  }
}

}  // namespace pellucid
