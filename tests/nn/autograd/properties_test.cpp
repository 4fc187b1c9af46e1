// What holds for every differentiable function, whatever it computes.
#include <algorithm>
#include <functional>

#include "tests/nn/autograd/check_gradient.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

struct Function {
  const char* name;
  Shape shape;  // of its input
  std::function<Variable(const Variable&)> apply;
};

std::vector<Function> functions() {
  const auto weights = [](const Shape& shape, std::uint64_t seed) {
    return constant(shape, random_values(static_cast<std::size_t>(shape.count()), seed));
  };
  const Shape picture{2, 5, 4, 3};
  const Variable filter = weights({4, 3, 2, 3}, 1), bias = weights({4}, 2),
                 matrix = weights({5, 7}, 3), gamma = weights({3}, 4), beta = weights({3}, 5);
  const Pool2dOptions pooling{{2, 3}, {1, 2}, {1, 1}};
  return {
      {"conv2d", picture,
       [=](const Variable& x) {
         return conv2d(stream(), x, filter, bias, {{2, 1}, {1, 1}, {1, 1}});
       }},
      {"linear", {6, 7}, [=](const Variable& x) { return linear(stream(), x, matrix, {}); }},
      {"relu", picture, [](const Variable& x) { return relu(stream(), x); }},
      {"max_pool2d", picture, [=](const Variable& x) { return max_pool2d(stream(), x, pooling); }},
      {"relu_max_pool2d", picture,
       [=](const Variable& x) { return relu_max_pool2d(stream(), x, pooling); }},
      {"average_pool2d", picture,
       [=](const Variable& x) { return average_pool2d(stream(), x, pooling); }},
      {"flatten", picture, [](const Variable& x) { return flatten(x); }},
      {"concat", picture,
       [](const Variable& x) {
         return concat(stream(), {x, x});
       }},
      {"batch_norm", picture,
       [=](const Variable& x) { return batch_norm(stream(), x, gamma, beta, 0.125f); }},
      {"channel_affine", picture,
       [=](const Variable& x) { return channel_affine(stream(), x, gamma.value(), beta.value()); }},
      {"dropout", picture,
       [](const Variable& x) {
         return dropout(stream(), x, 0.5f, {1, 2});
       }},
      {"softmax", {6, 7}, [](const Variable& x) { return softmax(stream(), x); }},
      {"log_softmax", {6, 7}, [](const Variable& x) { return log_softmax(stream(), x); }},
      {"add", picture, [](const Variable& x) { return add(stream(), x, x); }},
      {"class_score", {6, 7}, [](const Variable& x) { return class_score(stream(), x, 3); }},
  };
}

std::vector<float> drawn(const Shape& shape, std::uint64_t seed) {
  return random_values(static_cast<std::size_t>(shape.count()), seed, -2, 2);
}

// The gradient of x for a gradient `seed` of the output.
std::vector<float> pulled_back(const Function& f, const std::vector<float>& x,
                               const std::vector<float>& seed) {
  Variable input(Tensor::from_host(stream(), f.shape, x), true);
  const Variable y = f.apply(input);
  backward(stream(), y, Tensor::from_host(stream(), y.shape(), seed));
  return input.gradient().to_host<float>(stream());
}

std::vector<float> mixed(const std::vector<float>& a, float times, const std::vector<float>& b) {
  std::vector<float> sum(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) sum[i] = a[i] + times * b[i];
  return sum;
}

}  // namespace

TEST_CASE("autograd: a derivative is linear in the gradient that comes in") {
  for (const Function& f : functions()) {
    CAPTURE(f.name);
    const auto x = drawn(f.shape, 51);
    const Shape out = f.apply(constant(f.shape, x)).shape();
    const auto a = drawn(out, 52), b = drawn(out, 53);
    CHECK_CLOSE(pulled_back(f, x, mixed(a, 3, b)),
                mixed(pulled_back(f, x, a), 3, pulled_back(f, x, b)), 1e-4, 1e-5);
    // Powers of two and signs are exact.
    CHECK_SAME_BITS(pulled_back(f, x, mixed(std::vector<float>(a.size()), -2, a)),
                    mixed(std::vector<float>(x.size()), -2, pulled_back(f, x, a)));
    for (const float g : pulled_back(f, x, std::vector<float>(a.size()))) CHECK(g == 0);
  }
}

