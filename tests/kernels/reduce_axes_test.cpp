#include "kernels/reduce/reduce_axes.h"

#include <limits>

#include "kernels/reduce/reduction.h"
#include "runtime/tensor.h"
#include "tests/kernels/axes_cases.h"
#include "tests/kernels/each_variant.h"
#include "tests/support/compare.h"
#include "tests/support/gradcheck.h"
#include "tests/support/random_values.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

using enum Reduction;
constexpr Reduction kAll[]{mean, sum, max, min, prod, l1, l2, sum_square, log_sum, log_sum_exp};

struct Reduced {
  std::vector<float> y;
  std::vector<std::int32_t> index;
};

template <class Run>
std::optional<Reduced> reduced(const Run& run, const AxesShape& shape, Reduction function,
                               const std::vector<float>& x, bool with_index) {
  const Tensor dx = Tensor::from_host(stream(), {shape.elements()}, x);
  const Tensor y = Tensor::empty(stream(), {shape.results()});
  const Tensor index = Tensor::empty(stream(), {shape.results()}, DType::i32);
  if (!run({shape, function, dx.data<float>(), y.data<float>(),
            with_index ? index.data<std::int32_t>() : nullptr}))
    return std::nullopt;
  return Reduced{y.to_host<float>(stream()),
                 with_index ? index.to_host<std::int32_t>(stream()) : std::vector<std::int32_t>()};
}

std::vector<float> expected_of(const AxesShape& shape, Reduction function,
                               const std::vector<float>& x) {
  std::vector<float> y(static_cast<std::size_t>(shape.results()));
  reduce_axes_reference(shape, function, x.data(), y.data());
  return y;
}

// Values whose reduction is exact in any order, so that every bit is decided.
std::vector<float> exact_values(Reduction function, std::size_t count) {
  std::vector<float> x = random_integers(count, 1);
  if (function != prod) return x;
  // ±1, a few ±2 and ½: the product stays a power of two.
  for (std::size_t i = 0; i < count; ++i)
    x[i] = (x[i] < 0 ? -1.0f : 1.0f) * (i % 97 == 5 ? 2.0f : i % 89 == 7 ? 0.5f : 1.0f);
  return x;
}

}  // namespace

TEST_CASE("reduce_axes: every variant equals the reference bit for bit on integers") {
  each_variant(reduce_axes_variants(), [&](const auto& run) {
    for (const AxesShape& shape : axes_cases())
      for (const Reduction function : {mean, sum, max, min, prod, l1, l2, sum_square}) {
        CAPTURE(text_of(shape));
        CAPTURE(static_cast<int>(function));
        const auto x = exact_values(function, static_cast<std::size_t>(shape.elements()));
        const auto expected = expected_of(shape, function, x);
        if (const auto got = reduced(run, shape, function, x, false))
          CHECK_SAME_BITS(got->y, expected);
        if (!has_winner(function)) continue;
        const auto got = reduced(run, shape, function, x, true);
        if (!got) continue;
        CHECK_SAME_BITS(got->y, expected);
        for (std::size_t i = 0; i < expected.size(); ++i) {
          const auto column = static_cast<int>(i) % shape.columns();
          const float* at = x.data() + shape.base(static_cast<int>(i) / shape.columns()) + column;
          int first = 0;
          while (at[shape.offset(first)] != expected[i]) ++first;
          REQUIRE(got->index[i] == first);
        }
      }
  });
}

TEST_CASE("reduce_axes: real values stay within the rounding of their sums") {
  each_variant(reduce_axes_variants(), [&](const auto& run) {
    for (const AxesShape& shape : axes_cases())
      for (const Reduction function : {mean, sum, l1, l2, sum_square, log_sum, log_sum_exp}) {
        CAPTURE(text_of(shape));
        CAPTURE(static_cast<int>(function));
        const auto x = random_values(static_cast<std::size_t>(shape.elements()), 2, 0.5f, 2);
        // Positive terms: each addition is off by at most 2^-24 of the sum, v1 adds up to 33601 of them.
        const double bound = 6e-8 * (shape.positions() + 8);
        if (const auto got = reduced(run, shape, function, x, false))
          CHECK_CLOSE(got->y, expected_of(shape, function, x), bound, bound);
      }
  });
}

