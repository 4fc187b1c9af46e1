#include "kernels/activation/activation.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace pellucid {

template <class T>
void relu_reference(const T* x, T* y, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) y[i] = x[i] <= 0 ? T{0} : x[i];
}

template <class T>
void relu_backward_reference(const T* y, const T* dy, T* dx, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) dx[i] = y[i] > 0 ? dy[i] : T{0};
}

namespace {

double sigmoid_of(double x) { return 1 / (1 + std::exp(-x)); }
double softplus_of(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }
double normal_share_of(double x) { return std::erfc(-x / std::numbers::sqrt2) / 2; }
double density_of(double x) {
  return std::exp(-x * x / 2) * std::numbers::inv_sqrtpi / std::numbers::sqrt2;
}
double clamped_of(double x, double least, double most) {
  return std::isnan(x) ? x : std::min(std::max(x, least), most);
}

struct ValueAndSlope {
  double value, slope;
};

// Of a mathematics library.
ValueAndSlope library_reference(ActivationFunction function, double x) {
  using enum ActivationFunction;
  switch (function) {
    case exp:
      return {std::exp(x), std::exp(x)};
    case log:
      return {std::log(x), 1 / x};
    case sin:
      return {std::sin(x), std::cos(x)};
    case cos:
      return {std::cos(x), -std::sin(x)};
    case tan:
      return {std::tan(x), 1 + std::tan(x) * std::tan(x)};
    case asin:
      return {std::asin(x), 1 / std::sqrt(1 - x * x)};
    case acos:
      return {std::acos(x), -1 / std::sqrt(1 - x * x)};
    case atan:
      return {std::atan(x), 1 / (1 + x * x)};
    case sinh:
      return {std::sinh(x), std::cosh(x)};
    case cosh:
      return {std::cosh(x), std::sinh(x)};
    case asinh:
      return {std::asinh(x), 1 / std::sqrt(x * x + 1)};
    case acosh:
      return {std::acosh(x), 1 / std::sqrt(x * x - 1)};
    case atanh:
      return {std::atanh(x), 1 / (1 - x * x)};
    default:
      return {};
  }
}

// Of pieces that need no more than arithmetic.
ValueAndSlope piecewise_reference(const Activation& f, double x) {
  using enum ActivationFunction;
  const double alpha = f.alpha, beta = f.beta, line = alpha * x + beta;
  switch (f.function) {
    case hard_sigmoid:
      return {clamped_of(line, 0, 1), line > 0 && line < 1 ? alpha : 0};
    case hard_swish:
      return {x * clamped_of(x / 6 + 0.5, 0, 1), x <= -3 ? 0 : x < 3 ? x / 3 + 0.5 : 1};
    case softsign:
      return {x / (1 + std::abs(x)), 1 / ((1 + std::abs(x)) * (1 + std::abs(x)))};
    case leaky_relu:
      return {x > 0 ? x : alpha * x, x > 0 ? 1 : alpha};
    case clip:
      return {clamped_of(x, alpha, beta), x > alpha && x < beta ? 1.0 : 0.0};
    case thresholded_relu:
      return {x <= alpha ? 0 : x, x > alpha ? 1.0 : 0.0};
    case abs:
      return {std::abs(x), x > 0 ? 1.0 : x < 0 ? -1.0 : 0.0};
    case neg:
      return {-x, -1};
    case sqrt:
      return {std::sqrt(x), 0.5 / std::sqrt(x)};
    case reciprocal:
      return {1 / x, -1 / (x * x)};
    case sign:
      return {x > 0 ? 1 : x < 0 ? -1 : x, 0};
    case floor:
      return {std::floor(x), 0};
    case ceil:
      return {std::ceil(x), 0};
    case round:
      return {std::nearbyint(x), 0};
    default:
      return library_reference(f.function, x);
  }
}

ValueAndSlope gelu_tanh_reference(double x) {
  constexpr double scale = std::numbers::sqrt2 * std::numbers::inv_sqrtpi;
  const double s = sigmoid_of(2 * scale * (x + 0.044715 * x * x * x));
  return {x * s, s + 2 * x * s * (1 - s) * scale * (1 + 0.134145 * x * x)};
}

ValueAndSlope reference(const Activation& f, double x) {
  using enum ActivationFunction;
  const double alpha = f.alpha, beta = f.beta;
  const double s = sigmoid_of(f.function == swish ? alpha * x : x);
  const double t = std::tanh(softplus_of(x));
  switch (f.function) {
    case sigmoid:
      return {s, s * sigmoid_of(-x)};
    case tanh:
      return {std::tanh(x), 1 / (std::cosh(x) * std::cosh(x))};
    case swish:
      return {x * s, s + alpha * x * s * (1 - s)};
    case gelu:
      return {x * normal_share_of(x), normal_share_of(x) + x * density_of(x)};
    case gelu_tanh:
      return gelu_tanh_reference(x);
    case erf:
      return {std::erf(x), 2 * std::numbers::inv_sqrtpi * std::exp(-x * x)};
    case softplus:
      return {softplus_of(x), s};
    case mish:
      return {x * t, t + x * (1 - t * t) * s};
    case elu:
      return {x > 0 ? x : alpha * std::expm1(x), x > 0 ? 1 : alpha * std::exp(x)};
    case selu:
      return {beta * (x > 0 ? x : alpha * std::expm1(x)), beta * (x > 0 ? 1 : alpha * std::exp(x))};
    case celu:
      return {x > 0 ? x : alpha * std::expm1(x / alpha), x > 0 ? 1 : std::exp(x / alpha)};
    default:
      return piecewise_reference(f, x);
  }
}

}  // namespace

double activation_reference(const Activation& f, double x) { return reference(f, x).value; }
double activation_derivative_reference(const Activation& f, double x) {
  return reference(f, x).slope;
}

template void relu_reference(const float*, float*, std::int64_t);
template void relu_reference(const double*, double*, std::int64_t);
template void relu_backward_reference(const float*, const float*, float*, std::int64_t);
template void relu_backward_reference(const double*, const double*, double*, std::int64_t);

}  // namespace pellucid
