// Local response normalisation as a layer: its JSON, values and derivative.
#include "kernels/lrn/lrn.h"
#include "tests/nn/autograd/check_gradient.h"
#include "tests/nn/op/op_from.h"

using namespace pellucid;
using namespace pellucid::test;

TEST_CASE("lrn layer: values and derivative") {
  const ActivationShape picture{2, 3, 7};
  const auto check = [&](const std::string& json, const LrnShape& shape) {
    CAPTURE(json);
    const auto op = op_from(json, picture);
    CHECK(op->output().shape == picture);
    check_gradient(
        picture.batch(2), [&](const Variable& x) { return forward(*op, {x}); },
        [&](const Doubles& x) {
          Doubles y(x.size());
          lrn_reference(shape, x.data(), y.data());
          return y;
        });
  };
  check(R"({"type": "lrn", "size": 3, "alpha": 0.5, "beta": 0.9, "bias": 2})",
        {12, 7, 3, 0.5f, 0.9f, 2});
  check(R"({"type": "lrn", "size": 4})", {12, 7, 4, 1e-4f, 0.75f, 1});
}

TEST_CASE("lrn layer: what does not fit is refused") {
  const auto refused = [](const std::string& keys) {
    return refused_op(R"({"type": "lrn")" + keys + "}", ActivationShape{2, 3, 7});
  };
  CHECK(refused("") == "line: missing key (found none named \"size\"; expected one)");
  CHECK(refused(R"(, "size": 0)") ==
        "line: size: wrong value (found 0; expected an integer from 1 to 65536)");
  CHECK(refused(R"(, "size": 3, "bias": 0)") ==
        "line: bias: wrong value (found 0; expected a number from 1e-06 to 1e+06)");
}
