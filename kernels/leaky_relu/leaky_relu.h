// leaky_relu.h: the leaky rectified linear unit (Maas, Hannun & Ng, "Rectifier Nonlinearities Improve
// Neural Network Acoustic Models", 2013), forward and backward in one function.
//
//   y = x > 0 ? v : slope·v
//
// With v = x that is the unit, with v = dy its gradient: the derivative at 0 is the slope. A NaN stays NaN.
// count ≥ 1 elements of any layout, fp32; y may be x or v. Throws Error for count < 1.
#pragma once

#include <cstdint>

#include "kernels/variant.h"

namespace pellucid {

struct LeakyReluArgs {
  const float* x;  // whose sign decides
  const float* v;  // may be x
  float* y;
  std::int64_t count;
  float slope;
};

void leaky_relu(Stream& stream, const LeakyReluArgs& args);

const VariantTable<LeakyReluArgs>& leaky_relu_variants();

template <class T>
void leaky_relu_reference(const T* x, const T* v, T* y, std::int64_t count, T slope);

Cost leaky_relu_cost(const LeakyReluArgs& args);

}  // namespace pellucid

PELLUCID_DECLARE_KERNEL(leaky_relu_v1_naive, LeakyReluArgs)
PELLUCID_DECLARE_KERNEL(leaky_relu_v2_vector, LeakyReluArgs)
namespace pellucid::cpu {
void leaky_relu(Stream& stream, const LeakyReluArgs& args);
}  // namespace pellucid::cpu
