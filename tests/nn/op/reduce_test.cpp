// Reduce as a layer: its JSON, shapes, values and derivatives.
#include "kernels/reduce/reduce_axes.h"
#include "tests/nn/autograd/check_gradient.h"
#include "tests/nn/op/op_from.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

// shape: of a batch of 2.
void check_layer(const std::string& json, const ActivationShape& in, Reduction function,
                 const AxesShape& shape) {
  CAPTURE(json);
  const auto op = op_from(json, in);
  check_gradient(
      in.batch(2), [&](const Variable& x) { return forward(*op, {x}); },
      [&](const Doubles& x) {
        Doubles y(static_cast<std::size_t>(shape.results()));
        reduce_axes_reference(shape, function, x.data(), y.data());
        return y;
      });
}

std::string output_of_op(const std::string& json, const ActivationShape& in) {
  const auto op = op_from(json, in);
  return op->output().shape.to_string() + (op->output().shape.flat ? " flat" : "");
}

}  // namespace

TEST_CASE("reduce layer: values and derivative") {
  using enum Reduction;
  const ActivationShape picture{3, 4, 5}, flat{1, 1, 12, true};
  const AxesShape pixels{2, {1, 1, 12}, {1, 1, 5}}, channels{24, {1, 1, 5}, {1, 1, 1}};
  for (const auto& [name, function] : {std::pair{"mean", mean},
                                       {"sum", sum},
                                       {"max", max},
                                       {"min", min},
                                       {"l1", l1},
                                       {"l2", l2},
                                       {"sum_square", sum_square},
                                       {"log_sum_exp", log_sum_exp}}) {
    const std::string key = R"({"type": "reduce", "function": ")" + std::string(name) + "\", ";
    check_layer(key + R"("axes": [0, 1]})", picture, function, pixels);
    check_layer(key + R"("axes": [2], "output": [3, 4, 1]})", picture, function, channels);
    check_layer(key + R"("view": [2, 3, 2], "axes": [2, 0], "output": [3]})", flat, function,
                {2, {1, 2, 2}, {1, 3, 1}});
  }
  check_layer(R"({"type": "reduce", "function": "prod", "view": [2, 6], "axes": [0]})", flat, prod,
              {2, {1, 1, 2}, {1, 1, 6}});
}

TEST_CASE("reduce layer: the logarithm of a sum") {
  const auto op = op_from(R"({"type": "reduce", "function": "log_sum", "axes": [0]})",
                          ActivationShape{1, 1, 3, true});
  Variable x(Tensor::from_host(stream(), {1, 3}, std::vector<float>{1, 2, 5}), true);
  const Variable y = forward(*op, {x});
  CHECK_CLOSE(y.value().to_host<float>(stream()), std::vector{std::log(8.0f)}, 0, 1e-6);
  backward(stream(), y);
  CHECK_CLOSE(x.gradient().to_host<float>(stream()), (std::vector{.125f, .125f, .125f}), 0, 1e-6);
}

TEST_CASE("reduce layer: its output is flat, or what is asked for") {
  const ActivationShape picture{3, 4, 5};
  CHECK(output_of_op(R"({"type": "reduce", "function": "sum", "axes": [0, 1]})", picture) ==
        "5 flat");
  CHECK(output_of_op(R"({"type": "reduce", "function": "sum", "axes": [0, 1, 2]})", picture) ==
        "1 flat");
  CHECK(
      output_of_op(R"({"type": "reduce", "function": "sum", "axes": [0, 1], "output": [1, 1, 5]})",
                   picture) == "1x1x5");
}

TEST_CASE("reduce layer: what does not fit is refused") {
  const ActivationShape picture{3, 4, 5};
  const auto refused = [&](const std::string& keys) {
    return refused_op(R"({"type": "reduce", )" + keys + "}", picture);
  };
  CHECK(refused(R"("axes": [0])") ==
        "line: missing key (found none named \"function\"; expected one)");
  CHECK(
      refused(R"("function": "median", "axes": [0])") ==
      "line: function: wrong value (found \"median\"; expected mean, sum, max, min, prod, l1, l2, "
      "sum_square, log_sum or log_sum_exp)");
  CHECK(refused(R"("function": "sum", "axes": [3])") ==
        "line: axes[0]: wrong value (found 3; expected an integer from 0 to 2)");
  CHECK(refused(R"("function": "sum", "axes": [])") ==
        "line: axes: wrong value (found an array of 0; expected an array of 1 to 3)");
  CHECK(refused(R"("function": "sum", "axes": [1, 1])") ==
        "line: axes[1]: duplicate axis (found 1 twice; expected each axis once)");
  CHECK(refused(R"("function": "sum", "axes": [0], "output": [4, 5, 2])") ==
        "line: output: wrong size (found 4x5x2; expected as many values as 20)");
}
