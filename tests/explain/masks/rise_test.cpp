// RISE: against numbers of scripts/goldens/rise_golden.py, and what holds for any model.
#include "explain/masks/rise.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "runtime/formats/json.h"
#include "tests/explain/golden_networks.h"
#include "tests/explain/surrogate/coalition_games.h"
#include "tests/support/compare.h"
#include "tests/support/device.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

RiseOptions options_for(int samples, std::uint64_t seed = 1) {
  RiseOptions options;
  options.target = {Target::Kind::fixed, 1};
  options.samples = samples;
  options.seed = seed;
  return options;
}

}  // namespace

TEST_CASE("RISE golden: the map is that of the same numbers in NumPy") {
  if (kSmallShapesOnly) return;
  const Json golden = read_json_file(PELLUCID_TEST_DATA "/rise_golden.json");
  double worst = 0;
  for (const Json& expected : golden["cases"]) {
    const std::string name = expected["network"].get<std::string>();
    CAPTURE(name);
    const Model model = golden_model(name);
    RiseOptions options;
    options.target = {Target::Kind::fixed, expected["label"].get<int>()};
    options.score = parse_score(expected["score"].get<std::string>());
    options.samples = expected["samples"].get<int>();
    options.grid = expected["grid"].get<int>();
    options.probability = expected["probability"].get<float>();
    options.seed = expected["seed"].get<std::uint64_t>();
    const Explanation explanation =
        Rise(stream(), model, options)
            .explain(golden_picture(name, expected["picture"].get<std::size_t>()), std::nullopt);
    const auto map = expected["map"].get<std::vector<double>>();
    double greatest = 0;
    for (const double value : map) greatest = std::max(greatest, std::abs(value));
    const double difference =
        greatest_difference({explanation.map.begin(), explanation.map.end()}, map) / greatest;
    CHECK(difference <= 1e-5);
    worst = std::max(worst, difference);
  }
  MESSAGE("greatest difference, of a map's largest value: ", worst);
}

TEST_CASE("RISE of a model that looks at one pixel peaks there") {
  // The score is 8 times the picture's value at (5, 2): with masks that show it or not, the map is its
  // covariance with every pixel's mask, and largest where that is the variance.
  const Json description = parse_json(
      R"({"name": "pixel", "input": [8, 8, 1], "layers": [
           {"type": "flatten"},
           {"type": "linear", "name": "fc1", "outputs": 2}]})",
      "pixel");
  Model model(stream(), description, 1);
  std::vector<float> weight(128);
  weight[64 + 5 * 8 + 2] = 8;
  for (Parameter* parameter : model.parameters())
    if (parameter->initial == Initial::he_uniform)
      parameter->variable.set_value(Tensor::from_host(stream(), {2, 64}, weight));
  Sample sample;
  sample.pixels.bytes().assign(64, 255);
  RiseOptions options = options_for(kSmallShapesOnly ? 200 : 2000);
  options.grid = 4;
  const Explanation explanation = Rise(stream(), model, options).explain(sample, std::nullopt);
  CHECK(explanation.method == "rise");
  CHECK(std::abs(explanation.peak[0] - 5) <= 1);
  CHECK(std::abs(explanation.peak[1] - 2) <= 1);
  // Far from it a pixel's mask says nothing: E[score·mask] / p = 8·p.
  CHECK(explanation.map[63] == doctest::Approx(4).epsilon(0.15));
  CHECK(explanation.map[5 * 8 + 2] > 4.5f);
  CHECK(explanation.shown[static_cast<std::size_t>(explanation.peak[0]) * 8 +
                          static_cast<std::size_t>(explanation.peak[1])] == 1);
}

TEST_CASE("RISE: the same seed gives the same bits, another another map") {
  const Model model = golden_model("small");
  const Sample sample = golden_picture("small", 0);
  const int samples = kSmallShapesOnly ? 3 : 150;  // more than are summed at once
  const auto map_of = [&](std::uint64_t seed) {
    return Rise(stream(), model, options_for(samples, seed)).explain(sample, std::nullopt).map;
  };
  const std::vector<float> map = map_of(3);
  CHECK_SAME_BITS(map_of(3), map);
  CHECK(map_of(4) != map);
}

TEST_CASE("RISE: with every cell on, each pixel is the score of the picture") {
  const Model model = golden_model("small");
  RiseOptions options = options_for(2);
  options.probability = 1;
  const Explanation explanation =
      Rise(stream(), model, options).explain(golden_picture("small", 1), std::nullopt);
  CHECK(explanation.uniform);
  CHECK_CLOSE(explanation.map, std::vector<float>(1024, explanation.prediction.logits[1]), 1e-5, 0);
  CHECK(explanation.details["samples"] == 2);
  CHECK(explanation.stages.size() == 3);
  CHECK(explanation.cost.launches > 0);
  CHECK(explanation.cost.forwards == 3);
}

TEST_CASE("RISE: what it cannot do is refused") {
  Model model = golden_model("small");
  CHECK_THROWS_AS(Rise(stream(), model, options_for(0)), UsageError);
  RiseOptions options = options_for(1);
  options.grid = 33;
  CHECK_THROWS_AS(Rise(stream(), model, options), UsageError);
  Sample wrong;
  wrong.pixels.bytes().assign(9, 0);
  CHECK_THROWS_WITH_AS(Rise(stream(), model, options_for(1)).explain(wrong, std::nullopt),
                       doctest::Contains("a picture of 9 values does not fit"), Error);
  for (Parameter* parameter : model.parameters())
    if (parameter->name == "fc2.bias")
      parameter->variable.set_value(
          Tensor::from_host(stream(), {3}, std::vector<float>{0, INFINITY, 0}));
  CHECK_THROWS_WITH_AS(
      Rise(stream(), model, options_for(1)).explain(golden_picture("small", 0), std::nullopt),
      doctest::Contains("is not finite"), Error);
}