TEST_CASE("autograd: the derivative along a step is what the step changes, and the adjoint of it") {
  // ⟨seed, J·d⟩ by a central difference in fp32, ⟨Jᵀ·seed, d⟩ by backward: equal but for kinks and rounding.
  constexpr float h = 1.0f / 256;
  for (const Function& f : functions()) {
    CAPTURE(f.name);
    const auto x = drawn(f.shape, 54);
    const Shape out = f.apply(constant(f.shape, x)).shape();
    const auto seed = drawn(out, 55);
    const auto gradient = pulled_back(f, x, seed);
    // Along each axis of a few: where a kink is within the step, the two sides differ, and it is left out.
    int compared = 0;
    for (std::size_t i = 0; i < x.size(); i += 7) {
      const auto value = [&](float step) {
        auto moved = x;
        moved[i] += step;
        const auto y = f.apply(constant(f.shape, moved)).value().to_host<float>(stream());
        double sum = 0;
        for (std::size_t j = 0; j < y.size(); ++j) sum += double{y[j]} * seed[j];
        return sum;
      };
      const double before = value(-h), here = value(0), after = value(h);
      if (std::abs((after - here) - (here - before)) > 0.02 * h) continue;
      ++compared;
      CHECK(std::abs((after - before) / (2 * h) - gradient[i]) <
            5e-3 * (1 + std::abs(gradient[i])));
    }
    CHECK(compared > 3);
  }
}

TEST_CASE("autograd: recording changes no value") {
  for (const Function& f : functions()) {
    CAPTURE(f.name);
    const auto x = drawn(f.shape, 56);
    const auto recorded = f.apply(Variable(Tensor::from_host(stream(), f.shape, x), true));
    CHECK(recorded.requires_gradient());
    const NoGradient off;
    const auto plain = f.apply(Variable(Tensor::from_host(stream(), f.shape, x), true));
    CHECK(!plain.requires_gradient());
    CHECK_SAME_BITS(plain.value().to_host<float>(stream()),
                    recorded.value().to_host<float>(stream()));
  }
}

TEST_CASE("autograd: one row's gradient depends on no other row") {
  for (const Function& f : functions()) {
    if (std::string(f.name) == "batch_norm" || std::string(f.name) == "dropout") continue;
    CAPTURE(f.name);
    auto x = drawn(f.shape, 57);
    const Shape out = f.apply(constant(f.shape, x)).shape();
    const auto seed = drawn(out, 58);
    const auto before = pulled_back(f, x, seed);
    const std::size_t row = x.size() / static_cast<std::size_t>(f.shape[0]);
    const auto others = drawn(f.shape, 59);
    std::copy(others.begin() + static_cast<std::ptrdiff_t>(row), others.end(),
              x.begin() + static_cast<std::ptrdiff_t>(row));
    auto after = pulled_back(f, x, seed);
    const auto first = [&](std::vector<float> all) {
      all.resize(row);
      return all;
    };
    CHECK_SAME_BITS(first(after), first(before));
  }
}

TEST_CASE(
    "autograd: softmax and the loss see differences of logits only, and their gradients sum to 0") {
  const int n = 6, classes = 5;
  const auto logits = drawn({n, classes}, 60);
  auto moved = logits;
  for (std::size_t i = 0; i < moved.size(); ++i)
    moved[i] += static_cast<float>(4 * (i / classes));  // another number for each row
  std::vector<std::int32_t> labels;
  for (int i = 0; i < n; ++i) labels.push_back(i * 3 % classes);
  const Tensor truth = Tensor::from_host(stream(), {n}, labels);
  const auto loss_of = [&](const std::vector<float>& values, std::vector<float>& gradient) {
    Variable x(Tensor::from_host(stream(), {n, classes}, values), true);
    const Variable loss = cross_entropy(stream(), x, truth);
    backward(stream(), loss);
    gradient = x.gradient().to_host<float>(stream());
    return loss.value().to_host<float>(stream())[0];
  };
  std::vector<float> gradient, gradient_moved;
  const float loss = loss_of(logits, gradient), loss_moved = loss_of(moved, gradient_moved);
  CHECK(loss_moved == doctest::Approx(loss).epsilon(1e-5));
  CHECK_CLOSE(gradient_moved, gradient, 1e-6, 1e-4);
  const auto p = softmax(stream(), constant({n, classes}, logits)).value().to_host<float>(stream());
  CHECK_CLOSE(softmax(stream(), constant({n, classes}, moved)).value().to_host<float>(stream()), p,
              1e-6, 1e-5);
  const auto log_p =
      log_softmax(stream(), constant({n, classes}, logits)).value().to_host<float>(stream());
  double mean = 0;
  for (int i = 0; i < n; ++i) {
    double of_p = 0, of_gradient = 0;
    for (int c = 0; c < classes; ++c) {
      const auto at = static_cast<std::size_t>(i * classes + c);
      of_p += p[at];
      of_gradient += gradient[at];
      CHECK(std::exp(double{log_p[at]}) == doctest::Approx(p[at]).epsilon(1e-5));
      // ∂/∂x of the mean of −log p_label: (p − 1 at the label)/n.
      const double expected = (p[at] - (c == labels[static_cast<std::size_t>(i)])) / n;
      CHECK(std::abs(gradient[at] - expected) < 1e-6);
    }
    CHECK(of_p == doctest::Approx(1).epsilon(1e-6));
    CHECK(std::abs(of_gradient) < 1e-6);
    mean -= log_p[static_cast<std::size_t>(i * classes + labels[static_cast<std::size_t>(i)])] /
            double{n};
  }
  CHECK(loss == doctest::Approx(mean).epsilon(1e-6));
}
