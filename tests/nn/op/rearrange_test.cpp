// Rearrange and reshape as layers: their JSON, shapes, values and derivatives.
#include "kernels/rearrange/rearrange.h"
#include "nn/plan/plan.h"
#include "tests/nn/autograd/check_gradient.h"
#include "tests/nn/op/op_from.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

// Forward and derivative of the layer on pictures against the reference.
void check_layer(const std::string& json, const ActivationShape& in, const Rearrangement& r) {
  CAPTURE(json);
  const auto op = op_from(json, in);
  const RearrangeShape shape = rearrange_shape(2, r);
  check_gradient(
      in.batch(2), [&](const Variable& x) { return forward(*op, {x}); },
      [&](const Doubles& x) {
        Doubles y(static_cast<std::size_t>(shape.values_of_y()));
        rearrange_reference(x.data(), y.data(), shape);
        return y;
      });
}

std::string output_of_op(const std::string& json, const ActivationShape& in) {
  const auto op = op_from(json, in);
  return op->output().shape.to_string() + (op->output().shape.flat ? " flat" : "");
}

}  // namespace

TEST_CASE("rearrange layer: values and derivative") {
  using enum Outside;
  const ActivationShape picture{4, 3, 6}, flat{1, 1, 12, true};
  check_layer(R"({"type": "rearrange", "start": [0, 0, 2], "extent": [4, 3, 3]})", picture,
              {{4, 3, 6}, {0, 1, 2}, {0, 0, 2}, {1, 1, 1}, {4, 3, 3}});
  check_layer(R"({"type": "rearrange", "start": [-1, -2, 0], "extent": [6, 6, 6], "value": 0.5})",
              picture, {{4, 3, 6}, {0, 1, 2}, {-1, -2, 0}, {1, 1, 1}, {6, 6, 6}, constant, 0.5f});
  for (const auto& [mode, outside] :
       {std::pair{"reflect", reflect}, {"edge", edge}, {"wrap", wrap}})
    check_layer(R"({"type": "rearrange", "start": [-5, -2, 0], "extent": [11, 6, 6], "mode": ")" +
                    std::string(mode) + "\"}",
                picture, {{4, 3, 6}, {0, 1, 2}, {-5, -2, 0}, {1, 1, 1}, {11, 6, 6}, outside});
  check_layer(R"({"type": "rearrange", "view": [4, 3, 2, 3], "order": [0, 1, 3, 2],
                  "output": [4, 3, 6]})",
              picture, {{4, 3, 2, 3}, {0, 1, 3, 2}, {0, 0, 0, 0}, {1, 1, 1, 1}, {4, 3, 3, 2}});
  check_layer(R"({"type": "rearrange", "order": [2, 0, 1]})", picture,
              {{4, 3, 6}, {2, 0, 1}, {0, 0, 0}, {1, 1, 1}, {6, 4, 3}});
  check_layer(
      R"({"type": "rearrange", "start": [0, 1, 5], "step": [2, 1, -2], "extent": [2, 2, 3]})",
      picture, {{4, 3, 6}, {0, 1, 2}, {0, 1, 5}, {2, 1, -2}, {2, 2, 3}});
  check_layer(
      R"({"type": "rearrange", "view": [1, 1, 12], "step": [0, 0, 1], "extent": [2, 3, 12]})", flat,
      {{1, 1, 12}, {0, 1, 2}, {0, 0, 0}, {0, 0, 1}, {2, 3, 12}});
  check_layer(R"({"type": "rearrange", "start": [11], "step": [-1]})", flat,
              {{12}, {0}, {11}, {-1}, {12}});
}

TEST_CASE("rearrange layer: its output is a picture if it has three axes, or what is asked for") {
  const ActivationShape picture{4, 3, 6};
  CHECK(output_of_op(R"({"type": "rearrange", "order": [2, 1, 0]})", picture) == "6x3x4");
  CHECK(output_of_op(R"({"type": "rearrange", "order": [2, 1, 0], "output": [72]})", picture) ==
        "72 flat");
  CHECK(output_of_op(R"({"type": "rearrange", "view": [12, 6], "order": [1, 0]})", picture) ==
        "72 flat");
  CHECK(output_of_op(R"({"type": "rearrange", "view": [72], "output": [9, 4, 2]})", picture) ==
        "9x4x2");
  CHECK(output_of_op(R"({"type": "rearrange", "extent": [2, 3, 6]})", picture) == "2x3x6");
  // Features that are moved are no longer those of a picture in the order of files.
  const Value flattened{{1, 1, 72, true}, picture};
  const auto op = op_from(R"({"type": "rearrange"})", {flattened});
  CHECK(op->output().picture == ActivationShape{1, 1, 72, true});
}

