#include "nn/train/optimizer.h"

#include <cmath>

#include "nn/autograd/functions.h"
#include "nn/train/trainer.h"
#include "runtime/formats/json.h"
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

TEST_CASE("optimizer: weight decay and cosine schedule are PyTorch's AdamW and CosineAnnealingLR") {
  const Json golden = read_json_file(PELLUCID_TEST_DATA "/adamw_golden.json");
  const std::int64_t rows = golden["shape"][0], columns = golden["shape"][1];
  Parameter weight, bias;
  weight.name = "weight", weight.file_shape = {rows, columns};
  bias.name = "bias", bias.file_shape = {rows};
  for (Parameter* parameter : {&weight, &bias})
    parameter->set_value(
        Tensor::from_host(stream(), parameter->file_shape,
                          golden["start"][parameter->name].get<std::vector<float>>()));
  TrainOptions options;
  options.learning_rate = golden["learning_rate"];
  options.schedule = Schedule::cosine;
  options.epochs = static_cast<int>(golden["epochs"].size());
  const auto optimizer = make_adam(stream(), {&weight, &bias},
                                   {.learning_rate = options.learning_rate,
                                    .epsilon = golden["epsilon"],
                                    .weight_decay = golden["weight_decay"]});
  for (int epoch = 1; epoch <= options.epochs; ++epoch) {
    const Json& expected = golden["epochs"][static_cast<std::size_t>(epoch - 1)];
    CHECK(scheduled_rate(options, epoch) ==
          doctest::Approx(expected["rate"].get<double>()).epsilon(1e-12));
    optimizer->set_learning_rate(scheduled_rate(options, epoch));
    for (const Json& gradients : expected["gradients"]) {
      for (Parameter* parameter : {&weight, &bias}) {
        const Shape& shape = parameter->file_shape;
        backward(stream(), reshape(parameter->variable, shape),
                 Tensor::from_host(stream(), shape,
                                   gradients[parameter->name].get<std::vector<float>>()));
      }
      optimizer->step(stream());
    }
    // Values of at most 1, a few roundings of 6e-8 a step.
    for (const Parameter* parameter : {&weight, &bias})
      CHECK_CLOSE(parameter->variable.value().to_host<float>(stream()),
                  expected["after"][parameter->name].get<std::vector<float>>(), 1e-6, 0);
  }
}

TEST_CASE("optimizer: without weight decay a weight moves as a bias does, to the bit") {
  const Trial t = trial(24, 3);
  const auto moved = [&](const Shape& shape, double decay) {
    Parameter parameter;
    parameter.file_shape = shape;
    parameter.set_value(Tensor::from_host(stream(), shape, t.start));
    const auto optimizer =
        make_adam(stream(), {&parameter}, {.learning_rate = 0.01, .weight_decay = decay});
    for (const auto& gradient : t.gradients) {
      backward(stream(), reshape(parameter.variable, shape),
               Tensor::from_host(stream(), shape, gradient));
      optimizer->step(stream());
    }
    return parameter.variable.value().to_host<float>(stream());
  };
  const auto plain = moved({24}, 0);
  CHECK(moved({4, 6}, 0) == plain);
  CHECK(moved({24}, 0.1) == plain);
  CHECK(moved({4, 6}, 0.1) != plain);
}

TEST_CASE("optimizer: settings out of range are usage errors") {
  CHECK_THROWS_WITH_AS(make_adam(stream(), {}, {.learning_rate = 0}),
                       "the learning rate must be above 0, got 0", UsageError);
  CHECK_THROWS_AS(make_adam(stream(), {}, {.learning_rate = std::nan("")}), UsageError);
  CHECK_THROWS_AS(make_adam(stream(), {}, {.beta1 = 1}), UsageError);
  CHECK_THROWS_AS(make_adam(stream(), {}, {.beta2 = -0.1}), UsageError);
  CHECK_THROWS_AS(make_adam(stream(), {}, {.epsilon = 0}), UsageError);
  CHECK_THROWS_AS(make_adam(stream(), {}, {.weight_decay = -0.1}), UsageError);
  CHECK_THROWS_AS(make_sgd(stream(), {}, {.learning_rate = -1}), UsageError);
  CHECK_THROWS_AS(make_sgd(stream(), {}, {.momentum = 1}), UsageError);
}
