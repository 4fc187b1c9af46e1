// Each differentiable function against finite differences of its double-precision reference.
#include "nn/autograd/functions.h"

#include <algorithm>
#include <cmath>

#include "kernels/conv2d/conv2d.h"
#include "kernels/dropout/dropout.h"
#include "kernels/linear/linear.h"
#include "kernels/loss/loss.h"
#include "kernels/pool2d/pool2d.h"
#include "kernels/softmax/softmax.h"
#include "tests/nn/autograd/check_gradient.h"

using namespace pellucid;
using namespace pellucid::test;

TEST_CASE("functions: relu") {
  check_gradient(
      {3, 7}, [](const Variable& x) { return relu(stream(), x); },
      [](Doubles x) {
        for (double& value : x) value = std::max(value, 0.0);
        return x;
      });
}

TEST_CASE("functions: softmax and log_softmax") {
  for (const bool log : {false, true})
    check_gradient(
        {3, 5},
        [log](const Variable& x) { return log ? log_softmax(stream(), x) : softmax(stream(), x); },
        [log](const Doubles& x) {
          Doubles y(x.size());
          softmax_reference(x.data(), y.data(), 3, 5, log);
          return y;
        });
}

TEST_CASE("functions: conv2d with stride, padding and dilation") {
  const Conv2dShape shape{.n = 2,
                          .h = 6,
                          .w = 7,
                          .c = 2,
                          .k = 3,
                          .r = 3,
                          .s = 2,
                          .stride_h = 2,
                          .stride_w = 1,
                          .pad_h = 1,
                          .pad_w = 2,
                          .dilation_h = 1,
                          .dilation_w = 2};
  const auto w = random_values(3 * 3 * 2 * 2, 23);
  const std::vector<float> bias{0.5f, -1, 2};
  check_gradient(
      {2, 6, 7, 2},
      [&](const Variable& x) {
        return conv2d(stream(), x, constant({3, 3, 2, 2}, w), constant({3}, bias),
                      {.stride = {2, 1}, .padding = {1, 2}, .dilation = {1, 2}});
      },
      [&](const Doubles& x) {
        Doubles y(static_cast<std::size_t>(shape.n * shape.p() * shape.q() * shape.k));
        conv2d_fprop_reference(shape, x.data(), widened(w).data(), widened(bias).data(), y.data());
        return y;
      });
}

TEST_CASE("functions: pooling with overlap and padding") {
  const Pool2dShape shape{.n = 2,
                          .h = 5,
                          .w = 6,
                          .c = 3,
                          .window_h = 3,
                          .window_w = 2,
                          .stride_h = 2,
                          .stride_w = 1,
                          .pad_h = 1,
                          .pad_w = 1};
  const Pool2dOptions options{.window = {3, 2}, .stride = {2, 1}, .padding = {1, 1}};
  const auto outputs = static_cast<std::size_t>(shape.n * shape.p() * shape.q() * shape.c);
  check_gradient(
      {2, 5, 6, 3}, [&](const Variable& x) { return max_pool2d(stream(), x, options); },
      [&](const Doubles& x) {
        Doubles y(outputs);
        std::vector<std::int32_t> index(outputs);
        max_pool2d_reference(shape, x.data(), y.data(), index.data());
        return y;
      });
  check_gradient(
      {2, 5, 6, 3}, [&](const Variable& x) { return average_pool2d(stream(), x, options); },
      [&](const Doubles& x) {
        Doubles y(outputs);
        average_pool2d_reference(shape, x.data(), y.data());
        return y;
      });
}

TEST_CASE("relu_max_pool2d: the bits of max_pool2d after relu, forward and backward") {
  const Pool2dOptions options{.window = {3, 2}, .stride = {2, 1}, .padding = {1, 1}};
  std::vector<float> values = random_integers(2 * 5 * 6 * 3, 7);
  values[4] = -0.0f;
  const Tensor data = Tensor::from_host(stream(), {2, 5, 6, 3}, values);
  const Variable apart(data, true), together(data, true);
  const Variable expected = max_pool2d(stream(), relu(stream(), apart), options);
  const Variable y = relu_max_pool2d(stream(), together, options);
  CHECK_SAME_BITS(y.value().to_host<float>(stream()), expected.value().to_host<float>(stream()));
  const auto count = static_cast<std::size_t>(y.value().count());
  const Tensor dy = Tensor::from_host(stream(), y.shape(), random_integers(count, 8));
  backward(stream(), expected, dy);
  backward(stream(), y, dy);
  CHECK_SAME_BITS(together.gradient().to_host<float>(stream()),
                  apart.gradient().to_host<float>(stream()));
}

