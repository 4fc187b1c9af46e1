#include "kernels/group_norm/group_norm.h"

#include <numeric>

#include "runtime/tensor.h"
#include "tests/kernels/axes_cases.h"
#include "tests/kernels/each_variant.h"
#include "tests/support/compare.h"
#include "tests/support/gradcheck.h"
#include "tests/support/random_values.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

// Parameters of all positions, of the columns, of both, and of none.
std::vector<AxesSteps> affines(const AxesShape& s) {
  const int last = s.k[2], row = s.r[2] * s.k[2];
  return {{{0, 0, 0}, {0, 0, 0}},
          {{0, 0, 0}, {0, s.k[2], 1}},
          {{s.r[1] * s.r[2], s.r[2], 1}, {0, 0, 0}},
          {{0, 0, last}, {0, row, 1}}};
}

// The parameters that the steps reach.
std::size_t parameters(const AxesShape& s, const AxesSteps& a) {
  std::int64_t last = 0;
  for (int i = 0; i < 3; ++i)
    last += std::int64_t{s.r[i] - 1} * a.r[i] + std::int64_t{s.k[i] - 1} * a.k[i];
  return static_cast<std::size_t>(last + 1);
}

Tensor tensor(const std::vector<float>& values) {
  return Tensor::from_host(stream(), {static_cast<std::int64_t>(values.size())}, values);
}

template <class Check>
void for_cases(const Check& check) {
  for (const AxesShape& shape : axes_cases())
    for (const AxesSteps& affine : affines(shape)) {
      CAPTURE(text_of(shape));
      CAPTURE(affine.r[2]);
      CAPTURE(affine.k[2]);
      check(shape, affine, static_cast<std::size_t>(shape.elements()),
            static_cast<std::size_t>(shape.results()), parameters(shape, affine));
    }
}

}  // namespace

TEST_CASE("group_norm: every variant equals the reference") {
  each_variant(group_norm_variants(), [&](const auto& run) {
    for_cases([&](const AxesShape& s, const AxesSteps& affine, std::size_t count,
                  std::size_t results, std::size_t of_affine) {
      // A mean of 40 deviations, which the variance must not notice.
      const auto x = random_values(count, 1, 39, 41), gamma = random_values(of_affine, 2),
                 beta = random_values(of_affine, 3);
      const bool bare = of_affine == 1;
      std::vector<float> y(count), mean(results), inverse(results);
      group_norm_reference(s, affine, x.data(), y.data(), bare ? nullptr : gamma.data(),
                           bare ? nullptr : beta.data(), mean.data(), inverse.data(), 1e-3);
      const Tensor tx = tensor(x), tg = tensor(gamma), tb = tensor(beta),
                   ty = Tensor::empty(stream(), {s.elements()}),
                   tm = Tensor::empty(stream(), {s.results()}),
                   ti = Tensor::empty(stream(), {s.results()});
      if (!run({s, affine, tx.data<float>(), ty.data<float>(), bare ? nullptr : tg.data<float>(),
                bare ? nullptr : tb.data<float>(), tm.data<float>(), ti.data<float>(), 1e-3f}))
        return;
      // The mean is rounded to half a unit in the last place of 40, 2e-6, and a value differs from it by
      // at most 1; of two values the deviation may be small, and inverse up to 32.
      CHECK_CLOSE(tm.to_host<float>(stream()), mean, 4e-6, 1e-6);
      CHECK_CLOSE(ti.to_host<float>(stream()), inverse, 0, 1e-4);
      CHECK_CLOSE(ty.to_host<float>(stream()), y, 2e-4, 1e-4);
    });
  });
}

TEST_CASE("group_norm: a constant group is beta, and one value too") {
  const AxesShape s{2, {1, 1, 300}, {1, 1, 2}};
  each_variant(group_norm_variants(), [&](const auto& run) {
    const Tensor x = tensor(std::vector<float>(1200, 1e6f)), beta = tensor({3, 4}),
                 y = Tensor::empty(stream(), {1200}), mean = Tensor::empty(stream(), {4}),
                 inverse = Tensor::empty(stream(), {4});
    if (!run({s,
              {{0, 0, 0}, {0, 0, 1}},
              x.data<float>(),
              y.data<float>(),
              nullptr,
              beta.data<float>(),
              mean.data<float>(),
              inverse.data<float>(),
              1e-5f}))
      return;
    std::vector<float> expected(1200);
    for (std::size_t i = 0; i < expected.size(); ++i) expected[i] = i % 2 == 0 ? 3.0f : 4.0f;
    CHECK_SAME_BITS(y.to_host<float>(stream()), expected);
  });
}

