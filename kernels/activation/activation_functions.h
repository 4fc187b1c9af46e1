// activation_functions.h: f(x) and f′(x) of activation.h in fp32, for the kernels of every device. Products
// that are added are spelt out as fmaf(), so that all compilers round alike.
#pragma once

#include "kernels/activation/activation.h"
#include "kernels/elementary.h"

namespace pellucid {

// fminf() and fmaxf() drop a NaN.
PELLUCID_ELEMENTARY float clamped(float x, float least, float most) {
  const float above = x < least ? least : x;
  return above > most ? most : above;
}

// The argument of gelu_tanh's sigmoid, ½·(1 + tanh u) = sigmoid(2u), and its derivative.
PELLUCID_ELEMENTARY float gelu_tanh_argument(float x) {
  return x * fmaf(0.0713548163f * x, x, 1.59576912f);
}
PELLUCID_ELEMENTARY float gelu_tanh_slope(float x) {
  return fmaf(0.214064449f * x, x, 1.59576912f);
}

// tanh(softplus(x)) = (s² − 1)/(s² + 1) with s = 1 + e^x, on either side of 0 in powers of e^−|x|.
PELLUCID_ELEMENTARY float tanh_of_softplus(float x) {
  const float e = elementary::exp(-fabsf(x));
  const float large = fmaf(2.0f, e, 1.0f);
  const float above = x < 0 ? e * (e + 2.0f) : large;
  return above / (x < 0 ? fmaf(e, e + 2.0f, 2.0f) : fmaf(2.0f * e, e, large));
}

template <ActivationFunction F>
PELLUCID_ELEMENTARY float activation_value(float x, float alpha, float beta) {
  using enum ActivationFunction;
  if constexpr (F == sigmoid) return elementary::sigmoid(x);
  else if constexpr (F == tanh) return elementary::tanh(x);
  else if constexpr (F == hard_sigmoid) return clamped(fmaf(alpha, x, beta), 0, 1);
  else if constexpr (F == hard_swish) return x * clamped(fmaf(x, 0.166666672f, 0.5f), 0, 1);
  else if constexpr (F == swish) return x * elementary::sigmoid(alpha * x);
  else if constexpr (F == gelu) return x * elementary::normal_share(x);
  else if constexpr (F == gelu_tanh) return x * elementary::sigmoid(gelu_tanh_argument(x));
  else if constexpr (F == erf) return elementary::erf(x);
  else if constexpr (F == softplus)
    return (x > 0 ? x : 0.0f) + elementary::log1p_of_unit(elementary::exp(-fabsf(x)));
  else if constexpr (F == mish) return x * tanh_of_softplus(x);
  else if constexpr (F == elu) return x > 0 ? x : alpha * elementary::expm1(x);
  else if constexpr (F == selu) return beta * (x > 0 ? x : alpha * elementary::expm1(x));
  else if constexpr (F == celu) return x > 0 ? x : alpha * elementary::expm1(x / alpha);
  else if constexpr (F == softsign) return x / (1.0f + fabsf(x));
  else if constexpr (F == leaky_relu) return x > 0 ? x : alpha * x;
  else if constexpr (F == clip) return clamped(x, alpha, beta);
  else if constexpr (F == thresholded_relu) return x <= alpha ? 0.0f : x;
  else if constexpr (F == abs) return fabsf(x);
  else if constexpr (F == neg) return -x;
  else if constexpr (F == exp) return elementary::exp(x);
  else if constexpr (F == log) return elementary::log(x);
  else if constexpr (F == sqrt) return sqrtf(x);
  else if constexpr (F == reciprocal) return 1.0f / x;
  else if constexpr (F == sign) return x > 0 ? 1.0f : x < 0 ? -1.0f : x;
  else if constexpr (F == floor) return floorf(x);
  else if constexpr (F == ceil) return ceilf(x);
  else if constexpr (F == round) return rintf(x);
  else if constexpr (F == sin) return sinf(x);
  else if constexpr (F == cos) return cosf(x);
  else if constexpr (F == tan) return tanf(x);
  else if constexpr (F == asin) return asinf(x);
  else if constexpr (F == acos) return acosf(x);
  else if constexpr (F == atan) return atanf(x);
  else if constexpr (F == sinh) return sinhf(x);
  else if constexpr (F == cosh) return coshf(x);
  else if constexpr (F == asinh) return asinhf(x);
  else if constexpr (F == acosh) return acoshf(x);
  else return atanhf(x);
}

// f′ of the functions that are made of a sigmoid or e^x.
template <ActivationFunction F>
PELLUCID_ELEMENTARY float smooth_derivative(float x, float alpha, float beta) {
  using enum ActivationFunction;
  if constexpr (F == sigmoid || F == tanh) {
    // e^−|x| of x, of tanh 2x: f′ has no cancellation then.
    const float e = elementary::exp((F == tanh ? -2.0f : -1.0f) * fabsf(x)), s = 1.0f + e;
    return (F == tanh ? 4.0f : 1.0f) * e / (s * s);
  } else if constexpr (F == swish) {
    const float s = elementary::sigmoid(alpha * x);
    return fmaf(alpha * x * s, 1.0f - s, s);
  } else if constexpr (F == gelu) {
    const float density = 0.398942280f * elementary::exp(-0.5f * x * x);
    return fmaf(x, density, elementary::normal_share(x));
  } else if constexpr (F == gelu_tanh) {
    const float s = elementary::sigmoid(gelu_tanh_argument(x));
    return fmaf(x * s * gelu_tanh_slope(x), 1.0f - s, s);
  } else if constexpr (F == erf) {
    return 1.12837917f * elementary::exp(-x * x);
  } else if constexpr (F == softplus) {
    return elementary::sigmoid(x);
  } else if constexpr (F == mish) {
    const float t = tanh_of_softplus(x);
    return fmaf(x * elementary::sigmoid(x), fmaf(-t, t, 1.0f), t);
  } else if constexpr (F == elu) {
    return x > 0 ? 1.0f : alpha * elementary::exp(x);
  } else if constexpr (F == selu) {
    return beta * (x > 0 ? 1.0f : alpha * elementary::exp(x));
  } else {
    static_assert(F == celu);
    return x > 0 ? 1.0f : elementary::exp(x / alpha);
  }
}

template <ActivationFunction F>
PELLUCID_ELEMENTARY float activation_derivative(float x, float alpha, float beta) {
  using enum ActivationFunction;
  if constexpr (F == sigmoid || F == tanh || F == swish || F == gelu || F == gelu_tanh ||
                F == erf || F == softplus || F == mish || F == elu || F == selu || F == celu) {
    return smooth_derivative<F>(x, alpha, beta);
  } else if constexpr (F == hard_sigmoid) {
    const float y = fmaf(alpha, x, beta);
    return y > 0 && y < 1 ? alpha : 0.0f;
  } else if constexpr (F == hard_swish) {
    return x <= -3 ? 0.0f : x < 3 ? fmaf(x, 0.333333343f, 0.5f) : 1.0f;
  } else if constexpr (F == softsign) {
    const float s = 1.0f + fabsf(x);
    return 1.0f / (s * s);
  } else if constexpr (F == leaky_relu) {
    return x > 0 ? 1.0f : alpha;
  } else if constexpr (F == clip) {
    return x > alpha && x < beta ? 1.0f : 0.0f;
  } else if constexpr (F == thresholded_relu) {
    return x > alpha ? 1.0f : 0.0f;
  } else if constexpr (F == abs) {
    return x > 0 ? 1.0f : x < 0 ? -1.0f : 0.0f;
  } else if constexpr (F == neg) {
    return -1.0f;
  } else if constexpr (F == exp) {
    return elementary::exp(x);
  } else if constexpr (F == log) {
    return 1.0f / x;
  } else if constexpr (F == sqrt) {
    return 0.5f / sqrtf(x);
  } else if constexpr (F == reciprocal) {
    return -1.0f / (x * x);
  } else if constexpr (F == sign || F == floor || F == ceil || F == round) {
    return 0.0f;
  } else if constexpr (F == sin) {
    return cosf(x);
  } else if constexpr (F == cos) {
    return -sinf(x);
  } else if constexpr (F == tan) {
    const float c = cosf(x);
    return 1.0f / (c * c);
  } else if constexpr (F == asin || F == acos) {
    return (F == asin ? 1.0f : -1.0f) / sqrtf((1.0f - x) * (1.0f + x));
  } else if constexpr (F == atan) {
    return 1.0f / fmaf(x, x, 1.0f);
  } else if constexpr (F == sinh) {
    return coshf(x);
  } else if constexpr (F == cosh) {
    return sinhf(x);
  } else if constexpr (F == asinh) {
    return 1.0f / sqrtf(fmaf(x, x, 1.0f));
  } else if constexpr (F == acosh) {
    return 1.0f / sqrtf((x - 1.0f) * (x + 1.0f));
  } else {
    return 1.0f / ((1.0f - x) * (1.0f + x));
  }
}

}  // namespace pellucid
