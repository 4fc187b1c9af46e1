#include <algorithm>

#include "kernels/activation/activation.h"
#include "runtime/tensor.h"
#include "tests/kernels/each_variant.h"
#include "tests/support/compare.h"
#include "tests/support/random_values.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

Activation by_default(const ActivationInfo& info) {
  return {info.function, info.alpha.value_or(0), info.beta.value_or(0)};
}

// Where f and f′ are real, and their range of interest.
std::pair<float, float> domain(ActivationFunction f) {
  using enum ActivationFunction;
  switch (f) {
    case log:
    case sqrt:
      return {1e-3f, 100};
    case reciprocal:
      return {0.1f, 10};
    case asin:
    case acos:
    case atanh:
      return {-0.99f, 0.99f};
    case acosh:
      return {1.01f, 20};
    case tan:
      return {-1.5f, 1.5f};
    default:
      return {-9, 9};
  }
}

std::vector<float> reference(const Activation& f, const std::vector<float>& x) {
  std::vector<float> y;
  for (const float value : x) y.push_back(static_cast<float>(activation_reference(f, value)));
  return y;
}
std::vector<float> gradient(const Activation& f, const std::vector<float>& x,
                            const std::vector<float>& dy) {
  std::vector<float> dx;
  for (std::size_t i = 0; i < x.size(); ++i)
    dx.push_back(static_cast<float>(dy[i] * activation_derivative_reference(f, x[i])));
  return dx;
}

// Made of comparisons, one rounding, or one rounding of an exact product.
bool is_exact(ActivationFunction f) {
  using enum ActivationFunction;
  return f == leaky_relu || f == clip || f == thresholded_relu || f == abs || f == neg ||
         f == sqrt || f == reciprocal || f == sign || f == floor || f == ceil || f == round;
}

const std::vector<std::int64_t> kCounts{1, 2, 3, 31, 32, 33, 63, 64, 65, 127, 257, 4099};

}  // namespace

TEST_CASE("activation: every function of every variant is close to fp64, exact where it can be") {
  each_variant(activation_variants(), [](const auto& run) {
    for (const ActivationInfo& info : all_activations()) {
      CAPTURE(info.name);
      const Activation f = by_default(info);
      const auto [low, high] = domain(info.function);
      for (const std::int64_t count :
           kSmallShapesOnly ? std::vector<std::int64_t>{1027} : kCounts) {
        auto x = random_values(static_cast<std::size_t>(count), 1, low, high);
        if (is_exact(info.function) && count > 31)
          std::copy(kDelicate.begin(), kDelicate.end(), x.begin() + 5);
        const Tensor in = Tensor::from_host(stream(), {count}, x),
                     y = Tensor::empty(stream(), {count});
        REQUIRE(run({f, in.data<float>(), y.data<float>(), count}));
        if (is_exact(info.function)) CHECK_SAME_BITS(y.to_host<float>(stream()), reference(f, x));
        else  // 6 roundings of results up to the size of x; those of sin and cos are below 1
          CHECK_CLOSE(y.to_host<float>(stream()), reference(f, x), 4e-7, 5e-7);
        REQUIRE(run({f, in.data<float>(), in.data<float>(), count}));  // in place
        CHECK_SAME_BITS(in.to_host<float>(stream()), y.to_host<float>(stream()));
      }
    }
  });
}

TEST_CASE("activation: the gradient of every function of every variant is close to fp64") {
  each_variant(activation_backward_variants(), [](const auto& run) {
    for (const ActivationInfo& info : all_activations()) {
      CAPTURE(info.name);
      const Activation f = by_default(info);
      const auto [low, high] = domain(info.function);
      for (const std::int64_t count :
           kSmallShapesOnly ? std::vector<std::int64_t>{1027} : kCounts) {
        const auto x = random_values(static_cast<std::size_t>(count), 1, low, high),
                   dy = random_values(x.size(), 2);
        const Tensor in = Tensor::from_host(stream(), {count}, x),
                     d = Tensor::from_host(stream(), {count}, dy);
        REQUIRE(run({f, in.data<float>(), d.data<float>(), d.data<float>(), count}));  // in place
        // e^−x² has x²/2 roundings of x², 1/(1 − x²) as many as it is large: some 100.
        CHECK_CLOSE(d.to_host<float>(stream()), gradient(f, x, dy), 1e-6, 1e-5);
      }
    }
  });
}

TEST_CASE("activation: more than 65,535 blocks, and arrays that are not aligned to 16 bytes") {
  const Activation f{ActivationFunction::leaky_relu, 0.25f};
  const std::int64_t count = kSmallShapesOnly ? 1027 : 65536 * 256 + 3;
  const auto x = random_integers(static_cast<std::size_t>(count), 4), expected = reference(f, x);
  each_variant(activation_variants(), [&](const auto& run) {
    const Tensor in = Tensor::from_host(stream(), {count}, x);
    REQUIRE(run({f, in.data<float>(), in.data<float>(), count}));
    CHECK_SAME_BITS(in.to_host<float>(stream()), expected);
  });
  const Tensor in = Tensor::from_host(stream(), {count}, x), y = Tensor::empty(stream(), {65});
  activation(stream(), {f, in.data<float>() + 1, y.data<float>(), 65});
  CHECK_SAME_BITS(y.to_host<float>(stream()),
                  reference(f, std::vector<float>(x.begin() + 1, x.begin() + 66)));
  activation_backward(stream(), {f, in.data<float>() + 1, y.data<float>(), y.data<float>(), 65});
}

