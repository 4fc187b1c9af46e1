#include "nn/autograd/shapes.h"
#include "nn/graph/model.h"
#include "nn/plan/plan.h"
#include "tests/nn/autograd/check_gradient.h"
#include "tests/nn/op/conv_cases.h"

using namespace pellucid;
using namespace pellucid::test;

TEST_CASE("conv2d op: groups, bias and four paddings from JSON") {
  const auto op = make_op("conv2d", {9, 8, 6},
                          R"("filters": 4, "kernel": 3, "groups": 2, "padding": [1, 0, 2, 1])");
  CHECK(op->output().shape == ActivationShape{10, 7, 4});
  REQUIRE(op->parameters().size() == 2);
  CHECK(op->parameters()[0]->file_shape == Shape{4, 3, 3, 3});
  CHECK(op->parameters()[0]->memory_shape() == Shape{4, 3, 3, 3});
  CHECK(op->parameters()[0]->fan_in == 27);
  CHECK(op->convolution()->options.groups == 2);
  CHECK(op->convolution()->bias == op->parameters()[1]);

  const auto bare = make_op("conv2d", {9, 8, 6}, R"("filters": 4, "kernel": 3, "bias": false)");
  CHECK(bare->parameters().size() == 1);
  CHECK(bare->convolution()->bias == nullptr);
  CHECK(make_op("conv2d", {9, 8, 6}, R"("filters": 4, "kernel": 3, "padding": [1, 2])")
            ->output()
            .shape == ActivationShape{9, 10, 4});
}

TEST_CASE("conv2d op: what does not fit is refused with layer and values") {
  const ActivationShape in{5, 4, 6};
  CHECK(
      contains(refusal("conv2d", in, R"("filters": 4, "kernel": 3, "groups": 3)"),
               "layer layer: bad groups (found 3 for 6 channels and 4 filters; expected a divisor "
               "of both)"));
  CHECK(contains(refusal("conv2d", in, R"("filters": 4, "kernel": 3, "groups": 0)"), "groups"));
  CHECK(contains(refusal("conv2d", in, R"("filters": 4, "kernel": 3, "padding": [1, 1, 1])"),
                 "padding"));
  CHECK(contains(refusal("conv2d", in, R"("filters": 4, "kernel": 3, "padding": [0, 0, 0, -1])"),
                 "padding[3]"));
  CHECK(
      contains(refusal("conv2d", in, R"("filters": 4, "kernel": [3, 7], "padding": [0, 1, 0, 1])"),
               "found a filter of 3x7 with dilation 1x1; expected one that fits 5x4x6 with "
               "padding 0x1"));
  CHECK(contains(refusal("conv2d", in, R"("filters": 4, "kernel": 7, "padding": [0, 2, 1, 2])"),
                 "with padding [0, 2, 1, 2]"));
  CHECK(contains(refusal("conv2d", in, R"("filters": 4, "kernel": 3, "bias": 1)"), "bias"));
}

TEST_CASE("conv2d op: forward and derivative of groups, depthwise and unequal padding") {
  struct Case {
    Conv2dOptions options;
    Size2d kernel;
    int c, k;
  };
  for (const Case& t :
       {Case{{.padding = {1, 0, 0, 2}, .groups = 2}, {3, 3}, 4, 6},
        Case{{.padding = {1, 1}, .groups = 5}, {3, 2}, 5, 5},
        Case{{.stride = {2, 2}, .padding = {0, 0, 1, 1}, .groups = 4}, {3, 3}, 4, 4},
        Case{{.padding = {0, 2, 3, 1}, .dilation = {2, 1}}, {2, 3}, 2, 3}}) {
    const Shape in{2, 5, 6, t.c};
    const Conv2dShape shape = shape_of(in, t.k, t.kernel, t.options);
    const Shape weights{t.k, t.kernel.h, t.kernel.w, shape.group_c()};
    const auto x = random_values(static_cast<std::size_t>(in.count()), 31);
    const auto w = random_values(static_cast<std::size_t>(weights.count()), 32);
    const auto bias = random_values(static_cast<std::size_t>(t.k), 33);
    const auto reference = [&](const Doubles& at_x, const Doubles& at_w, const Doubles& at_bias) {
      Doubles y(static_cast<std::size_t>(shape.n) * shape.p() * shape.q() * shape.k);
      conv2d_fprop_reference(shape, at_x.data(), at_w.data(), at_bias.data(), y.data());
      return y;
    };
    CAPTURE(shape.groups);
    check_gradient(
        in,
        [&](const Variable& v) {
          return conv2d(stream(), v, constant(weights, w), constant({t.k}, bias), t.options);
        },
        [&](const Doubles& v) { return reference(v, widened(w), widened(bias)); });
    check_gradient(
        weights,
        [&](const Variable& v) {
          return conv2d(stream(), constant(in, x), v, constant({t.k}, bias), t.options);
        },
        [&](const Doubles& v) { return reference(widened(x), v, widened(bias)); });
    check_gradient(
        {t.k},
        [&](const Variable& v) {
          return conv2d(stream(), constant(in, x), constant(weights, w), v, t.options);
        },
        [&](const Doubles& v) { return reference(widened(x), widened(w), v); });
  }
}

