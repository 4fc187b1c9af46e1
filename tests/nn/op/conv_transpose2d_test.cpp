#include "nn/autograd/shapes.h"
#include "tests/nn/autograd/check_gradient.h"
#include "tests/nn/op/conv_cases.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

struct Transposed {
  int n, h, w, c, k;  // input; filters
  Size2d kernel;
  Conv2dOptions options;
  Size2d output_padding{0, 0};

  int p() const {
    return (h - 1) * options.stride.h - options.padding.top - options.padding.bottom +
           options.dilation.h * (kernel.h - 1) + 1 + output_padding.h;
  }
  int q() const {
    return (w - 1) * options.stride.w - options.padding.left - options.padding.right +
           options.dilation.w * (kernel.w - 1) + 1 + output_padding.w;
  }
  int group_k() const { return k / options.groups; }
  Shape x_shape() const { return {n, h, w, c}; }
  Shape weight_shape() const { return {c, kernel.h, kernel.w, group_k()}; }
};

// Every input pixel lays its filter down on the output; weight: (C, R, S, K / groups).
Doubles scattered(const Transposed& t, const Doubles& x, const Doubles& weight,
                  const Doubles& bias) {
  const Conv2dOptions& o = t.options;
  Doubles y(static_cast<std::size_t>(t.n) * t.p() * t.q() * t.k);
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = bias.empty() ? 0 : bias[i % bias.size()];
  for (int n = 0; n < t.n; ++n)
    for (int h = 0; h < t.h; ++h)
      for (int w = 0; w < t.w; ++w)
        for (int c = 0; c < t.c; ++c)
          for (int r = 0; r < t.kernel.h; ++r)
            for (int s = 0; s < t.kernel.w; ++s) {
              const int p = h * o.stride.h - o.padding.top + r * o.dilation.h;
              const int q = w * o.stride.w - o.padding.left + s * o.dilation.w;
              if (p < 0 || p >= t.p() || q < 0 || q >= t.q()) continue;
              const int first = c / (t.c / o.groups) * t.group_k();
              for (int k = 0; k < t.group_k(); ++k)
                y[((static_cast<std::size_t>(n) * t.p() + p) * t.q() + q) * t.k + first + k] +=
                    x[((static_cast<std::size_t>(n) * t.h + h) * t.w + w) * t.c + c] *
                    weight[((static_cast<std::size_t>(c) * t.kernel.h + r) * t.kernel.w + s) *
                               t.group_k() +
                           k];
            }
  return y;
}

std::vector<Transposed> transposed_cases() {
  return {
      {2, 4, 5, 3, 4, {2, 2}, {.stride = {2, 2}}},  // U-Net's
      {1, 3, 4, 4, 6, {3, 3}, {.stride = {2, 1}, .padding = {1, 1}}, {1, 0}},
      {2, 3, 3, 6, 4, {3, 2}, {.padding = {1, 0, 0, 1}, .groups = 2}},
      {1, 4, 3, 5, 5, {4, 4}, {.stride = {2, 2}, .padding = {1, 1}, .groups = 5}},  // depthwise
      {1, 3, 4, 2, 3, {3, 2}, {.stride = {3, 2}, .dilation = {2, 3}}, {2, 1}},
      {1, 1, 1, 17, 33, {1, 3}, {}},
  };
}

}  // namespace

TEST_CASE("conv_transpose2d op: shapes and parameters in PyTorch's layout") {
  const auto op = make_op("conv_transpose2d", {7, 5, 6},
                          R"("filters": 4, "kernel": [3, 2], "stride": 2, "padding": [1, 0, 0, 1],
                             "output_padding": [1, 0], "groups": 2)");
  CHECK(op->output().shape == ActivationShape{15, 9, 4});
  REQUIRE(op->parameters().size() == 2);
  CHECK(op->parameters()[0]->name == "layer.weight");
  CHECK(op->parameters()[0]->file_shape == Shape{6, 2, 3, 2});
  CHECK(op->parameters()[0]->memory_shape() == Shape{6, 3, 2, 2});
  CHECK(op->parameters()[1]->file_shape == Shape{4});
  CHECK_FALSE(op->convolution());
  CHECK(make_op("conv_transpose2d", {7, 5, 6}, R"("filters": 4, "kernel": 2, "bias": false)")
            ->parameters()
            .size() == 1);
}