TEST_CASE("activation: an element's bits depend on nothing but the element") {
  // A vector's lanes and the elements behind the last vector, of any variant.
  const std::int64_t count = 67;
  const auto x = random_values(count, 5, -9, 9);
  for (const ActivationInfo& info : all_activations()) {
    CAPTURE(info.name);
    std::vector<float> alone(count), last;
    each_variant(activation_variants(), [&](const auto& run) {
      const Tensor in = Tensor::from_host(stream(), {count}, x),
                   y = Tensor::empty(stream(), {count});
      REQUIRE(run({by_default(info), in.data<float>(), y.data<float>(), count}));
      const auto together = y.to_host<float>(stream());
      const Tensor one = Tensor::empty(stream(), {1});
      for (std::size_t i = 0; i < alone.size(); i += 3) {
        stream().copy_to_device(one.data<float>(), &x[i], sizeof(float));
        REQUIRE(run({by_default(info), one.data<float>(), one.data<float>(), 1}));
        alone[i] = one.to_host<float>(stream())[0];
      }
      for (std::size_t i = 0; i < alone.size(); i += 3)
        CHECK_SAME_BITS(std::vector{alone[i]}, std::vector{together[i]});
      if (!last.empty()) CHECK_SAME_BITS(together, last);
      last = together;
    });
  }
}

TEST_CASE("activation reference: derivatives equal finite differences") {
  for (const ActivationInfo& info : all_activations()) {
    CAPTURE(info.name);
    const Activation f = by_default(info);
    const auto [low, high] = domain(info.function);
    for (const float x : random_values(50, 6, low * 0.9f, high * 0.9f)) {
      CAPTURE(x);
      const double h = 1e-6 * std::max(1.0, std::abs(double{x}));
      const double slope =
          (activation_reference(f, x + h) - activation_reference(f, x - h)) / (2 * h);
      CHECK(activation_derivative_reference(f, x) == doctest::Approx(slope).epsilon(1e-4));
    }
  }
}

TEST_CASE("activation: derivatives at kinks are PyTorch's") {
  using enum ActivationFunction;
  const auto derivative = [](ActivationFunction function, float x) {
    const Activation f = by_default(all_activations()[static_cast<std::size_t>(function)]);
    const Tensor in = Tensor::from_host(stream(), {1}, std::vector{x}),
                 d = Tensor::from_host(stream(), {1}, std::vector{1.0f});
    activation_backward(stream(), {f, in.data<float>(), d.data<float>(), d.data<float>(), 1});
    const float found = d.to_host<float>(stream())[0];
    CHECK(found == static_cast<float>(activation_derivative_reference(f, x)));
    return found;
  };
  CHECK(derivative(abs, 0) == 0);
  CHECK(derivative(elu, 0) == 1);
  CHECK(derivative(selu, 0) == doctest::Approx(1.7580993));
  CHECK(derivative(celu, 0) == 1);
  CHECK(derivative(leaky_relu, 0) == 0.01f);
  CHECK(derivative(thresholded_relu, 1) == 0);
  CHECK(derivative(hard_sigmoid, -2.5f) == 0);
  CHECK(derivative(hard_sigmoid, 2.5f) == 0);
  CHECK(derivative(hard_swish, -3) == 0);
  CHECK(derivative(hard_swish, 3) == 1);
  CHECK(derivative(clip, std::numeric_limits<float>::max()) == 0);
  CHECK(derivative(round, 0.5f) == 0);
}

TEST_CASE("activation: an empty array is an error") {
  CHECK_THROWS_WITH_AS(activation(stream(), {{}, nullptr, nullptr, 0}),
                       "activation: count must be at least 1, got 0", Error);
  CHECK_THROWS_WITH_AS(activation_backward(stream(), {{}, nullptr, nullptr, nullptr, -1}),
                       "activation_backward: count must be at least 1, got -1", Error);
}

TEST_CASE(
    "activation: the device under test has the cpu's bits, but for the libraries' functions") {
  Stream cpu(Device{DeviceKind::cpu});
  const std::int64_t count = 4099;
  const auto computed = [&](Stream& on, const Activation& f, const std::vector<float>& x) {
    const Tensor in = Tensor::from_host(on, {count}, x), y = Tensor::empty(on, {count}),
                 dx = Tensor::empty(on, {count});
    activation(on, {f, in.data<float>(), y.data<float>(), count});
    activation_backward(on, {f, in.data<float>(), y.data<float>(), dx.data<float>(), count});
    auto both = y.to_host<float>(on);
    for (const float value : dx.to_host<float>(on)) both.push_back(value);
    return both;
  };
  for (const ActivationInfo& info : all_activations()) {
    if (info.function >= ActivationFunction::sin) continue;
    CAPTURE(info.name);
    auto x = random_values(count, 8, -30, 30);
    std::copy(kDelicate.begin(), kDelicate.end(), x.begin());
    CHECK_SAME_BITS(computed(stream(), by_default(info), x), computed(cpu, by_default(info), x));
  }
}
