// Matmul as a layer: its JSON, shapes, values and derivatives.
#include "kernels/linear/matmul.h"
#include "tests/nn/autograd/check_gradient.h"
#include "tests/nn/op/op_from.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

ActivationShape flat(int count) { return {1, 1, count, true}; }

Doubles product(int b, int m, int n, int k, const Doubles& left, const Doubles& right,
                int b_count) {
  Doubles y(static_cast<std::size_t>(b * m * n));
  matmul_reference(b, m, n, k, left.data(), right.data(), y.data(), b_count, false, false);
  return y;
}

}  // namespace

TEST_CASE("matmul layer: two values and the derivative of either") {
  // 2 images of 3 products (2, 4)·(4, 5), the second factor of each its own or one of an image.
  for (const int own : {3, 1}) {
    const auto op =
        op_from(concat(R"({"type": "matmul", "views": [[3, 2, 4], [)", own, ", 4, 5]]}"),
                {value_of(flat(24)), value_of(flat(own * 20))});
    CHECK(op->output().shape == flat(30));
    CHECK(op->buffers().empty());
    const auto a = random_values(48, 1), b = random_values(static_cast<std::size_t>(own) * 40, 2);
    const auto expected = [&](const Doubles& left, const Doubles& right) {
      return own == 3 ? product(6, 2, 5, 4, left, right, 6) : product(2, 6, 5, 4, left, right, 2);
    };
    check_gradient(
        {2, 24},
        [&](const Variable& x) {
          return forward(*op, {x, constant({2, own * 20}, b)});
        },
        [&](const Doubles& x) { return expected(x, widened(b)); });
    check_gradient(
        {2, own * 20},
        [&](const Variable& x) {
          return forward(*op, {constant({2, 24}, a), x});
        },
        [&](const Doubles& x) { return expected(widened(a), x); });
  }
}

TEST_CASE("matmul layer: by a constant, which is a buffer and not trained") {
  for (const int own : {3, 1}) {
    const auto op =
        op_from(concat(R"({"type": "matmul", "views": [[3, 2, 4]], "constant": [)", own, R"(, 4, 5],
                   "output": [3, 2, 5]})"),
                ActivationShape{3, 2, 4});
    CHECK(op->output().shape == ActivationShape{3, 2, 5});
    CHECK(op->parameters().empty());
    REQUIRE(op->buffers().size() == 1);
    ModelBuffer& buffer = *op->buffers()[0];
    CHECK(buffer.name == "it.constant");
    CHECK(buffer.size == own * 20);
    const auto b = random_values(static_cast<std::size_t>(buffer.size), 3);
    buffer.value = Tensor::from_host(stream(), {buffer.size}, b);
    check_gradient(
        {2, 3, 2, 4}, [&](const Variable& x) { return forward(*op, {x}); },
        [&](const Doubles& x) { return product(6, 2, 5, 4, x, widened(b), own); });
  }
}

TEST_CASE("matmul layer: what does not fit is refused") {
  const auto refused = [](const std::string& keys, int inputs) {
    return refused_op(R"({"type": "matmul", )" + keys + "}",
                      std::vector<Value>(static_cast<std::size_t>(inputs), value_of(flat(24))));
  };
  CHECK(refused(R"("views": [[3, 2, 4]])", 1) ==
        "layer it: wrong inputs (found 1 and no constant; expected two inputs, or one and "
        "\"constant\")");
  CHECK(refused(R"("views": [[3, 2, 4], [3, 4, 2]], "constant": [1, 4, 2])", 2) ==
        "layer it: wrong inputs (found 2 and a constant; expected two inputs, or one and "
        "\"constant\")");
  CHECK(refused(R"("views": [[3, 2, 4], [2, 4, 3]])", 2) ==
        "layer it: factors that do not fit (found 3x2x4 times 2x4x3; expected b x m x k times b x "
        "k x n or "
        "1 x k x n)");
  CHECK(refused(R"("views": [[3, 2, 4], [3, 2, 4]])", 2)
            .starts_with("layer it: factors that do not"));
  CHECK(refused(R"("views": [[6, 4], [4, 6]])", 2) ==
        "line: views[0]: wrong value (found an array of 2; expected an array of 3)");
  CHECK(refused(R"("views": [[3, 2, 5], [3, 4, 2]])", 2).starts_with("line: views[0]: wrong view"));
  CHECK(refused(R"("views": [[3, 2, 4]], "constant": [1, 4, 2], "output": [13])", 1) ==
        "line: output: wrong size (found 13; expected as many values as 12)");
}
