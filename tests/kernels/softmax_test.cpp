#include "kernels/softmax/softmax.h"

#include "runtime/tensor.h"
#include "tests/kernels/each_variant.h"
#include "tests/support/compare.h"
#include "tests/support/device.h"
#include "tests/support/gradcheck.h"
#include "tests/support/random_values.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

struct Case {
  int rows, cols, inner = 1;
};

std::vector<Case> cases() {
  if (kSmallShapesOnly) return {{5, 35}, {2, 5, 35}};
  return {{1, 1},      {1, 3},     {3, 1},        {2, 31},     {31, 32},  {4, 33},
          {63, 64},    {5, 257},   {70001, 3},    {2, 3, 2},   {3, 1, 5}, {2, 31, 33},
          {1, 257, 3}, {5, 2, 65}, {20001, 2, 3}, {2, 700, 17}};
}

}  // namespace

TEST_CASE("softmax: every variant equals the reference") {
  each_variant(softmax_variants(), [](const auto& run) {
    for (const auto [rows, cols, inner] : cases()) {
      for (const bool log : {false, true}) {
        CAPTURE(rows);
        CAPTURE(cols);
        CAPTURE(inner);
        CAPTURE(log);
        const auto x = random_values(std::size_t(rows) * cols * inner, 1, -20, 20);
        const Tensor device_x = Tensor::from_host(stream(), {rows, cols, inner}, x);
        const Tensor y = Tensor::empty(stream(), {rows, cols, inner});
        if (!run({device_x.data<float>(), y.data<float>(), rows, cols, log, inner})) continue;
        std::vector<float> expected(x.size());
        softmax_reference(x.data(), expected.data(), rows, cols, log, inner);
        // A sum of `cols` positive terms and one exp: a few ulp each. Log values reach 40, so their
        // absolute error is 40 times fp32's 6e-8.
        CHECK_CLOSE(y.to_host<float>(stream()), expected, log ? 1e-5 : 1e-7, 1e-5);
      }
    }
  });
}

TEST_CASE("softmax: large and equal logits give no NaN") {
  each_variant(softmax_variants(), [](const auto& run) {
    const std::vector<float> x{1e30f, -1e30f, 1e30f, -5, -5, -5};
    const Tensor device_x = Tensor::from_host(stream(), {2, 3}, x);
    const Tensor y = Tensor::empty(stream(), {2, 3});
    run({device_x.data<float>(), y.data<float>(), 2, 3, false});
    CHECK_CLOSE(y.to_host<float>(stream()),
                (std::vector<float>{.5f, 0, .5f, 1 / 3.f, 1 / 3.f, 1 / 3.f}), 1e-7, 1e-6);
  });
}

TEST_CASE("softmax backward: every variant equals the reference") {
  each_variant(softmax_backward_variants(), [](const auto& run) {
    for (const auto [rows, cols, inner] : cases()) {
      for (const bool log : {false, true}) {
        CAPTURE(rows);
        CAPTURE(cols);
        CAPTURE(inner);
        CAPTURE(log);
        const auto x = random_values(std::size_t(rows) * cols * inner, 2, -3, 3);
        const auto dy = random_values(x.size(), 3);
        std::vector<float> y(x.size()), expected(x.size());
        softmax_reference(x.data(), y.data(), rows, cols, log, inner);
        softmax_backward_reference(y.data(), dy.data(), expected.data(), rows, cols, log, inner);
        const Tensor device_y = Tensor::from_host(stream(), {rows, cols, inner}, y);
        const Tensor device_dy = Tensor::from_host(stream(), {rows, cols, inner}, dy);
        const Tensor dx = Tensor::empty(stream(), {rows, cols, inner});
        if (!run({device_y.data<float>(), device_dy.data<float>(), dx.data<float>(), rows, cols,
                  log, inner}))
          continue;
        // |Σ dy| ≤ cols with each addition rounded: error ≤ cols·6e-8 of terms below 1.
        CHECK_CLOSE(dx.to_host<float>(stream()), expected, 1e-7 * (cols + 10), 1e-5);
      }
    }
  });
}

TEST_CASE("softmax reference: gradient equals finite differences") {
  const int rows = 2, cols = 5;
  const auto x = random_values<double>(rows * cols, 4, -2, 2);
  const auto dy = random_values<double>(rows * cols, 5);
  for (const bool log : {false, true}) {
    std::vector<double> y(x.size()), dx(x.size());
    const auto objective = [&](const std::vector<double>& at) {
      softmax_reference(at.data(), y.data(), rows, cols, log);
      double sum = 0;
      for (std::size_t i = 0; i < y.size(); ++i) sum += y[i] * dy[i];
      return sum;
    };
    const auto expected = finite_differences(x, objective);
    objective(x);
    softmax_backward_reference(y.data(), dy.data(), dx.data(), rows, cols, log);
    CHECK(largest_difference(dx, expected) < 1e-9);
  }
}
