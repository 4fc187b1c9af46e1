// The formulas of kernels/elementary.h against fp64, over their whole range and at their seams.
#include "kernels/elementary.h"

#include <doctest/doctest.h>

#include <limits>
#include <vector>

#include "tests/support/random_values.h"

using namespace pellucid;
using pellucid::test::random_values;

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

// The largest error in units of the last place of the result, numbers below the normal ones included.
template <class F, class G>
double largest_error(const std::vector<float>& xs, const F& f, const G& exact) {
  double largest = 0;
  for (const float x : xs) {
    const double expected = exact(double{x}), found = f(x);
    const double size = std::abs(expected);
    if (size > std::numeric_limits<float>::max()) continue;
    const double ulp = std::ldexp(1.0, std::max(size > 0 ? std::ilogb(size) : -126, -126) - 23);
    const double error = std::abs(found - expected) / ulp;
    if (!(error <= largest)) largest = std::isnan(error) ? 1e9 : error;
  }
  return largest;
}

// 2^17 uniform ones, and as many whose size spans all exponents from 2^−40.
std::vector<float> numbers(float low, float high) {
  std::vector<float> xs = random_values(1 << 17, 31, low, high);
  const auto exponents = random_values(1 << 17, 32, -40, 0);
  for (std::size_t i = 0; i < exponents.size(); ++i)
    xs.push_back((i % 2 == 0 ? low : high) * std::exp2(exponents[i]));
  return xs;
}

}  // namespace

TEST_CASE("elementary: every function is as exact as its header says") {
  const auto exact_exp = [](double x) { return std::exp(x); };
  CHECK(largest_error(
            numbers(-103.5f, 88.7f), [](float x) { return elementary::exp(x); }, exact_exp) <= 1);
  CHECK(largest_error(
            numbers(-103.5f, 88.7f), [](float x) { return elementary::expm1(x); },
            [](double x) { return std::expm1(x); }) <= 2);
  CHECK(largest_error(
            numbers(1e-44f, 3e38f), [](float x) { return elementary::log(x); },
            [](double x) { return std::log(x); }) <= 1);
  CHECK(largest_error(
            numbers(0.4f, 2.5f), [](float x) { return elementary::log(x); },
            [](double x) { return std::log(x); }) <= 1);
  CHECK(largest_error(
            numbers(0, 1), [](float x) { return elementary::log1p_of_unit(x); },
            [](double x) { return std::log1p(x); }) <= 2);
  CHECK(largest_error(
            numbers(-100, 100), [](float x) { return elementary::sigmoid(x); },
            [](double x) { return 1 / (1 + std::exp(-x)); }) <= 3);
  CHECK(largest_error(
            numbers(-12, 12), [](float x) { return elementary::tanh(x); },
            [](double x) { return std::tanh(x); }) <= 3);
  CHECK(largest_error(
            numbers(-5, 5), [](float x) { return elementary::erf(x); },
            [](double x) { return std::erf(x); }) <= 2);
  CHECK(largest_error(
            numbers(-13, 13), [](float x) { return elementary::normal_share(x); },
            [](double x) { return std::erfc(-x / std::sqrt(2.0)) / 2; }) <= 5);
}

TEST_CASE("elementary: pow is within 1 ulp, and exact where the power is") {
  for (const float y : {-3.0f, -1.0f, -0.5f, 0.25f, 0.5f, 1.0f, 1.7f, 2.0f, 3.0f, 10.5f, 40.0f}) {
    CAPTURE(y);
    const auto f = [y](float x) { return elementary::pow(x, y); };
    const auto exact = [y](double x) { return std::pow(x, double{y}); };
    CHECK(largest_error(numbers(1e-3f, 8), f, exact) <= 1);
    CHECK(largest_error(numbers(1e-38f, 3e38f), f, exact) <= 1);
    if (y == std::floor(y)) CHECK(largest_error(numbers(-8, -1e-3f), f, exact) <= 1);
  }
  for (int x = -8; x <= 8; ++x)
    for (int y = 0; y <= 7; ++y)
      CHECK(elementary::pow(static_cast<float>(x), static_cast<float>(y)) ==
            static_cast<float>(std::pow(x, y)));
}

TEST_CASE("elementary: what is infinite, not a number, or zero") {
  const std::vector<float> edges{-kInfinity, -3.0f, -2.0f, -1.0f, -0.5f, -0.0f,     0.0f,
                                 0.5f,       1.0f,  2.0f,  3.0f,  1e38f, kInfinity, kNaN};
  const auto same = [](float found, double exact) {
    const auto expected = static_cast<float>(exact);
    return std::isnan(expected)
               ? std::isnan(found)
               : found == expected && std::signbit(found) == std::signbit(expected);
  };
  for (const float x : {-kInfinity, 0.0f, kInfinity, kNaN, -1e30f}) {
    CAPTURE(x);
    CHECK(same(elementary::exp(x), std::exp(double{x})));
    CHECK(same(elementary::expm1(x), std::expm1(double{x})));
    CHECK(same(elementary::log(x), std::log(double{x})));
    CHECK(same(elementary::sigmoid(x), 1 / (1 + std::exp(-double{x}))));
    CHECK(same(elementary::tanh(x), std::tanh(double{x})));
    CHECK(same(elementary::erf(x), std::erf(double{x})));
    CHECK(same(elementary::normal_share(x), std::erfc(-double{x}) / 2));
  }
  CHECK(elementary::exp(89.0f) == kInfinity);
  CHECK(elementary::exp(-104.0f) == 0);
  for (const float x : edges)
    for (const float y : edges) {
      CAPTURE(x);
      CAPTURE(y);
      const double exact = std::pow(double{x}, double{y});
      CHECK(same(elementary::pow(x, y), exact));
    }
}