TEST_CASE("reduce_axes: large values, infinities and NaN") {
  const float inf = std::numeric_limits<float>::infinity(), nan = std::nanf("");
  const AxesShape shape{1, {1, 1, 3}, {1, 1, 4}};
  // Columns: large, −∞ among others, all −∞, NaN among others.
  const std::vector<float> x{1e30f, -inf, -inf, nan, 1e30f, 2, -inf, 3, -1e30f, 2, -inf, 1};
  each_variant(reduce_axes_variants(), [&](const auto& run) {
    if (const auto got = reduced(run, shape, log_sum_exp, x, false)) {
      CHECK(got->y[0] == 1e30f);
      CHECK(std::abs(got->y[1] - 2.6931472f) < 1e-6f);
      CHECK(got->y[2] == -inf);
      CHECK(std::isnan(got->y[3]));
    }
    if (const auto got = reduced(run, shape, max, x, true)) {
      CHECK_SAME_BITS(got->y, (std::vector<float>{1e30f, 2, -inf, 3}));
      CHECK(got->index == std::vector<std::int32_t>{0, 1, 0, 1});
    }
    if (const auto got = reduced(run, shape, min, x, true))
      CHECK_SAME_BITS(got->y, (std::vector<float>{-1e30f, -inf, -inf, 1}));
  });
}

TEST_CASE("reduce_axes: an image's bits do not depend on its batch") {
  each_variant(reduce_axes_variants(), [&](const auto& run) {
    for (AxesShape shape :
         {AxesShape{1, {1, 1, 700}, {1, 1, 5}}, AxesShape{1, {1, 49, 30}, {1, 2, 1}}}) {
      const auto x = random_values(static_cast<std::size_t>(3 * shape.elements()), 3);
      const auto alone =
          reduced(run, shape, sum,
                  {x.end() - static_cast<std::ptrdiff_t>(shape.elements()), x.end()}, false);
      shape.n = 3;
      const auto together = reduced(run, shape, sum, x, false);
      if (!alone || !together) continue;
      CHECK_SAME_BITS(std::vector<float>(together->y.end() - std::ptrdiff_t(alone->y.size()),
                                         together->y.end()),
                      alone->y);
    }
  });
}

TEST_CASE("reduce_axes backward: every variant equals the reference") {
  each_variant(reduce_axes_backward_variants(), [&](const auto& run) {
    for (const AxesShape& shape : axes_cases())
      for (const Reduction function : kAll) {
        // The reference multiplies all other factors for every one.
        if (function == prod && shape.positions() > 3000) continue;
        CAPTURE(text_of(shape));
        CAPTURE(static_cast<int>(function));
        const auto count = static_cast<std::size_t>(shape.elements());
        auto x = function == prod                                 ? exact_values(prod, count)
                 : function == log_sum || function == log_sum_exp ? random_values(count, 4, 0.5f, 2)
                                                                  : random_integers(count, 4);
        // A zero's own derivative is the product of the others; two make all 0.
        if (function == prod && shape.positions() < 300) x[count / 2] = x[0] = 0;
        const auto dy = random_integers(static_cast<std::size_t>(shape.results()), 5);
        std::vector<float> expected(count), y = expected_of(shape, function, x);
        reduce_axes_backward_reference(shape, function, x.data(), dy.data(), expected.data());
        std::vector<std::int32_t> index(y.size());
        for (std::size_t i = 0; i < y.size() && has_winner(function); ++i) {
          const auto column = static_cast<int>(i) % shape.columns();
          const float* at = x.data() + shape.base(static_cast<int>(i) / shape.columns()) + column;
          while (at[shape.offset(index[i])] != y[i]) ++index[i];
        }
        const Tensor tx = Tensor::from_host(stream(), {shape.elements()}, x),
                     ty = Tensor::from_host(stream(), {shape.results()}, y),
                     tdy = Tensor::from_host(stream(), {shape.results()}, dy),
                     ti = Tensor::from_host(stream(), {shape.results()}, index),
                     tdx = Tensor::empty(stream(), {shape.elements()});
        if (!run({shape, function, tx.data<float>(), ty.data<float>(), tdy.data<float>(),
                  has_winner(function) ? ti.data<std::int32_t>() : nullptr, tdx.data<float>()}))
          continue;
        // y is rounded: of the exponential functions by |y| ≤ 12 times 2^-24.
        const bool rounded = function == l2 || function == log_sum || function == log_sum_exp;
        CHECK_CLOSE(tdx.to_host<float>(stream()), expected, 0, rounded ? 3e-6 : 1.2e-7);
      }
  });
}

TEST_CASE("reduce_axes reference: gradient equals finite differences") {
  const AxesShape shape{2, {2, 1, 3}, {3, 1, 2}};
  const auto x = random_values<double>(static_cast<std::size_t>(shape.elements()), 6, 0.5, 2);
  const auto dy = random_values<double>(static_cast<std::size_t>(shape.results()), 7);
  for (const Reduction function : kAll) {
    CAPTURE(static_cast<int>(function));
    const auto expected = finite_differences(x, [&](const std::vector<double>& at) {
      std::vector<double> y(dy.size());
      reduce_axes_reference(shape, function, at.data(), y.data());
      double total = 0;
      for (std::size_t i = 0; i < y.size(); ++i) total += y[i] * dy[i];
      return total;
    });
    std::vector<double> dx(x.size());
    reduce_axes_backward_reference(shape, function, x.data(), dy.data(), dx.data());
    CHECK(largest_difference(dx, expected) < 1e-8);
  }
}
