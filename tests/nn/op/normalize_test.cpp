// Normalize as a layer: its JSON, parameters, values and derivatives.
#include "kernels/group_norm/group_norm.h"
#include "tests/nn/autograd/check_gradient.h"
#include "tests/nn/op/op_from.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

constexpr double kEpsilon = 0.05;  // keeps the derivatives of few values small

Doubles normalised(const AxesShape& shape, const AxesSteps& affine, const Doubles& x,
                   const Doubles& gamma, const Doubles& beta) {
  Doubles y(x.size()), mean(static_cast<std::size_t>(shape.results())), inverse(mean.size());
  group_norm_reference(shape, affine, x.data(), y.data(), gamma.empty() ? nullptr : gamma.data(),
                       beta.empty() ? nullptr : beta.data(), mean.data(), inverse.data(), kEpsilon);
  return y;
}

// The derivative of x, of γ and of β. shape: of a batch of 2.
void check_layer(const std::string& keys, const ActivationShape& in, const AxesShape& shape,
                 const AxesSteps& affine, int parameters) {
  CAPTURE(keys);
  const auto op = op_from(R"({"type": "normalize", "epsilon": 0.05, )" + keys + "}", in);
  const auto all = op->parameters();
  REQUIRE(all.size() == (parameters > 0 ? 2u : 0u));
  std::vector<Doubles> values(2);
  for (std::size_t i = 0; i < all.size(); ++i) {
    CHECK(all[i]->name == (i == 0 ? "it.weight" : "it.bias"));
    CHECK(all[i]->file_shape == Shape{parameters});
    const auto value = random_values(static_cast<std::size_t>(parameters), 31 + i, 0.5f, 2);
    values[i] = widened(value);
    all[i]->set_value(Tensor::from_host(stream(), {parameters}, value));
  }
  const auto x = random_values(static_cast<std::size_t>(in.batch(2).count()), 33, -2, 2);
  check_gradient(
      in.batch(2), [&](const Variable& at) { return forward(*op, {at}); },
      [&](const Doubles& at) { return normalised(shape, affine, at, values[0], values[1]); });
  for (std::size_t i = 0; i < all.size(); ++i)
    check_gradient(
        {parameters},
        [&](const Variable& at) {
          all[i]->variable = at;
          const Variable y = forward(*op, {constant(in.batch(2), x)});
          all[i]->set_value(Tensor::from_host(stream(), {parameters}, narrowed(values[i])));
          return y;
        },
        [&](const Doubles& at) {
          return normalised(shape, affine, widened(x), i == 0 ? at : values[0],
                            i == 1 ? at : values[1]);
        });
}

}  // namespace

TEST_CASE("normalize layer: layer, instance and group norm, their values and derivatives") {
  const ActivationShape picture{3, 2, 6}, flat{1, 1, 12, true};
  // Of each pixel's channels; of all values, with parameters of each; of each channel; of groups of channels.
  check_layer(R"("axes": [2], "affine": [1, 1, 6])", picture, {12, {1, 1, 6}, {1, 1, 1}},
              {{0, 0, 1}, {0, 0, 0}}, 6);
  check_layer(R"("axes": [0, 1, 2], "affine": [3, 2, 6])", picture, {2, {1, 1, 36}, {1, 1, 1}},
              {{0, 0, 1}, {0, 0, 0}}, 36);
  check_layer(R"("axes": [0, 1, 2], "affine": [1, 1, 6])", picture, {2, {1, 6, 6}, {1, 1, 1}},
              {{0, 0, 1}, {0, 0, 0}}, 6);
  check_layer(R"("axes": [0, 1], "affine": [1, 1, 6])", picture, {2, {1, 1, 6}, {1, 1, 6}},
              {{0, 0, 0}, {0, 0, 1}}, 6);
  check_layer(R"("view": [3, 2, 3, 2], "axes": [0, 1, 3], "affine": [1, 1, 3, 2])", picture,
              {2, {1, 6, 2}, {1, 3, 1}}, {{0, 0, 1}, {0, 2, 0}}, 6);
  check_layer(R"("axes": [1], "affine": [1, 2, 1])", picture, {6, {1, 1, 2}, {1, 1, 6}},
              {{0, 0, 1}, {0, 0, 0}}, 2);
  check_layer(R"("axes": [0, 1])", picture, {2, {1, 1, 6}, {1, 1, 6}}, {}, 0);
  check_layer(R"("axes": [0])", flat, {2, {1, 1, 12}, {1, 1, 1}}, {}, 0);
}

TEST_CASE("normalize layer: what does not fit is refused") {
  const ActivationShape picture{3, 2, 6};
  const auto refused = [&](const std::string& keys) {
    return refused_op(R"({"type": "normalize", )" + keys + "}", picture);
  };
  CHECK(refused(R"("epsilon": 1e-5)") ==
        "line: missing key (found none named \"axes\"; expected one)");
  CHECK(refused(R"("axes": [2], "affine": [6])") ==
        "line: affine: wrong value (found an array of 1; expected an array of 3)");
  CHECK(refused(R"("axes": [2], "affine": [1, 1, 3])") ==
        "line: affine[2]: wrong extent (found 3; expected 1 or the view's 6)");
  CHECK(refused(R"("axes": [2], "epsilon": -1)") ==
        "line: epsilon: wrong value (found -1; expected a number from 0 to 1)");
  CHECK(refused(R"("view": [2, 3, 2, 3], "axes": [0, 1, 2, 3], "affine": [1, 3, 1, 3])") ==
        "layer it: too many alternations of axes (found reduced, kept and parameter axes in too "
        "many runs, "
        "or of more than 2^30 values; expected at most three runs of reduced axes)");
}
