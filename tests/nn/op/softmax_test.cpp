// Softmax as a layer along an axis: its JSON, values and derivatives, and its place in a network.
#include "kernels/softmax/softmax.h"
#include "nn/graph/model.h"
#include "tests/nn/autograd/check_gradient.h"
#include "tests/nn/op/op_from.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

void check_layer(const std::string& json, const ActivationShape& in, int rows, int cols, int inner,
                 bool log) {
  CAPTURE(json);
  const auto op = op_from(json, in);
  CHECK(op->output().shape == in);
  CHECK_FALSE(op->makes_probabilities());
  check_gradient(
      in.batch(2), [&](const Variable& x) { return forward(*op, {x}); },
      [&](const Doubles& x) {
        Doubles y(x.size());
        softmax_reference(x.data(), y.data(), rows, cols, log, inner);
        return y;
      });
}

}  // namespace

TEST_CASE("softmax layer: values and derivative along an axis") {
  const ActivationShape picture{3, 4, 5}, flat{1, 1, 12, true};
  check_layer(R"({"type": "softmax", "axis": 2})", picture, 24, 5, 1, false);
  check_layer(R"({"type": "softmax", "axis": 0})", picture, 2, 3, 20, false);
  check_layer(R"({"type": "softmax", "axis": 1, "log": true})", picture, 6, 4, 5, true);
  check_layer(R"({"type": "softmax", "log": true})", flat, 2, 12, 1, true);
  check_layer(R"({"type": "softmax", "view": [4, 3]})", flat, 8, 3, 1, false);
  check_layer(R"({"type": "softmax", "view": [60], "axis": 0})", picture, 2, 60, 1, false);
}

TEST_CASE("softmax layer: without keys it makes probabilities of flat classes") {
  CHECK(op_from(R"({"type": "softmax"})", ActivationShape{1, 1, 3, true})->makes_probabilities());
  CHECK(refused_op(R"({"type": "softmax"})", ActivationShape{2, 2, 3})
            .starts_with("layer it: wrong input"));
  CHECK(refused_op(R"({"type": "softmax", "axis": 3})", ActivationShape{2, 2, 3}) ==
        "line: axis: wrong value (found 3; expected an integer from 0 to 2)");
}

TEST_CASE(
    "softmax layer: along an axis it stands anywhere, and at the end its output is the network's") {
  const Json description = parse_json(R"({"name": "axis", "input": [2, 2, 3], "layers": [
      {"type": "softmax", "axis": 2}, {"type": "flatten"}, {"type": "softmax", "log": true}]})",
                                      "model");
  const Model model(stream(), description, 1);
  CHECK(model.graph().logits() == model.graph().output());
  CHECK(model.classes() == 12);
}
