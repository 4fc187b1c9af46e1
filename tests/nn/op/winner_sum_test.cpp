// A segmenter's logits as one score a class: the layer's JSON, values and derivative.
#include "kernels/winner_sum/winner_sum.h"
#include "tests/nn/autograd/check_gradient.h"
#include "tests/nn/op/op_from.h"

using namespace pellucid;
using namespace pellucid::test;

TEST_CASE("winner_sum layer: values and derivative") {
  const ActivationShape picture{3, 5, 4};
  const WinnerSumShape shape{2, 15, 4};
  const auto op = op_from(R"({"type": "winner_sum"})", picture);
  CHECK(op->output().shape == ActivationShape{1, 1, 4, true});
  CHECK(op->buffers().empty());
  // Of random logits none but the largest is within the differences' step of the largest.
  check_gradient(
      picture.batch(2), [&](const Variable& x) { return forward(*op, {x}); },
      [&](const Doubles& x) {
        Doubles y(8);
        std::vector<std::int32_t> winners(30);
        winner_sum_reference(shape, x.data(), nullptr, winners.data(), y.data());
        return y;
      });
}

TEST_CASE("winner_sum layer: the places of a mask, at first all") {
  const ActivationShape picture{3, 5, 4};
  const WinnerSumShape shape{2, 15, 4};
  const auto op = op_from(R"({"type": "winner_sum", "mask": true})", picture);
  REQUIRE(op->buffers().size() == 1);
  ModelBuffer& buffer = *op->buffers()[0];
  CHECK(buffer.name == "it.mask");
  CHECK(buffer.size == 15);
  CHECK(buffer.initial == 1);
  std::vector<float> mask(15);
  for (const std::size_t inside : {0, 4, 7, 8, 14}) mask[inside] = 1;
  buffer.value = Tensor::from_host(stream(), {15}, mask);
  check_gradient(
      picture.batch(2), [&](const Variable& x) { return forward(*op, {x}); },
      [&](const Doubles& x) {
        Doubles y(8);
        winner_sum_reference(shape, x.data(), mask.data(), nullptr, y.data());
        return y;
      });
}

TEST_CASE("winner_sum layer: what does not fit is refused") {
  CHECK(refused_op(R"({"type": "winner_sum"})", ActivationShape{1, 1, 7, true})
            .starts_with("layer it: "));
  CHECK(refused_op(R"({"type": "winner_sum", "mask": 1})", ActivationShape{2, 3, 7})
            .starts_with("line: mask: "));
}