TEST_CASE("group_norm: an image's bits do not depend on its batch") {
  each_variant(group_norm_variants(), [&](const auto& run) {
    for (AxesShape s :
         {AxesShape{1, {1, 1, 700}, {1, 1, 5}}, AxesShape{1, {1, 49, 300}, {1, 2, 1}}}) {
      const auto count = static_cast<std::size_t>(s.elements());
      const auto x = random_values(3 * count, 4);
      const auto normalised = [&](std::vector<float> values, std::int64_t n) {
        s.n = n;
        const Tensor tx = tensor(values), y = Tensor::empty(stream(), {s.elements()}),
                     mean = Tensor::empty(stream(), {s.results()}),
                     inverse = Tensor::empty(stream(), {s.results()});
        return run({s,
                    {},
                    tx.data<float>(),
                    y.data<float>(),
                    nullptr,
                    nullptr,
                    mean.data<float>(),
                    inverse.data<float>(),
                    1e-5f})
                   ? y.to_host<float>(stream())
                   : std::vector<float>();
      };
      const auto last = static_cast<std::ptrdiff_t>(count);
      const auto together = normalised(x, 3), alone = normalised({x.end() - last, x.end()}, 1);
      if (alone.empty()) continue;
      CHECK_SAME_BITS(std::vector<float>(together.end() - last, together.end()), alone);
    }
  });
}

TEST_CASE("group_norm backward: every variant equals the reference") {
  each_variant(group_norm_backward_variants(), [&](const auto& run) {
    for_cases([&](const AxesShape& s, const AxesSteps& affine, std::size_t count,
                  std::size_t results, std::size_t of_affine) {
      const auto x = random_values(count, 5), dy = random_values(count, 6),
                 gamma = random_values(of_affine, 7, 0.5f, 2);
      const bool bare = of_affine == 1;
      std::vector<float> y(count), mean(results), inverse(results), dx(count), product(count);
      const float* by = bare ? nullptr : gamma.data();
      group_norm_reference<float>(s, affine, x.data(), y.data(), by, nullptr, mean.data(),
                                  inverse.data(), 0.1);
      group_norm_backward_reference(s, affine, x.data(), dy.data(), by, mean.data(), inverse.data(),
                                    dx.data(), product.data());
      const Tensor tx = tensor(x), tdy = tensor(dy), tg = tensor(gamma), tm = tensor(mean),
                   ti = tensor(inverse), tdx = Tensor::zeros(stream(), {s.elements()}),
                   tp = Tensor::zeros(stream(), {s.elements()});
      const auto launch = [&](bool wants_dx, bool wants_product) {
        return run({s, affine, tx.data<float>(), tdy.data<float>(),
                    bare ? nullptr : tg.data<float>(), tm.data<float>(), ti.data<float>(),
                    wants_dx ? tdx.data<float>() : nullptr,
                    wants_product ? tp.data<float>() : nullptr});
      };
      if (!launch(true, false)) return;
      launch(false, true);
      // Sums of terms below 4, of random signs; divided by their number before they count.
      CHECK_CLOSE(tdx.to_host<float>(stream()), dx, 2e-5, 2e-5);
      CHECK_CLOSE(tp.to_host<float>(stream()), product, 1e-6, 1e-6);
    });
  });
}

TEST_CASE("group_norm reference: gradient equals finite differences") {
  const AxesShape s{2, {2, 1, 3}, {3, 1, 2}};
  const AxesSteps affine{{2, 0, 0}, {0, 0, 1}};  // of r0 and k2
  const auto count = static_cast<std::size_t>(s.elements());
  const auto x = random_values<double>(count, 8), dy = random_values<double>(count, 9),
             gamma = random_values<double>(4, 10), beta = random_values<double>(4, 11);
  std::vector<double> y(count), mean(12), inverse(12), dx(count), product(count);
  const auto objective = [&](const std::vector<double>& at, const std::vector<double>& by) {
    group_norm_reference(s, affine, at.data(), y.data(), by.data(), beta.data(), mean.data(),
                         inverse.data(), 0.01);
    return std::inner_product(y.begin(), y.end(), dy.begin(), 0.0);
  };
  const auto expected =
      finite_differences(x, [&](const std::vector<double>& at) { return objective(at, gamma); });
  const auto expected_gamma =
      finite_differences(gamma, [&](const std::vector<double>& by) { return objective(x, by); });
  objective(x, gamma);
  group_norm_backward_reference(s, affine, x.data(), dy.data(), gamma.data(), mean.data(),
                                inverse.data(), dx.data(), product.data());
  CHECK(largest_difference(dx, expected) < 1e-7);
  std::vector<double> dgamma(4);
  for (std::int64_t i = 0; i < s.results(); ++i)
    for (int p = 0; p < s.positions(); ++p)
      dgamma[affine.offset(s, p) + i % 2] += product[s.base(i / 2) + s.offset(p) + i % 2];
  CHECK(largest_difference(dgamma, expected_gamma) < 1e-7);
}
