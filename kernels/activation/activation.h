// activation.h: functions of one element: the rectified linear unit, and a family of all others.
//
//   relu                 y  = max(x, 0);  a NaN stays NaN, −0 becomes +0
//   relu_backward        dx = y > 0 ? dy : 0   (from the forward's output; the derivative at 0 is 0)
//   activation           y  = f(x)
//   activation_backward  dx = dy · f′(x)
//
// f is one of these, each as ONNX defines it, with α and β where they stand (defaults in brackets):
//   sigmoid           1/(1 + e^−x)                tanh
//   hard_sigmoid      min(max(α·x + β, 0), 1), α (0.2), β (0.5)
//   hard_swish        x·min(max(x/6 + ½, 0), 1)   swish         x/(1 + e^−αx), α (1)
//   gelu              x·Φ(x)                      gelu_tanh     ½·x·(1 + tanh(√(2/π)·(x + 0.044715·x³)))
//   erf                                           softplus      log(1 + e^x)
//   mish              x·tanh(softplus(x))         elu           x > 0 ? x : α·(e^x − 1), α (1)
//   selu              β·elu(x), α (1.6732632), β (1.050701)
//   celu              x > 0 ? x : α·(e^(x/α) − 1), α (1)
//   softsign          x/(1 + |x|)                 leaky_relu    x > 0 ? x : α·x, α (0.01)
//   clip              min(max(x, α), β), α (−3.4e38), β (3.4e38)
//   thresholded_relu  x > α ? x : 0, α (1)        abs, neg, exp, log, sqrt
//   reciprocal        1/x                         sign          −1, 0, 1
//   floor, ceil       to whole numbers            round         to the nearest, halves to the even one
//   sin, cos, tan, asin, acos, atan, sinh, cosh, asinh, acosh, atanh
// NaN gives NaN. Where f has a kink f′ is PyTorch's: of abs 0 at 0; of elu, selu, celu and leaky_relu the
// left one at 0, of thresholded_relu 0 at α; of hard_sigmoid and clip 0 where they reach a limit, of
// hard_swish 0 at −3 and 1 at 3; sign, floor, ceil and round have 0 everywhere.
//
// The last row is the mathematics library's of each device, whose last bits differ. All others have the
// same bits on every device (kernels/elementary.h); how far they are from fp64 is in the README, a test.
//
// count ≥ 1 elements of any layout, fp32; y may be x, dx may be dy or x. Throws Error for count < 1.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "kernels/finish.h"
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

// Calls X(name) for each function of the family.
// clang-format off
#define PELLUCID_ACTIVATIONS(X)                                                                  \
  X(sigmoid) X(tanh) X(hard_sigmoid) X(hard_swish) X(swish) X(gelu) X(gelu_tanh) X(erf)          \
  X(softplus) X(mish) X(elu) X(selu) X(celu) X(softsign) X(leaky_relu) X(clip)                   \
  X(thresholded_relu) X(abs) X(neg) X(exp) X(log) X(sqrt) X(reciprocal) X(sign) X(floor) X(ceil) \
  X(round) X(sin) X(cos) X(tan) X(asin) X(acos) X(atan) X(sinh) X(cosh) X(asinh) X(acosh) X(atanh)
// clang-format on

enum class ActivationFunction {
#define PELLUCID_ENUMERATOR(name) name,
  PELLUCID_ACTIVATIONS(PELLUCID_ENUMERATOR)
#undef PELLUCID_ENUMERATOR
};

struct Activation {
  ActivationFunction function;
  float alpha = 0, beta = 0;  // where the function has them
};

struct ActivationArgs {
  Activation f;
  const float* x;
  float* y;
  std::int64_t count;
};

struct ActivationBackwardArgs {
  Activation f;
  const float* x;  // the forward's input
  const float* dy;
  float* dx;
  std::int64_t count;
};

// A function's name, and the defaults of the numbers that it has.
struct ActivationInfo {
  ActivationFunction function;
  std::string_view name;
  std::optional<float> alpha, beta;
};
// Of every function, in the order of the enumeration.
std::span<const ActivationInfo> all_activations();

void relu(Stream& stream, const ReluArgs& args);
void relu_backward(Stream& stream, const ReluBackwardArgs& args);
void activation(Stream& stream, const ActivationArgs& args);
void activation_backward(Stream& stream, const ActivationBackwardArgs& args);

const VariantTable<ReluArgs>& relu_variants();
const VariantTable<ReluBackwardArgs>& relu_backward_variants();
const VariantTable<ActivationArgs>& activation_variants();
const VariantTable<ActivationBackwardArgs>& activation_backward_variants();

template <class T>
void relu_reference(const T* x, T* y, std::int64_t count);
template <class T>
void relu_backward_reference(const T* y, const T* dy, T* dx, std::int64_t count);
// f(x) and f′(x) in double.
double activation_reference(const Activation& f, double x);
double activation_derivative_reference(const Activation& f, double x);

Cost relu_cost(const ReluArgs& args);
Cost relu_backward_cost(const ReluBackwardArgs& args);
Cost activation_cost(const ActivationArgs& args);
Cost activation_backward_cost(const ActivationBackwardArgs& args);

}  // namespace pellucid

PELLUCID_DECLARE_KERNEL(relu_v1_naive, ReluArgs)
PELLUCID_DECLARE_KERNEL(relu_v2_vector, ReluArgs)
PELLUCID_DECLARE_KERNEL(relu_backward_v1_naive, ReluBackwardArgs)
PELLUCID_DECLARE_KERNEL(relu_backward_v2_vector, ReluBackwardArgs)
PELLUCID_DECLARE_KERNEL(activation_v1_naive, ActivationArgs)
PELLUCID_DECLARE_KERNEL(activation_v2_vector, ActivationArgs)
PELLUCID_DECLARE_KERNEL(activation_backward_v1_naive, ActivationBackwardArgs)
PELLUCID_DECLARE_KERNEL(activation_backward_v2_vector, ActivationBackwardArgs)
namespace pellucid::cpu {
void relu(Stream& stream, const ReluArgs& args);
void relu_backward(Stream& stream, const ReluBackwardArgs& args);
void activation(Stream& stream, const ActivationArgs& args);
void activation_backward(Stream& stream, const ActivationBackwardArgs& args);
// activation() over values where they lie, for what has just made them.
Finish::Function finishing_activation(ActivationFunction function);
}  // namespace pellucid::cpu
