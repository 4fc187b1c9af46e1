#include "kernels/pool2d/pool2d.h"
#include "nn/autograd/shapes.h"
#include "tests/nn/autograd/check_gradient.h"
#include "tests/nn/op/conv_cases.h"

using namespace pellucid;
using namespace pellucid::test;

TEST_CASE("pool2d ops: ceil, dilation, padding counted or on one side, from JSON") {
  const ActivationShape in{8, 7, 3};
  const auto shape_for = [&](const char* type, const char* json) {
    return make_op(type, in, json)->output().shape;
  };
  CHECK(shape_for("max_pool2d", R"("window": 3, "stride": 2)") == ActivationShape{3, 3, 3});
  CHECK(shape_for("max_pool2d", R"("window": 3, "stride": 2, "ceil": true)") ==
        ActivationShape{4, 3, 3});
  CHECK(shape_for("max_pool2d", R"("window": 3, "stride": 2, "padding": [0, 0, 1, 1])") ==
        ActivationShape{4, 3, 3});
  CHECK(shape_for("max_pool2d", R"("window": 3, "stride": 1, "dilation": [2, 1])") ==
        ActivationShape{4, 5, 3});
  CHECK(shape_for("average_pool2d", R"("window": 2, "padding": [1, 1], "count_padding": true)") ==
        ActivationShape{5, 4, 3});
  // Where rounding up changes nothing the windows are plain ones.
  CHECK_FALSE(make_op("max_pool2d", in, R"("window": 1, "ceil": true)")->max_pooling()->ceil);
  CHECK(make_op("max_pool2d", in, R"("window": 2, "ceil": true)")->max_pooling()->ceil);
}

TEST_CASE("pool2d ops: what does not fit is refused with layer and values") {
  const ActivationShape in{5, 4, 3};
  CHECK(contains(refusal("max_pool2d", in, R"("window": 2, "padding": [0, 0, 2, 0])"),
                 "layer layer: bad padding (found [0, 0, 2, 0]; expected less than the window of "
                 "2x2, and a pixel of 5x4x3 in every window)"));
  CHECK(contains(refusal("max_pool2d", in, R"("window": 3, "dilation": 3)"),
                 "no output (found a window of 3x3 with dilation 3x3; expected one that fits"));
  CHECK(contains(
      refusal("max_pool2d", {1, 9, 1}, R"("window": [2, 1], "dilation": [3, 1], "stride": 1,
                                                    "padding": [2, 0])"),
      "bad padding"));
  CHECK(contains(refusal("average_pool2d", in, R"("window": 3, "count_padding": "yes")"),
                 "count_padding"));
}

TEST_CASE("pool2d ops: forward and derivative equal the reference's") {
  for (const Pool2dOptions& o :
       {Pool2dOptions{.window = {3, 2}, .stride = {2, 2}, .padding = {0, 1, 1, 0}, .ceil = true},
        Pool2dOptions{.window = {2, 3}, .stride = {1, 2}, .padding = {1, 1}, .dilation = {2, 1}},
        Pool2dOptions{.window = {3, 3},
        .stride = {2, 2},
        .padding = {1, 0, 1, 2},
        .ceil = true,
        .count_padding = true}}) {
    const Shape in{2, 6, 7, 3};
    const Pool2dShape shape = shape_of(in, o);
    const auto outputs = static_cast<std::size_t>(shape.n) * shape.p() * shape.q() * shape.c;
    check_gradient(
        in, [&](const Variable& x) { return max_pool2d(stream(), x, o); },
        [&](const Doubles& x) {
          Doubles y(outputs);
          max_pool2d_reference(shape, x.data(), y.data(), nullptr);
          return y;
        });
    check_gradient(
        in, [&](const Variable& x) { return average_pool2d(stream(), x, o); },
        [&](const Doubles& x) {
          Doubles y(outputs);
          average_pool2d_reference(shape, x.data(), y.data());
          return y;
        });
  }
}