TEST_CASE("rearrange layer: what does not fit is refused") {
  const ActivationShape picture{4, 3, 6};
  const auto refused = [&](const std::string& keys) {
    return refused_op(R"({"type": "rearrange", )" + keys + "}", picture);
  };
  CHECK(refused(R"("view": [4, 3, 5])") ==
        "line: view: wrong view (found 4x3x5; expected extents whose product is the input's 72 "
        "values)");
  CHECK(
      refused(R"("view": [2147483647, 2147483647, 2147483647])")
          .starts_with("line: view: wrong view (found 2147483647x2147483647x2147483647; expected"));
  CHECK(refused(R"("view": [0, 72])") ==
        "line: view[0]: wrong value (found 0; expected an integer from 1 to 2147483647)");
  CHECK(refused(R"("view": [])") ==
        "line: view: wrong value (found an array of 0; expected an array of 1 to 6)");
  CHECK(refused(R"("order": [0, 1])") ==
        "line: order: wrong value (found an array of 2; expected an array of 3)");
  CHECK(refused(R"("order": [0, 1, 1])") ==
        "layer it: bad order (found an axis twice; expected each of 0 to 2 once)");
  CHECK(refused(R"("order": [0, 1, 3])") ==
        "line: order[2]: wrong value (found 3; expected an integer from 0 to 2)");
  CHECK(refused(R"("extent": [4, 3, 0])") ==
        "line: extent[2]: wrong value (found 0; expected an integer from 1 to 1073741824)");
  CHECK(
      refused(R"("step": [2, 1, 1], "mode": "edge")") ==
      "layer it: rearrange: axis 1: beyond x only a constant is read by steps of 2, other modes by "
      "1, -1 and 0");
  CHECK(refused(R"("mode": "mirror")") ==
        "line: mode: wrong value (found \"mirror\"; expected constant, reflect, edge, wrap)");
  CHECK(refused(R"("value": 1e39)") ==
        "line: value: wrong value (found 1e+39; expected a number from -3.40282e+38 to "
        "3.40282e+38)");
  CHECK(refused(R"("output": [4, 18])") ==
        "line: output: wrong value (found an array of 2; expected [h, w, c] or [c])");
  CHECK(refused(R"("output": [4, 3, 7])") ==
        "line: output: wrong size (found 4x3x7; expected as many values as 4x3x6)");
  CHECK(refused(R"("extent": [1073741824, 3, 1])") ==
        "layer it: too many values (found 1073741824x3x1; expected at most 2147483647)");
}

TEST_CASE("reshape layer: the values as they lie in memory, without a copy") {
  const ActivationShape picture{4, 3, 6};
  const auto op = op_from(R"({"type": "reshape", "output": [3, 8, 3]})", picture);
  CHECK(op->output().shape == ActivationShape{3, 8, 3});
  CHECK(op->keeps_values());
  const Variable x = constant({2, 4, 3, 6}, random_values(144, 41));
  const Variable y = forward(*op, {x});
  CHECK(y.shape() == Shape{2, 3, 8, 3});
  CHECK(y.value().data<float>() == x.value().data<float>());
  check_gradient(
      {2, 4, 3, 6}, [&](const Variable& v) { return relu(stream(), forward(*op, {v})); },
      [](Doubles v) {
        for (double& value : v) value = std::max(value, 0.0);
        return v;
      });
  CHECK(output_of_op(R"({"type": "reshape", "output": [72]})", picture) == "72 flat");
  CHECK(refused_op(R"({"type": "reshape", "output": [71]})", picture) ==
        "line: output: wrong size (found 71; expected as many values as 4x3x6)");
  CHECK(refused_op(R"({"type": "reshape"})", picture) ==
        "line: missing key (found none named \"output\"; expected one)");
  // To its own shape it changes nothing, not even the order of features in files.
  const Value flattened{{1, 1, 72, true}, picture};
  CHECK(op_from(R"({"type": "reshape", "output": [72]})", {flattened})->output().picture ==
        picture);
}

TEST_CASE("rearrange and reshape layers: a plan computes what training does") {
  const Model model(stream(),
                    parse_json(R"({"name": "moved", "input": [8, 6, 4], "layers": [
    {"type": "conv2d", "filters": 6, "kernel": 3}, {"type": "relu"},
    {"type": "rearrange", "view": [6, 4, 2, 3], "order": [0, 1, 3, 2], "output": [6, 4, 6]},
    {"type": "rearrange", "start": [-1, -1, 0], "extent": [8, 6, 6], "mode": "reflect", "name": "padded"},
    {"type": "rearrange", "start": [0, 0, 3], "extent": [8, 6, 3], "name": "half"},
    {"type": "rearrange", "start": [7, 5, 0], "step": [-1, -1, 1], "extent": [8, 6, 3],
     "inputs": ["padded"], "name": "flipped"},
    {"type": "concat", "axis": 1, "inputs": ["half", "flipped"]},
    {"type": "reshape", "output": [6, 12, 4]},
    {"type": "conv2d", "filters": 2, "kernel": 3},
    {"type": "flatten"}, {"type": "linear", "outputs": 3}]})",
                               "moved"),
                    3);
  const Tensor x = Tensor::from_host(stream(), {5, 8, 6, 4}, random_values(5 * 8 * 6 * 4, 42));
  const Plan plan(stream(), model);
  CHECK_CLOSE(plan.logits(x).to_host<float>(stream()),
              model.forward(stream(), Variable(x)).value().to_host<float>(stream()), 1e-6, 1e-5);
  CHECK(model.target_layer() == "conv2");
}
