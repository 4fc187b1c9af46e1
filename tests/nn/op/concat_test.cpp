// Concatenation along any axis as a layer.
#include <algorithm>

#include "tests/nn/autograd/check_gradient.h"
#include "tests/nn/op/op_from.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

std::string refused(const std::string& keys, const std::vector<ActivationShape>& shapes) {
  std::vector<Value> inputs;
  for (const ActivationShape& shape : shapes) inputs.push_back(value_of(shape));
  return refused_op(R"({"type": "concat", )" + keys + "}", inputs);
}

// Arrays (outer, extent, inner) joined along the middle one.
Doubles joined(const std::vector<Doubles>& xs, std::size_t outer) {
  Doubles y;
  for (std::size_t o = 0; o < outer; ++o)
    for (const Doubles& x : xs) {
      const auto width = static_cast<std::ptrdiff_t>(x.size() / outer);
      const auto first = x.begin() + static_cast<std::ptrdiff_t>(o) * width;
      y.insert(y.end(), first, first + width);
    }
  return y;
}

}  // namespace

TEST_CASE("concat layer: along each axis of pictures, values and derivative") {
  const std::vector<ActivationShape> others{{5, 4, 3}, {2, 6, 3}, {2, 4, 1}};
  const std::vector<std::string> shapes{"7x4x3", "2x10x3", "2x4x4"};
  const ActivationShape picture{2, 4, 3};
  std::size_t outer = 2;  // images, and the extents before the axis
  for (std::size_t axis = 0; axis < 3; ++axis) {
    CAPTURE(axis);
    const ActivationShape& second = others[axis];
    const auto op = op_from(R"({"type": "concat", "axis": )" + std::to_string(axis) + "}",
                            {value_of(picture), value_of(second)});
    CHECK(op->output().shape.to_string() == shapes[axis]);
    const auto z = random_values(static_cast<std::size_t>(2 * second.count()), 51);
    check_gradient(
        picture.batch(2),
        [&](const Variable& x) {
          return forward(*op, {x, constant(second.batch(2), z)});
        },
        [&](const Doubles& x) {
          return joined({x, widened(z)}, outer);
        });
    outer *= static_cast<std::size_t>(axis == 0 ? 2 : 4);
  }
}

TEST_CASE("concat layer: arrays of other ranks by their views") {
  // (3, 2, 4) and (3, 5, 4) as flat values, the second input twice: (3, 12, 4).
  const Value a = value_of({1, 1, 24, true}), b = value_of({3, 5, 4});
  const auto op =
      op_from(R"({"type": "concat", "views": [[3, 2, 4], [3, 5, 4], [3, 5, 4]], "axis": 1,
                              "output": [144]})",
              {a, b, b});
  CHECK(op->output().shape == ActivationShape{1, 1, 144, true});
  CHECK(op->output().picture == ActivationShape{1, 1, 144, true});
  const auto x = random_values(2 * 24, 52);
  check_gradient(
      {2, 3, 5, 4},
      [&](const Variable& z) {
        return forward(*op, {constant({2, 24}, x), z, z});
      },
      [&](const Doubles& z) {
        return joined({widened(x), z, z}, 2 * 3);
      });
  // Flat features of a picture are taken where it is said how they lie.
  const Value flattened{{1, 1, 12, true}, {2, 2, 3}};
  CHECK(op_from(R"({"type": "concat", "views": [[12], [12]]})", {flattened, flattened})
            ->output()
            .shape.c == 24);
}

TEST_CASE("concat layer: what does not fit is refused") {
  const ActivationShape picture{2, 4, 3}, wider{2, 5, 3}, flat{1, 1, 24, true};
  CHECK(refused(R"("axis": 0)", {picture, wider}) ==
        "layer it: inputs of different sizes (found 2x4x3 and 2x5x3; expected sizes that differ "
        "along "
        "the axis alone)");
  CHECK(refused(R"("axis": 2)", {picture, flat}) ==
        "layer it: inputs of different sizes (found 2x4x3 and 24; expected pictures of one height "
        "and "
        "width, or flat features)");
  CHECK(refused(R"("axis": 3)", {picture, picture}) ==
        "line: axis: wrong value (found 3; expected an integer from 0 to 2)");
  CHECK(refused(R"("views": [[2, 4, 3]])", {picture, picture}) ==
        "line: views: wrong value (found an array of 1; expected an array of 2)");
  CHECK(refused(R"("views": [[2, 4, 3], [8, 3]])", {picture, picture}) ==
        "layer it: views of different ranks (found 3 and 2 axes; expected the same)");
  CHECK(
      refused(R"("views": [[8, 3], [6, 4]])", {picture, picture}) ==
      "layer it: views of different sizes (found input 2 with another extent than the first on an "
      "axis other than 1; expected them to differ there alone)");
  CHECK(refused(R"("views": [[8, 3], [8, 4]])", {picture, picture})
            .starts_with("line: views[1]: wrong view (found 8x4; expected extents whose product is "
                         "the input's 24"));
  CHECK(refused(R"("output": [2, 4, 5])", {picture, picture}) ==
        "line: output: wrong size (found 2x4x5; expected as many values as 2x4x6)");
}
