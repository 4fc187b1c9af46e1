#include "nn/autograd/variable.h"

#include "nn/autograd/functions.h"
#include "tests/support/compare.h"
#include "tests/support/device.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

Variable leaf(const std::vector<float>& values, bool requires_gradient = true) {
  return Variable(Tensor::from_host(stream(), {static_cast<std::int64_t>(values.size())}, values),
                  requires_gradient);
}

std::vector<float> gradient_of(const Variable& x) {
  REQUIRE(x.gradient().defined());
  return x.gradient().to_host<float>(stream());
}

// x² with the derivative 2·x·dy, on the host: an operation whose every number is known.
Variable square(const Variable& x, int* calls = nullptr) {
  std::vector<float> values = x.value().to_host<float>(stream());
  for (float& value : values) value *= value;
  return Variable::operation(
      "square", Tensor::from_host(stream(), x.shape(), values), {x},
      [x_value = x.value(), calls](Stream& s, const Tensor& dy) -> std::vector<Tensor> {
        if (calls) ++*calls;
        std::vector<float> dx = x_value.to_host<float>(s);
        const std::vector<float> seed = dy.to_host<float>(s);
        for (std::size_t i = 0; i < dx.size(); ++i) dx[i] *= 2 * seed[i];
        return {Tensor::from_host(s, x_value.shape(), dx)};
      });
}

}  // namespace

TEST_CASE("variable: a chain computed by hand") {
  // f = relu(x)⁴ at (3, −2): f' = 4·3³ and 0.
  const Variable x = leaf({3, -2});
  const Variable y = square(square(relu(stream(), x)));
  CHECK_SAME_BITS(y.value().to_host<float>(stream()), (std::vector<float>{81, 0}));
  backward(stream(), y);
  CHECK_SAME_BITS(gradient_of(x), (std::vector<float>{108, 0}));
}

TEST_CASE("variable: the seed scales the gradient") {
  const Variable x = leaf({3, -2});
  backward(stream(), square(x), Tensor::from_host(stream(), {2}, std::vector<float>{10, 0.5f}));
  CHECK_SAME_BITS(gradient_of(x), (std::vector<float>{60, -2}));
}

TEST_CASE("variable: several uses add up, each operation runs backward once") {
  // a = x², b = a², f = a + b + x = x² + x⁴ + x: f' = 2x + 4x³ + 1 = 37 at 2.
  const Variable x = leaf({2});
  int calls = 0;
  const Variable a = square(x, &calls);
  const Variable f = add(stream(), add(stream(), a, square(a)), x);
  backward(stream(), f);
  CHECK_SAME_BITS(gradient_of(x), std::vector<float>{37});
  CHECK(calls == 1);
}

TEST_CASE("variable: one tensor arriving twice is not added into itself") {
  // add() hands the same tensor to both of its inputs: f = (x + x) + x.
  const Variable x = leaf({5});
  backward(stream(), add(stream(), add(stream(), x, x), x));
  CHECK_SAME_BITS(gradient_of(x), std::vector<float>{3});
}

TEST_CASE("variable: gradients of leaves accumulate over graphs until cleared") {
  Variable x = leaf({2});
  backward(stream(), square(x));
  backward(stream(), square(x));
  CHECK_SAME_BITS(gradient_of(x), std::vector<float>{8});
  x.clear_gradient();
  CHECK_FALSE(x.gradient().defined());
}

TEST_CASE("variable: hooks see the final gradient, retained gradients stay") {
  const Variable x = leaf({2});
  Variable a = square(x);
  std::vector<float> seen;
  int calls = 0;
  a.add_hook([&](const Tensor& gradient) {
    ++calls;
    seen = gradient.to_host<float>(stream());
  });
  a.retain_gradient();
  Variable b = square(a);
  backward(stream(), add(stream(), b, a));  // ∂/∂a (a² + a) = 2a + 1 = 9
  CHECK(calls == 1);
  CHECK_SAME_BITS(seen, std::vector<float>{9});
  CHECK_SAME_BITS(gradient_of(a), std::vector<float>{9});
  CHECK_FALSE(b.gradient().defined());
  CHECK_SAME_BITS(gradient_of(x), std::vector<float>{36});
}

