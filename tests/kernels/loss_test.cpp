#include "kernels/loss/loss.h"

#include "runtime/tensor.h"
#include "tests/kernels/each_variant.h"
#include "tests/support/compare.h"
#include "tests/support/gradcheck.h"
#include "tests/support/random_values.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

struct Case {
  int rows, classes;
};

std::vector<Case> cases() {
  if (kSmallShapesOnly) return {{5, 35}};
  return {{1, 1},   {1, 2},  {64, 3},  {3, 31},  {2, 32},   {127, 33},
          {31, 63}, {5, 64}, {33, 65}, {2, 127}, {63, 257}, {4001, 3}};
}

std::vector<std::int32_t> random_labels(int rows, int classes) {
  std::vector<std::int32_t> labels(static_cast<std::size_t>(rows));
  for (std::size_t r = 0; r < labels.size(); ++r)
    labels[r] =
        static_cast<std::int32_t>(random_below({5, 1}, r, static_cast<std::uint32_t>(classes)));
  return labels;
}

}  // namespace

TEST_CASE("cross-entropy: every variant equals the reference") {
  each_variant(cross_entropy_variants(), [](const auto& run) {
    for (const auto [rows, classes] : cases())
      for (const bool weighted : {false, true}) {
        CAPTURE(rows);
        CAPTURE(classes);
        CAPTURE(weighted);
        const auto x = random_values(static_cast<std::size_t>(rows) * classes, 1, -20, 20);
        const auto labels = random_labels(rows, classes);
        const auto weights = random_values(static_cast<std::size_t>(classes), 2, 0.25f, 4);
        const float scale = 1.0f / static_cast<float>(rows);
        std::vector<float> loss(labels.size()), dx(x.size());
        cross_entropy_reference(x.data(), labels.data(), weighted ? weights.data() : nullptr,
                                loss.data(), dx.data(), rows, classes, scale);
        const Tensor device_x = Tensor::from_host(stream(), {rows, classes}, x);
        const Tensor device_labels = Tensor::from_host(stream(), {rows}, labels);
        const Tensor device_weights = Tensor::from_host(stream(), {classes}, weights);
        const Tensor device_loss = Tensor::empty(stream(), {rows});
        CrossEntropyArgs args{device_x.data<float>(),
                              device_labels.data<std::int32_t>(),
                              weighted ? device_weights.data<float>() : nullptr,
                              device_loss.data<float>(),
                              nullptr,
                              rows,
                              classes,
                              scale};
        REQUIRE(run(args));  // without a gradient
        // Differences of logits reach 40 and are rounded to 2^-24 of that; log Σ adds a few ulp.
        CHECK_CLOSE(device_loss.to_host<float>(stream()), loss, 4e-5, 1e-6);
        args.dx = device_x.data<float>();  // in place
        REQUIRE(run(args));
        CHECK_CLOSE(device_loss.to_host<float>(stream()), loss, 4e-5, 1e-6);
        // Probabilities: the same argument rounding, times p ≤ 1, weight ≤ 4 and scale.
        CHECK_CLOSE(device_x.to_host<float>(stream()), dx, 2e-5 * scale, 1e-5);
      }
  });
}

TEST_CASE("cross-entropy: huge logits keep a finite loss and gradient") {
  each_variant(cross_entropy_variants(), [](const auto& run) {
    const Tensor x = Tensor::from_host(stream(), {3, 3},
                                       std::vector<float>{1e30f, -1e30f, 0, 5, 5, 5, 90, -90, 0});
    const Tensor labels = Tensor::from_host(stream(), {3}, std::vector<std::int32_t>{1, 2, 0});
    const Tensor loss = Tensor::empty(stream(), {3}), dx = Tensor::empty(stream(), {3, 3});
    REQUIRE(run({x.data<float>(), labels.data<std::int32_t>(), nullptr, loss.data<float>(),
                 dx.data<float>(), 3, 3, 0.5f}));
    CHECK_CLOSE(loss.to_host<float>(stream()), (std::vector<float>{2e30f, 1.0986122887f, 0}), 0,
                1e-6);
    const float third = 1 / 6.f;
    CHECK_CLOSE(dx.to_host<float>(stream()),
                (std::vector<float>{.5f, -.5f, 0, third, third, third - .5f, 0, 0, 0}), 1e-7, 0);
  });
}

TEST_CASE("cross-entropy reference: gradient equals finite differences") {
  const int rows = 3, classes = 5;
  const auto x = random_values<double>(rows * classes, 4, -2, 2);
  const auto labels = random_labels(rows, classes);
  const std::vector<double> weights{0.5, 1, 2, 1.5, 3};
  std::vector<double> loss(rows), dx(x.size());
  const double scale = 1.0 / rows;
  const auto objective = [&](const std::vector<double>& at) {
    cross_entropy_reference(at.data(), labels.data(), weights.data(), loss.data(), dx.data(), rows,
                            classes, scale);
    return (loss[0] + loss[1] + loss[2]) * scale;
  };
  const auto expected = finite_differences(x, objective);
  objective(x);
  CHECK(largest_difference(dx, expected) < 1e-9);
}

TEST_CASE("cross-entropy: empty input is an error") {
  CrossEntropyArgs args{};
  CHECK_THROWS_WITH_AS(cross_entropy(stream(), args),
                       "cross_entropy: rows and classes must be at least 1, got 0 and 0", Error);
}
