// activation.h: the rectified linear unit, forward and backward.
//
//   forward   y = max(x, 0);  a NaN stays NaN, −0 becomes +0
//   backward  dx = y > 0 ? dy : 0   (from the forward's output; the derivative at 0 is 0)
//
// count ≥ 1 elements of any layout, fp32; y may be x, dx may be dy. Throws Error for count < 1.
#pragma once

#include <cstdint>

#include "kernels/variant.h"

namespace pellucid {

struct ReluArgs {
  const float* x;
  float* y;
  std::int64_t count;
};

struct ReluBackwardArgs {
  const float* y;
  const float* dy;
  float* dx;
  std::int64_t count;
};

void relu(Stream& stream, const ReluArgs& args);
void relu_backward(Stream& stream, const ReluBackwardArgs& args);

const VariantTable<ReluArgs>& relu_variants();
const VariantTable<ReluBackwardArgs>& relu_backward_variants();

template <class T>
void relu_reference(const T* x, T* y, std::int64_t count);
template <class T>
void relu_backward_reference(const T* y, const T* dy, T* dx, std::int64_t count);

Cost relu_cost(const ReluArgs& args);
Cost relu_backward_cost(const ReluBackwardArgs& args);

}  // namespace pellucid

PELLUCID_DECLARE_KERNEL(relu_v1_naive, ReluArgs)
PELLUCID_DECLARE_KERNEL(relu_v2_vector, ReluArgs)
PELLUCID_DECLARE_KERNEL(relu_backward_v1_naive, ReluBackwardArgs)
PELLUCID_DECLARE_KERNEL(relu_backward_v2_vector, ReluBackwardArgs)
namespace pellucid::cpu {
void relu(Stream& stream, const ReluArgs& args);
void relu_backward(Stream& stream, const ReluBackwardArgs& args);
}  // namespace pellucid::cpu