TEST_CASE("variable: a hook on a leaf sees this backward's part") {
  Variable x = leaf({2});
  std::vector<float> seen;
  x.add_hook([&](const Tensor& gradient) { seen.push_back(gradient.to_host<float>(stream())[0]); });
  backward(stream(), square(x));
  backward(stream(), square(x));
  CHECK_SAME_BITS(seen, (std::vector<float>{4, 4}));
  CHECK_SAME_BITS(gradient_of(x), std::vector<float>{8});
}

TEST_CASE("variable: nothing is recorded without need") {
  int calls = 0;
  const Variable constant = leaf({3}, false);
  CHECK_FALSE(square(constant, &calls).requires_gradient());
  const Variable x = leaf({3});
  {
    const NoGradient no_gradient;
    CHECK_FALSE(gradient_enabled());
    { const NoGradient nested; }
    CHECK_FALSE(gradient_enabled());
    CHECK_FALSE(square(x, &calls).requires_gradient());
  }
  CHECK(gradient_enabled());
  // Only the branch that leads to x is walked.
  const Variable f = add(stream(), square(constant, &calls), square(x));
  backward(stream(), f);
  CHECK(calls == 0);
  CHECK_FALSE(constant.gradient().defined());
  CHECK_SAME_BITS(gradient_of(x), std::vector<float>{6});
}

TEST_CASE("variable: no tape, no memory held") {
  const std::size_t before = stream().arena().live_bytes();
  {
    const NoGradient no_gradient;
    Variable x = leaf(std::vector<float>(1000, 1.0f));
    for (int i = 0; i < 10; ++i) x = relu(stream(), x);
    // The last result alone is alive.
    CHECK(stream().arena().live_bytes() < before + 2 * 4096 + 256);
  }
  CHECK(stream().arena().live_bytes() == before);
}

TEST_CASE("variable: backward frees as it goes") {
  const std::size_t before = stream().arena().live_bytes();
  {
    const Variable x = leaf(std::vector<float>(1000, 1.0f));
    const std::size_t block = stream().arena().live_bytes() - before;  // with its guard, if any
    Variable y = x;
    for (int i = 0; i < 10; ++i) y = relu(stream(), y);
    CHECK(stream().arena().live_bytes() >= before + 11 * 4000);
    stream().arena().reset_peak();
    backward(stream(), y);
    // x, its gradient and y are left; on the way, ten results and at most four more were alive.
    CHECK(stream().arena().live_bytes() < before + 4 * block);
    CHECK(stream().arena().peak_bytes() < before + 16 * block);
  }
  CHECK(stream().arena().live_bytes() == before);
}

TEST_CASE("variable: a used graph is an error, and names what was freed") {
  const Variable x = leaf({2});
  const Variable a = square(x);
  backward(stream(), a);
  CHECK_THROWS_WITH_AS(backward(stream(), a),
                       "backward: the graph of this square was freed by an earlier backward(); "
                       "compute the forward pass again",
                       Error);
  // Also when a new operation uses it; the walk that failed leaves nothing behind.
  const Variable fresh = square(x);
  CHECK_THROWS_AS(backward(stream(), add(stream(), fresh, relu(stream(), a))), Error);
  backward(stream(), fresh);
  CHECK_SAME_BITS(gradient_of(x), std::vector<float>{8});
}

TEST_CASE("variable: wrong uses are errors") {
  const Variable constant = leaf({1}, false);
  CHECK_THROWS_AS(backward(stream(), constant), Error);
  const Variable x = leaf({1, 2});
  CHECK_THROWS_AS(backward(stream(), square(x), Tensor::zeros(stream(), {3})), Error);
  Variable undefined, copy = constant, result = square(x);
  CHECK_THROWS_AS(undefined.value(), Error);
  CHECK_THROWS_AS(copy.add_hook([](const Tensor&) {}), Error);
  CHECK_THROWS_AS(copy.retain_gradient(), Error);
  CHECK_THROWS_AS(result.set_requires_gradient(false), Error);
  CHECK_THROWS_AS(result.set_value(x.value()), Error);
  CHECK_THROWS_AS(copy.set_value(x.value()), Error);
}

TEST_CASE("variable: a very deep graph overflows no stack, walked or dropped") {
  const int depth = kSmallShapesOnly ? 100 : 50000;
  const Variable x = leaf({1});
  {
    Variable dropped = x;
    for (int i = 0; i < depth; ++i) dropped = reshape(dropped, {1});
  }
  Variable y = x;
  for (int i = 0; i < depth; ++i) y = reshape(y, {1});
  backward(stream(), y);
  CHECK_SAME_BITS(gradient_of(x), std::vector<float>{1});
}
