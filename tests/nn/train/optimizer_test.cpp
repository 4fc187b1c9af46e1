#include "nn/train/optimizer.h"

#include <cmath>

#include "nn/autograd/functions.h"
#include "tests/support/compare.h"
#include "tests/support/device.h"
#include "tests/support/random_values.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

// A parameter of `count` values and the gradients that its steps see.
struct Trial {
  std::vector<float> start;
  std::vector<std::vector<float>> gradients;
};

Trial trial(std::size_t count, int steps) {
  Trial result{random_values(count, 51), {}};
  for (int t = 0; t < steps; ++t)
    result.gradients.push_back(
        random_values(count, 52 + static_cast<std::uint64_t>(t), -0.1f, 0.1f));
  return result;
}

std::vector<float> run(const Trial& trial, const auto& make) {
  const auto count = static_cast<std::int64_t>(trial.start.size());
  Parameter parameter;
  parameter.name = "w";
  parameter.file_shape = {count};
  parameter.set_value(Tensor::from_host(stream(), {count}, trial.start));
  const std::unique_ptr<Optimizer> optimizer = make(std::vector<Parameter*>{&parameter});
  for (const auto& gradient : trial.gradients) {
    // d(w + 0)/dw = the seed.
    const Variable y = reshape(parameter.variable, {count});
    backward(stream(), y, Tensor::from_host(stream(), {count}, gradient));
    optimizer->step(stream());
    CHECK_FALSE(parameter.variable.gradient().defined());
  }
  optimizer->step(stream());  // without a gradient: nothing moves
  return parameter.variable.value().to_host<float>(stream());
}

}  // namespace

TEST_CASE("optimizer: Adam in Keras' form") {
  const Trial t = trial(37, 5);
  std::vector<double> w(t.start.begin(), t.start.end()), m(37), v(37);
  for (std::size_t step = 1; step <= 5; ++step) {
    const double rate = 0.01 * std::sqrt(1 - std::pow(0.999, step)) / (1 - std::pow(0.9, step));
    for (std::size_t i = 0; i < w.size(); ++i) {
      const double g = t.gradients[step - 1][i];
      m[i] = 0.9 * m[i] + 0.1 * g;
      v[i] = 0.999 * v[i] + 0.001 * g * g;
      w[i] -= rate * m[i] / (std::sqrt(v[i]) + 1e-7);
    }
  }
  const auto actual = run(t, [](std::vector<Parameter*> parameters) {
    return make_adam(stream(), std::move(parameters), {.learning_rate = 0.01});
  });
  // |w| ≤ 1: a few roundings of 6e-8 a step. 1 − β2 rounded to fp32 is off by 1.3e-5 of its value,
  // half of that in the root, on moves of 0.01 a step.
  CHECK_CLOSE(actual, std::vector<float>(w.begin(), w.end()), 2e-6, 1e-6);
}

TEST_CASE("optimizer: SGD with momentum") {
  const Trial t = trial(33, 4);
  std::vector<double> w(t.start.begin(), t.start.end()), m(33);
  for (const auto& gradient : t.gradients)
    for (std::size_t i = 0; i < w.size(); ++i) {
      m[i] = 0.8 * m[i] + gradient[i];
      w[i] -= 0.1 * m[i];
    }
  const auto actual = run(t, [](std::vector<Parameter*> parameters) {
    return make_sgd(stream(), std::move(parameters), {.learning_rate = 0.1, .momentum = 0.8});
  });
  CHECK_CLOSE(actual, std::vector<float>(w.begin(), w.end()), 1e-6, 1e-6);
}

TEST_CASE("optimizer: settings out of range are usage errors") {
  CHECK_THROWS_WITH_AS(make_adam(stream(), {}, {.learning_rate = 0}),
                       "the learning rate must be above 0, got 0", UsageError);
  CHECK_THROWS_AS(make_adam(stream(), {}, {.learning_rate = std::nan("")}), UsageError);
  CHECK_THROWS_AS(make_adam(stream(), {}, {.beta1 = 1}), UsageError);
  CHECK_THROWS_AS(make_adam(stream(), {}, {.beta2 = -0.1}), UsageError);
  CHECK_THROWS_AS(make_adam(stream(), {}, {.epsilon = 0}), UsageError);
  CHECK_THROWS_AS(make_sgd(stream(), {}, {.learning_rate = -1}), UsageError);
  CHECK_THROWS_AS(make_sgd(stream(), {}, {.momentum = 1}), UsageError);
}
