#include "nn/graph/segmenter.h"

#include <algorithm>

#include "nn/graph/probabilities.h"
#include "nn/plan/predict.h"
#include "runtime/error.h"
#include "tests/support/device.h"
#include "tests/support/random_values.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

const char* const kSegmenter =
    R"({"name": "segmenter", "input": [4, 5, 2], "outputs": "winners", "layers": [
  {"type": "conv2d", "name": "classes", "filters": 3, "kernel": 1}, {"type": "batch_norm"},
  {"type": "winner_sum"}]})";

}  // namespace

TEST_CASE("segmenter: the logits of the places that are asked about") {
  Model model(stream(), parse_json(kSegmenter, "segmenter"), 5);
  model.buffers()[0]->value = Tensor::from_host(stream(), {3}, std::vector<float>{0.5f, -1, 2});
  std::vector<float> mask(20);
  mask[3] = mask[4] = mask[17] = 1;
  const Model masked = masked_segmenter(stream(), model, mask);
  CHECK(masked.outputs() == Outputs::values);
  const Tensor x = Tensor::from_host(stream(), {1, 4, 5, 2}, random_values(40, 6));
  const auto logits =
      model.forward_to(stream(), Variable(x), model.layer_names()[1])[0].value().to_host<float>(
          stream());
  std::vector<float> expected(3), winners(3);
  for (std::size_t p = 0; p < 20; ++p) {
    const float* const at = logits.data() + 3 * p;
    winners[static_cast<std::size_t>(std::max_element(at, at + 3) - at)] +=
        *std::max_element(at, at + 3);
    for (std::size_t k = 0; k < 3; ++k) expected[k] += mask[p] * at[k];
  }
  const auto sums = predict(stream(), masked, x).logits, won = predict(stream(), model, x).logits;
  for (std::size_t k = 0; k < 3; ++k) {
    CHECK(sums[k] == doctest::Approx(expected[k]).epsilon(1e-5));
    CHECK(won[k] == doctest::Approx(winners[k]).epsilon(1e-5));
  }
}

TEST_CASE("segmenter: what cannot be asked") {
  const Model model(stream(), parse_json(kSegmenter, "segmenter"), 5);
  CHECK_THROWS_WITH_AS(masked_segmenter(stream(), model, std::vector<float>(19, 1.0f)),
                       "the places that are asked about: wrong number (found 19; expected 4x5)",
                       Error);
  CHECK_THROWS_WITH_AS(masked_segmenter(stream(), model, std::vector<float>(20)),
                       "the places that are asked about: none (expected at least one)", Error);
  const Model tiny(stream(), load_model_description("tiny"), 1);
  CHECK_THROWS_WITH_AS(masked_segmenter(stream(), tiny, std::vector<float>(20, 1.0f)),
                       "model tiny is no segmenter: it does not say a class of each place", Error);
}

TEST_CASE("segmenter: a class that wins nowhere is not predicted") {
  const std::vector<float> sums{-3, 0, 2};
  CHECK(predicted_class(sums, Outputs::winners) == 0);
  CHECK(predicted_class(sums, Outputs::classes) == 2);
  CHECK(predicted_class(sums, Outputs::values) == 2);

  // All logits are negative, and one class is nobody's.
  Model model(stream(), parse_json(kSegmenter, "segmenter"), 5);
  model.parameters()[0]->set_value(
      Tensor::from_host(stream(), {3, 1, 1, 2}, std::vector<float>(6)));
  model.parameters()[1]->set_value(
      Tensor::from_host(stream(), {3}, std::vector<float>{-9, -1, -2}));
  const Predictions all = predict(
      stream(), model, Tensor::from_host(stream(), {2, 4, 5, 2}, std::vector<float>(80, 0.5f)));
  CHECK(all.predicted == std::vector<std::int32_t>{1, 1});
  CHECK(all.probabilities.empty());
  CHECK(all.logits[0] == 0);
  CHECK(all.logits[1] < 0);
}