TEST_CASE("conv_transpose2d op: what does not fit is refused with layer and values") {
  const ActivationShape in{5, 4, 6};
  const auto says = [&](const char* json) { return refusal("conv_transpose2d", in, json); };
  CHECK(contains(
      says(R"("filters": 4, "kernel": 3, "output_padding": 1)"),
      "layer layer: bad output_padding (found 1x1; expected less than the stride of 1x1)"));
  CHECK(contains(says(R"("filters": 4, "kernel": 1, "padding": 2)"),
                 "no output (found a padding of 2x2; expected less for a filter of 1x1 on 5x4x6)"));
  CHECK(contains(says(R"("filters": 4, "kernel": 3, "groups": 4)"), "bad groups (found 4"));
  CHECK(contains(says(R"("filters": 4, "kernel": 3, "padding": "same")"), "padding"));
  CHECK(contains(says(R"("filters": 65536, "kernel": 1024)"), "too many weights"));
  CHECK(contains(
      refusal("conv_transpose2d", {16384, 4, 1}, R"("filters": 1, "kernel": 2, "stride": 2)"),
      "too large an output (found 32768x8"));
  CHECK(contains(refusal("conv_transpose2d", {1, 1, 9, true}, R"("filters": 1, "kernel": 2)"),
                 "expected a picture"));
}

TEST_CASE("conv_transpose2d op: every input lays its filter down") {
  for (const Transposed& t : transposed_cases()) {
    const Conv2dOptions& o = t.options;
    Json json{{"filters", t.k},
              {"kernel", {t.kernel.h, t.kernel.w}},
              {"stride", {o.stride.h, o.stride.w}},
              {"padding", {o.padding.top, o.padding.left, o.padding.bottom, o.padding.right}},
              {"output_padding", {t.output_padding.h, t.output_padding.w}},
              {"dilation", {o.dilation.h, o.dilation.w}},
              {"groups", o.groups}};
    const std::string text = json.dump();
    CAPTURE(text);
    const auto op = make_op("conv_transpose2d", {t.h, t.w, t.c}, text.substr(1, text.size() - 2));
    CHECK(op->output().shape == ActivationShape{t.p(), t.q(), t.k});
    const auto x = random_values(static_cast<std::size_t>(t.x_shape().count()), 8);
    const auto parameters = fill_parameters(*op);
    CHECK_CLOSE(forward_of(*op, t.n, x),
                narrowed(scattered(t, widened(x), widened(parameters[0]), widened(parameters[1]))),
                1e-5, 1e-5);
  }
}

TEST_CASE("conv_transpose2d: derivatives equal finite differences") {
  for (const Transposed& t : transposed_cases()) {
    const auto x = random_values(static_cast<std::size_t>(t.x_shape().count()), 31);
    const auto w = random_values(static_cast<std::size_t>(t.weight_shape().count()), 32);
    const auto bias = random_values(static_cast<std::size_t>(t.k), 33);
    const Variable x_in = constant(t.x_shape(), x), w_in = constant(t.weight_shape(), w),
                   bias_in = constant({t.k}, bias);
    const auto run = [&](const Variable& at_x, const Variable& at_w, const Variable& at_bias) {
      return conv_transpose2d(stream(), at_x, at_w, at_bias, t.options, t.output_padding);
    };
    CAPTURE(t.k);
    check_gradient(
        t.x_shape(), [&](const Variable& v) { return run(v, w_in, Variable()); },
        [&](const Doubles& v) { return scattered(t, v, widened(w), {}); });
    check_gradient(
        t.weight_shape(), [&](const Variable& v) { return run(x_in, v, bias_in); },
        [&](const Doubles& v) { return scattered(t, widened(x), v, widened(bias)); });
    check_gradient(
        {t.k}, [&](const Variable& v) { return run(x_in, w_in, v); },
        [&](const Doubles& v) { return scattered(t, widened(x), widened(w), v); });
  }
}

TEST_CASE("conv_transpose2d: shapes that do not fit are refused") {
  const Variable x = constant({1, 2, 2, 3}, std::vector<float>(12)),
                 w = constant({3, 2, 2, 4}, std::vector<float>(48));
  CHECK_THROWS_AS(conv_transpose2d(stream(), x, w, constant({3}, {0, 0, 0})), Error);
  CHECK_THROWS_AS(conv_transpose2d(stream(), x, w, Variable(), {}, {1, 0}), Error);
  CHECK_THROWS_AS(conv_transpose2d(stream(), x, w, Variable(), {.padding = {2, 0}}), Error);
  CHECK_THROWS_AS(
      conv_transpose2d(stream(), x, constant({4, 2, 2, 3}, std::vector<float>(48)), Variable()),
      Error);
}