TEST_CASE("functions: dropout multiplies forward and backward by one mask") {
  const RandomKey key{5, 6};
  check_gradient(
      {4, 9}, [&](const Variable& x) { return dropout(stream(), x, 0.5f, key); },
      [&](const Doubles& x) {
        Doubles y(x.size());
        dropout_reference(x.data(), y.data(), static_cast<std::int64_t>(x.size()), 0.5f, key);
        return y;
      });
}

TEST_CASE("functions: add, reshape, flatten, class_score") {
  check_gradient(
      {2, 3}, [](const Variable& x) { return add(stream(), x, relu(stream(), x)); },
      [](Doubles x) {
        for (double& value : x) value += std::max(value, 0.0);
        return x;
      });
  check_gradient(
      {2, 3, 1, 2},
      [](const Variable& x) {
        return reshape(flatten(x), {3, 4});
      },
      [](const Doubles& x) { return x; });
  check_gradient(
      {2, 3}, [](const Variable& x) { return class_score(stream(), x, 2); },
      [](const Doubles& x) {
        return Doubles{x[2], x[5]};
      });
}

TEST_CASE("functions: cross_entropy is weighted and divided by the batch size") {
  const std::vector<std::int32_t> labels{2, 0, 1, 2};
  const std::vector<float> weights{1, 2, 3};
  const Tensor device_labels = Tensor::from_host(stream(), {4}, labels);
  const Tensor device_weights = Tensor::from_host(stream(), {3}, weights);
  const Tensor rows = Tensor::empty(stream(), {4});
  const auto reference = [&](const Doubles& x) {
    Doubles loss(4), dx(12);
    cross_entropy_reference(x.data(), labels.data(), widened(weights).data(), loss.data(),
                            dx.data(), 4, 3, 0.25);
    return Doubles{(loss[0] + loss[1] + loss[2] + loss[3]) / 4};
  };
  check_gradient(
      {4, 3},
      [&](const Variable& x) {
        return cross_entropy(stream(), x, device_labels, device_weights, rows);
      },
      reference);
  const auto x = widened(random_values(12, 21, -2, 2));
  Doubles loss(4), dx(12);
  cross_entropy_reference(x.data(), labels.data(), widened(weights).data(), loss.data(), dx.data(),
                          4, 3, 1.0);
  CHECK_CLOSE(rows.to_host<float>(stream()), narrowed(loss), 1e-6, 1e-6);
  // Known number: two equal logits, weight 3, one row.
  const Variable even = constant({1, 2}, {0, 0});
  const Variable mean =
      cross_entropy(stream(), even, Tensor::from_host(stream(), {1}, std::vector<std::int32_t>{1}),
                    Tensor::from_host(stream(), {2}, std::vector<float>{1, 3}));
  CHECK(mean.value().to_host<float>(stream())[0] == doctest::Approx(3 * std::log(2.0)));
}

TEST_CASE("functions: the image's gradient is computed only when asked for") {
  const auto launches = [](bool wanted) {
    Variable x(Tensor::zeros(stream(), {1, 4, 4, 1}), wanted);
    const Variable w(Tensor::zeros(stream(), {2, 3, 3, 1}), true);
    const Variable y = conv2d(stream(), x, w, Variable());
    stream().launches().set_detail(LaunchLog::Detail::times);
    backward(stream(), y);
    stream().launches().set_detail(LaunchLog::Detail::off);
    CHECK(x.gradient().defined() == wanted);
    CHECK(w.gradient().shape() == w.shape());
    return stream().launches().take().size();
  };
  CHECK(launches(true) > launches(false));
}

TEST_CASE("functions: shapes that do not fit are named") {
  const Variable x = constant({2, 3}, std::vector<float>(6));
  const Variable w = constant({4, 5}, std::vector<float>(20));
  CHECK_THROWS_WITH_AS(linear(stream(), x, w, Variable()),
                       "linear: x (2, 3), weight (4, 5) do not fit", Error);
  CHECK_THROWS_AS(conv2d(stream(), x, w, Variable()), Error);
  CHECK_THROWS_AS(max_pool2d(stream(), x, {}), Error);
  CHECK_THROWS_AS(add(stream(), x, w), Error);
  CHECK_THROWS_AS(class_score(stream(), x, 3), Error);
  CHECK_THROWS_AS(cross_entropy(stream(), x, Tensor::zeros(stream(), {3}, DType::i32)), Error);
}
