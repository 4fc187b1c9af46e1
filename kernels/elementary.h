// elementary.h: exp, log and what is made of them, in fp32, for kernels of every device.
//
// The libraries of hosts and of GPUs round these differently, and g++ calls the host's once an element.
// These are a few multiply-adds each, all spelt out as fmaf(), with selections instead of branches: the
// same bits on cpu, emu and cuda, scalar or in a vector. Their errors, which tests/kernels/elementary_test
// measures against fp64, are in units of the last place (ulp) of the result. NaN gives NaN.
//
// Polynomials are minimax fits (Lawson's reweighted least squares) of the function that their comment
// names, with coefficients rounded to fp32.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

#if defined(__CUDACC__)
#define PELLUCID_ELEMENTARY __host__ __device__ __forceinline__
#else
#define PELLUCID_ELEMENTARY inline __attribute__((always_inline))
#endif

namespace pellucid::elementary {

PELLUCID_ELEMENTARY std::uint32_t bits_of(float x) {
#if defined(__CUDA_ARCH__)
  return __float_as_uint(x);
#else
  return std::bit_cast<std::uint32_t>(x);
#endif
}
PELLUCID_ELEMENTARY float float_of(std::uint32_t bits) {
#if defined(__CUDA_ARCH__)
  return __uint_as_float(bits);
#else
  return std::bit_cast<float>(bits);
#endif
}
PELLUCID_ELEMENTARY std::uint64_t bits_of(double x) {
#if defined(__CUDA_ARCH__)
  return static_cast<std::uint64_t>(__double_as_longlong(x));
#else
  return std::bit_cast<std::uint64_t>(x);
#endif
}
PELLUCID_ELEMENTARY double double_of(std::uint64_t bits) {
#if defined(__CUDA_ARCH__)
  return __longlong_as_double(static_cast<long long>(bits));
#else
  return std::bit_cast<double>(bits);
#endif
}
// 2^n, −126 ≤ n ≤ 127.
PELLUCID_ELEMENTARY float power_of_two(std::int32_t n) {
  return float_of(static_cast<std::uint32_t>(n + 127) << 23);
}

// e^x = 2^half · 2^rest · (1 + q), where 2^n alone could be beyond the normal numbers.
struct ScaledExp {
  float q;
  std::int32_t half, rest;
};
PELLUCID_ELEMENTARY ScaledExp scaled_exp(float x) {
  constexpr float kRound = 12582912.0f;       // 1.5 · 2^23: adding it rounds to a whole number
  constexpr float kMost = 89, kLeast = -104;  // beyond, the result is infinite, or 0
  x = x < kLeast ? kLeast : x;
  x = x > kMost ? kMost : x;
  const float shifted = fmaf(x, 1.44269504f, kRound), n = shifted - kRound;
  // ln 2 in two parts, the first of so few bits that n · it is exact.
  const float r = fmaf(n, -1.42860677e-6f, fmaf(n, -0.693145752f, x));
  float p = 0.000199122631f;  // (e^r − 1 − r)/r², |r| ≤ ½·ln 2
  p = fmaf(p, r, 0.0013941155f);
  p = fmaf(p, r, 0.00833327696f);
  p = fmaf(p, r, 0.0416663513f);
  p = fmaf(p, r, 0.166666672f);
  p = fmaf(p, r, 0.5f);
  // Unsigned: a NaN's bits may be anything. The bits of n are the last ones of `shifted`.
  const auto i = static_cast<std::int32_t>(bits_of(shifted) - bits_of(kRound));
  return {fmaf(p * r, r, r), i >> 1, i - (i >> 1)};
}

// Within 1 ulp, numbers below the normal ones included; +∞ from 88.723 on.
PELLUCID_ELEMENTARY float exp(float x) {
  const ScaledExp e = scaled_exp(x);
  return fmaf(e.q, power_of_two(e.half), power_of_two(e.half)) * power_of_two(e.rest);
}

// e^x − 1, within 2 ulp.
PELLUCID_ELEMENTARY float expm1(float x) {
  const ScaledExp e = scaled_exp(x);
  const float half = power_of_two(e.half);
  return fmaf(e.q, half, half - power_of_two(-e.rest)) * power_of_two(e.rest);
}

// log(1 + f) for √½ − 1 ≤ f ≤ √2 − 1: with s = f/(2 + f) it is 2·artanh s = f − s·(f − R(s²)).
PELLUCID_ELEMENTARY float log1p_near_zero(float f) {
  const float s = f / (2.0f + f), z = s * s;
  float p = 0.235963434f;  // (2·artanh(s)/s − 2)/s²
  p = fmaf(p, z, 0.285366029f);
  p = fmaf(p, z, 0.400003463f);
  p = fmaf(p, z, 0.666666627f);
  return fmaf(-s, fmaf(-p, z, f), f);
}

// Natural, within 1 ulp; log 0 = −∞, NaN below.
PELLUCID_ELEMENTARY float log(float x) {
  const bool tiny = x < 1.17549435e-38f;  // below the normal numbers
  const float scaled = tiny ? x * 8388608.0f : x;
  // x = m · 2^e with √½ ≤ m < √2.
  const std::uint32_t bits = bits_of(scaled);
  const auto e = static_cast<std::int32_t>(bits - 0x3f3504f3u) >> 23;
  const float m = float_of(bits - (static_cast<std::uint32_t>(e) << 23));
  const auto n = static_cast<float>(e - (tiny ? 23 : 0));
  const float f = log1p_near_zero(m - 1.0f);
  const float y = fmaf(n, 0.693145752f, fmaf(n, 1.42860677e-6f, f));
  const float infinity = float_of(0x7f800000u);
  const float of_edge = x == 0 ? -infinity : x < 0 ? float_of(0x7fc00000u) : x;  // ∞ and NaN: x
  return x > 0 && x < infinity ? y : of_edge;
}

// log(1 + u) for 0 ≤ u ≤ 1, within 2 ulp.
PELLUCID_ELEMENTARY float log1p_of_unit(float u) {
  const bool large = u > 0.41421354f;
  const float y =
      log1p_near_zero(large ? 0.5f * (u - 1.0f) : u);  // log(1 + u) = ln 2 + log((1 + u)/2)
  return large ? 0.693147182f + y : y;
}

// 1/(1 + e^−x), within 3 ulp, where it is tiny, too.
PELLUCID_ELEMENTARY float sigmoid(float x) {
  const float e = exp(-fabsf(x));
  return (x < 0 ? e : 1.0f) / (1.0f + e);
}

// Within 3 ulp.
PELLUCID_ELEMENTARY float tanh(float x) {
  const float e = expm1(-2.0f * fabsf(x));
  return copysignf(e / (2.0f + e), x);
}

// erfc(t) = e^−t² · P(1/(1 + t/2)) for 0.89 ≤ t ≤ 10; t² as square + rest.
PELLUCID_ELEMENTARY float erfc_tail(float t, float square, float rest) {
  const float v = 1.0f / fmaf(0.5f, t, 1.0f);
  float p = 0.0735050291f;
  p = fmaf(p, v, -0.161883309f);
  p = fmaf(p, v, -0.0058132275f);
  p = fmaf(p, v, 0.128165379f);
  p = fmaf(p, v, 0.147824839f);
  p = fmaf(p, v, 0.255799919f);
  p = fmaf(p, v, 0.280516148f);
  p = fmaf(p, v, 0.282243341f);
  p = fmaf(p, v, -5.82401708e-06f);
  const float e = exp(-square);
  // A product that no compiler may join with an addition that follows.
  return fmaf(fmaf(-e, rest, e), p, 0.0f);
}
// erf(t)/t for |t| ≤ 0.9.
PELLUCID_ELEMENTARY float erf_over_t(float square) {
  float p = 8.53883175e-05f;
  p = fmaf(p, square, -0.000818192551f);
  p = fmaf(p, square, 0.0052044359f);
  p = fmaf(p, square, -0.0268607531f);
  p = fmaf(p, square, 0.112837195f);
  p = fmaf(p, square, -0.376126349f);
  return fmaf(p, square, 0.128379166f) + 1.0f;
}

// Within 2 ulp.
PELLUCID_ELEMENTARY float erf(float x) {
  const float t = fabsf(x), square = x * x;
  const float tail = 1.0f - erfc_tail(t, square, 0.0f);
  return copysignf(t > 0.89f ? tail : t * erf_over_t(square), x);
}

// Φ(x) = ½·erfc(−x/√2), the share of a normal distribution below x; within 5 ulp down to x = −13.
PELLUCID_ELEMENTARY float normal_share(float x) {
  x = x < -16 ? -16.0f : x > 16 ? 16.0f : x;  // 0 or 1 beyond
  const float t = 0.707106781f * fabsf(x), square = 0.5f * x * x;
  const float tail = 0.5f * erfc_tail(t, square, fmaf(0.5f * x, x, -square));
  const float centre = fmaf(0.5f * 0.707106781f * x, erf_over_t(square), 0.5f);
  return t > 0.89f ? (x < 0 ? tail : 1.0f - tail) : centre;
}

// log₂ x for x > 0 in double, within 2^−40.
PELLUCID_ELEMENTARY double log2_in_double(float x) {
  const bool tiny = x < 1.17549435e-38f;
  const std::uint32_t bits = bits_of(tiny ? x * 8388608.0f : x);
  const auto e = static_cast<std::int32_t>(bits - 0x3f3504f3u) >> 23;
  const double m = float_of(bits - (static_cast<std::uint32_t>(e) << 23));
  const double s = (m - 1) / (m + 1), z = s * s;  // log m = 2·artanh s = 2·Σ s^(2k + 1)/(2k + 1)
  double p = 1.0 / 17;
  p = ::fma(p, z, 1.0 / 15);
  p = ::fma(p, z, 1.0 / 13);
  p = ::fma(p, z, 1.0 / 11);
  p = ::fma(p, z, 1.0 / 9);
  p = ::fma(p, z, 1.0 / 7);
  p = ::fma(p, z, 1.0 / 5);
  p = ::fma(p, z, 1.0 / 3);
  p = ::fma(p, z, 1.0);
  return ::fma(s * 2.8853900817779268, p, e - (tiny ? 23 : 0));  // 2/ln 2
}
// 2^x in double, −200 ≤ x ≤ 200, within 2^−38: Σ (f·ln 2)^k/k! of what is left of a whole number.
PELLUCID_ELEMENTARY double exp2_in_double(double x) {
  constexpr double kRound = 6755399441055744.0;  // 1.5 · 2^52
  const double shifted = x + kRound, f = (x - (shifted - kRound)) * 0.69314718055994531;
  double p = 1.0 / 3628800;
  p = ::fma(p, f, 1.0 / 362880);
  p = ::fma(p, f, 1.0 / 40320);
  p = ::fma(p, f, 1.0 / 5040);
  p = ::fma(p, f, 1.0 / 720);
  p = ::fma(p, f, 1.0 / 120);
  p = ::fma(p, f, 1.0 / 24);
  p = ::fma(p, f, 1.0 / 6);
  p = ::fma(p, f, 0.5);
  p = ::fma(p, f, 1.0);
  p = ::fma(p, f, 1.0);
  return p * double_of((bits_of(shifted) + 1023) << 52);
}

// x^y within 1 ulp, of the real numbers: NaN for x < 0 and a y that is not whole; x^0 = 1^y = 1.
PELLUCID_ELEMENTARY float pow(float x, float y) {
  const float size = fabsf(x), infinity = float_of(0x7f800000u), nan = float_of(0x7fc00000u);
  double power = y * log2_in_double(size);
  power = power < -200 ? -200 : power;
  power = power > 200 ? 200 : power;
  float found = static_cast<float>(exp2_in_double(power));
  // One selection of numbers after the other, which a vector has, too: of roots, infinite numbers, signs.
  const float root = floorf(y) != y ? nan : found;
  found = x < 0 ? root : found;
  const float of_zero = y > 0 ? 0.0f : infinity, of_infinity = y > 0 ? infinity : 0.0f;
  found = size == 0 ? of_zero : found;
  found = size == infinity ? of_infinity : found;
  const float of_one = fabsf(y) == infinity ? 1.0f : found;
  found = size == 1 ? of_one : found;
  const float half = 0.5f * y, of_whole = floorf(half) != half ? x : size;
  found = copysignf(found, floorf(y) != y ? size : of_whole);
  found = x != x ? x : found;
  found = y != y ? y : found;
  found = x == 1 ? 1.0f : found;
  return y == 0 ? 1.0f : found;
}

}  // namespace pellucid::elementary