TEST_CASE("conv2d op: a plan of grouped, depthwise, biasless and unevenly padded layers") {
  // With what folds and fuses behind each, and the masks' path.
  const Model model(stream(),
                    parse_json(R"({"name": "grouped", "input": [19, 17, 3], "layers": [
    {"type": "conv2d", "filters": 8, "kernel": 3, "padding": [0, 1, 2, 0], "bias": false},
    {"type": "batch_norm"}, {"type": "relu"}, {"type": "max_pool2d", "window": 2},
    {"type": "conv2d", "filters": 8, "kernel": 3, "padding": "same", "groups": 8, "bias": false},
    {"type": "batch_norm"}, {"type": "relu"}, {"type": "max_pool2d", "window": 2, "ceil": true},
    {"type": "conv2d", "filters": 12, "kernel": 3, "padding": [1, 1, 0, 0], "groups": 4},
    {"type": "relu"}, {"type": "conv2d", "filters": 6, "kernel": 1, "bias": false},
    {"type": "relu"}, {"type": "average_pool2d", "window": "global"}, {"type": "flatten"},
    {"type": "linear", "outputs": 3, "bias": false}]})",
                               "grouped"),
                    5);
  const Shape shape = model.input().batch(3);
  const Tensor x = Tensor::from_host(
      stream(), shape, random_values(static_cast<std::size_t>(shape.count()), 61, 0, 1));
  model.forward(stream(), Variable(x), {.training = true});
  const NoGradient off;
  const auto expected = model.forward(stream(), Variable(x)).value().to_host<float>(stream());
  CHECK_CLOSE(Plan(stream(), model).logits(x).to_host<float>(stream()), expected, 2e-5, 2e-5);
  CHECK(Plan::can_sum_channels(model));

  const Model depthwise(stream(),
                        parse_json(R"({"name": "first", "input": [9, 8, 3], "layers": [
    {"type": "conv2d", "filters": 3, "kernel": 3, "groups": 3}, {"type": "relu"},
    {"type": "flatten"}, {"type": "linear", "outputs": 2}]})",
                                   "first"),
                        5);
  CHECK_FALSE(Plan::can_sum_channels(depthwise));
}

TEST_CASE("linear op: without a bias") {
  const auto op = make_op("linear", {1, 1, 7, true}, R"("outputs": 3, "bias": false)");
  const auto weights = fill_parameters(*op);
  REQUIRE(weights.size() == 1);
  const auto x = random_values(2 * 7, 5);
  std::vector<float> expected(2 * 3);
  for (int n = 0; n < 2; ++n)
    for (int o = 0; o < 3; ++o) {
      double sum = 0;
      for (int i = 0; i < 7; ++i) sum += double{x[n * 7 + i]} * weights[0][o * 7 + i];
      expected[n * 3 + o] = static_cast<float>(sum);
    }
  CHECK_CLOSE(forward_of(*op, 2, x), expected, 1e-6, 1e-6);
}
