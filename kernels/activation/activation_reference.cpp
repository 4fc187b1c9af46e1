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
double tanh_argument_of(double x) {
  return std::numbers::sqrt2 * std::numbers::inv_sqrtpi * (x + 0.044715 * x * x * x);
}
double clamped_of(double x, double least, double most) {
  return std::isnan(x) ? x : std::min(std::max(x, least), most);
}

}  // namespace

double activation_reference(const Activation& f, double x) {
  using enum ActivationFunction;
  const double alpha = f.alpha, beta = f.beta;
  switch (f.function) {
    case sigmoid:
      return sigmoid_of(x);
    case tanh:
      return std::tanh(x);
    case hard_sigmoid:
      return clamped_of(alpha * x + beta, 0, 1);
    case hard_swish:
      return x * clamped_of(x / 6 + 0.5, 0, 1);
    case swish:
      return x * sigmoid_of(alpha * x);
    case gelu:
      return x * normal_share_of(x);
    case gelu_tanh:
      return x * sigmoid_of(2 * tanh_argument_of(x));
    case erf:
      return std::erf(x);
    case softplus:
      return softplus_of(x);
    case mish:
      return x * std::tanh(softplus_of(x));
    case elu:
      return x > 0 ? x : alpha * std::expm1(x);
    case selu:
      return beta * (x > 0 ? x : alpha * std::expm1(x));
    case celu:
      return x > 0 ? x : alpha * std::expm1(x / alpha);
    case softsign:
      return x / (1 + std::abs(x));
    case leaky_relu:
      return x > 0 ? x : alpha * x;
    case clip:
      return clamped_of(x, alpha, beta);
    case thresholded_relu:
      return x <= alpha ? 0 : x;
    case abs:
      return std::abs(x);
    case neg:
      return -x;
    case exp:
      return std::exp(x);
    case log:
      return std::log(x);
    case sqrt:
      return std::sqrt(x);
    case reciprocal:
      return 1 / x;
    case sign:
      return x > 0 ? 1 : x < 0 ? -1 : x;
    case floor:
      return std::floor(x);
    case ceil:
      return std::ceil(x);
    case round:
      return std::nearbyint(x);
    case sin:
      return std::sin(x);
    case cos:
      return std::cos(x);
    case tan:
      return std::tan(x);
    case asin:
      return std::asin(x);
    case acos:
      return std::acos(x);
    case atan:
      return std::atan(x);
    case sinh:
      return std::sinh(x);
    case cosh:
      return std::cosh(x);
    case asinh:
      return std::asinh(x);
    case acosh:
      return std::acosh(x);
    case atanh:
      return std::atanh(x);
  }
  return 0;
}

double activation_derivative_reference(const Activation& f, double x) {
  using enum ActivationFunction;
  const double alpha = f.alpha, beta = f.beta, y = activation_reference(f, x);
  switch (f.function) {
    case sigmoid:
      return y * sigmoid_of(-x);
    case tanh:
      return 1 / (std::cosh(x) * std::cosh(x));
    case hard_sigmoid:
      return y > 0 && y < 1 ? alpha : 0;
    case hard_swish:
      return x <= -3 ? 0 : x < 3 ? x / 3 + 0.5 : 1;
    case swish: {
      const double s = sigmoid_of(alpha * x);
      return s + alpha * x * s * (1 - s);
    }
    case gelu:
      return normal_share_of(x) + x * density_of(x);
    case gelu_tanh: {
      const double s = sigmoid_of(2 * tanh_argument_of(x));
      const double slope = std::numbers::sqrt2 * std::numbers::inv_sqrtpi * (1 + 0.134145 * x * x);
      return s + 2 * x * s * (1 - s) * slope;
    }
    case erf:
      return 2 * std::numbers::inv_sqrtpi * std::exp(-x * x);
    case softplus:
      return sigmoid_of(x);
    case mish: {
      const double t = std::tanh(softplus_of(x));
      return t + x * (1 - t * t) * sigmoid_of(x);
    }
    case elu:
      return x > 0 ? 1 : alpha * std::exp(x);
    case selu:
      return beta * (x > 0 ? 1 : alpha * std::exp(x));
    case celu:
      return x > 0 ? 1 : std::exp(x / alpha);
    case softsign:
      return 1 / ((1 + std::abs(x)) * (1 + std::abs(x)));
    case leaky_relu:
      return x > 0 ? 1 : alpha;
    case clip:
      return x > alpha && x < beta ? 1 : 0;
    case thresholded_relu:
      return x > alpha ? 1 : 0;
    case abs:
      return x > 0 ? 1 : x < 0 ? -1 : 0;
    case neg:
      return -1;
    case exp:
      return y;
    case log:
      return 1 / x;
    case sqrt:
      return 0.5 / y;
    case reciprocal:
      return -1 / (x * x);
    case sign:
    case floor:
    case ceil:
    case round:
      return 0;
    case sin:
      return std::cos(x);
    case cos:
      return -std::sin(x);
    case tan:
      return 1 + y * y;
    case asin:
      return 1 / std::sqrt(1 - x * x);
    case acos:
      return -1 / std::sqrt(1 - x * x);
    case atan:
      return 1 / (1 + x * x);
    case sinh:
      return std::cosh(x);
    case cosh:
      return std::sinh(x);
    case asinh:
      return 1 / std::sqrt(x * x + 1);
    case acosh:
      return 1 / std::sqrt(x * x - 1);
    case atanh:
      return 1 / (1 - x * x);
  }
  return 0;
}

template void relu_reference(const float*, float*, std::int64_t);
template void relu_reference(const double*, double*, std::int64_t);
template void relu_backward_reference(const float*, const float*, float*, std::int64_t);
template void relu_backward_reference(const double*, const double*, double*, std::int64_t);

}  // namespace pellucid
