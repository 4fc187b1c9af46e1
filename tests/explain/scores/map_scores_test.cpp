#include "explain/scores/map_scores.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "explain/scores/linear_imputer.h"
#include "explain/scores/randomization.h"
#include "explain/scores/stability.h"
#include "runtime/error.h"
#include "tests/explain/small_classifier.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

Explanation explanation_of(std::vector<float> map, int target = 1) {
  Explanation e;
  e.uniform = std::all_of(map.begin(), map.end(), [&](float v) { return v == map.front(); });
  e.map = std::move(map);
  e.target = target;
  e.height = e.width = kSide;
  return e;
}

std::vector<float> slope(float per_row, float per_column) {
  std::vector<float> map;
  for (int y = 0; y < kSide; ++y)
    for (int x = 0; x < kSide; ++x)
      map.push_back(per_row * static_cast<float>(y) + per_column * static_cast<float>(x));
  return map;
}

// A network whose only score is the sum of the pixels: the curves are known.
Model sum_of_pixels() {
  const Json description = parse_json(R"({"name": "sum", "input": [28, 28, 1], "layers": [
      {"type": "flatten"}, {"type": "linear", "outputs": 1}]})",
                                      "sum");
  Model model(stream(), description, 0);
  model.parameters()[0]->set_value(Tensor::from_host(
      stream(), model.parameters()[0]->memory_shape(), std::vector<float>(kSide * kSide, 1.0f)));
  return model;
}

}  // namespace

TEST_CASE("perturbation curves of a sum of pixels follow the pixels removed") {
  const Model model = sum_of_pixels();
  Sample sample;
  sample.pixels.bytes().assign(kSide * kSide, 255);
  MapScoreOptions options;
  options.steps = 28;
  const std::vector<Explanation> maps = {explanation_of(slope(1, 0), 0),
                                         explanation_of(slope(-1, 3), 0)};
  // Equal pixels: whatever the map, the score falls and grows with the share.
  for (const MapScores& s : MapScorer(stream(), model, options).scores(sample, maps, nullptr)) {
    REQUIRE(s.curves->deletion.size() == 29);
    for (std::size_t k = 0; k <= 28; ++k) {
      CHECK(s.curves->deletion[k] == static_cast<double>(kSide * (28 - k)));
      CHECK(s.curves->insertion[k] == static_cast<double>(kSide * k));
    }
    CHECK(s.curves->deletion_auc == doctest::Approx(392));
    CHECK(s.curves->insertion_auc == doctest::Approx(392));
    CHECK(s.forwards == 2 * 28 + 18);
    // An evenly white picture is imputed as it was, but for the noise.
    CHECK(std::abs(s.road->mean_morf) < 1);
    CHECK(s.road->morf.size() == 9);
  }
  // Only the upper half shines: a map that says so loses the score at once.
  for (std::size_t i = kSide * kSide / 2; i < sample.pixels.size(); ++i)
    sample.pixels.bytes()[i] = 0;
  const std::vector<Explanation> best = {explanation_of(slope(-1, 0), 0)},
                                 worst = {explanation_of(slope(1, 0), 0)};
  const MapScores good = MapScorer(stream(), model, options).scores(sample, best, nullptr)[0];
  const MapScores bad = MapScorer(stream(), model, options).scores(sample, worst, nullptr)[0];
  CHECK(good.curves->deletion_auc == doctest::Approx(392.0 / 4));
  CHECK(good.curves->insertion_auc == doctest::Approx(392.0 * 3 / 4));
  CHECK(bad.curves->deletion_auc == doctest::Approx(392.0 * 3 / 4));
  CHECK(good.road->combined > 0);
  CHECK(bad.road->combined == doctest::Approx(-good.road->combined).epsilon(0.05));
}

TEST_CASE("a map's scores depend neither on the maps beside it nor on its scale") {
  const Model model = make_model();
  const std::vector<Explanation> three = {explanation_of(slope(1, 2)), explanation_of(slope(0, 0)),
                                          explanation_of(slope(-3, 1), 2)};
  MapScorer scorer(stream(), model, {});
  const LesionArea area = area_of_circle({20, 10, 6}, kSide, kSide);
  const std::vector<MapScores> together = scorer.scores(make_picture(), three, &area);
  const MapScores alone = scorer.scores(make_picture(), {&three[2], 1}, &area)[0];
  CHECK_SAME_BITS(alone.curves->deletion, together[2].curves->deletion);
  CHECK_SAME_BITS(alone.curves->insertion, together[2].curves->insertion);
  CHECK_SAME_BITS(alone.road->morf, together[2].road->morf);
  CHECK_SAME_BITS(alone.road->lerf, together[2].road->lerf);
  CHECK(together[0].curves->deletion != together[2].curves->deletion);

  // Twice the map; ROAD's noise is that of the seed.
  const std::vector<Explanation> twice = {explanation_of(slope(-6, 2), 2)};
  const MapScores larger = scorer.scores(make_picture(), twice, &area)[0];
  CHECK_SAME_BITS(larger.curves->deletion, alone.curves->deletion);
  CHECK_SAME_BITS(larger.road->morf, alone.road->morf);
  CHECK(larger.mass_accuracy.value() == doctest::Approx(alone.mass_accuracy.value()));
  MapScoreOptions other;
  other.seed = 1;
  CHECK(MapScorer(stream(), model, other).scores(make_picture(), twice, &area)[0].road->morf !=
        alone.road->morf);

  // A uniform map has no order, and points nowhere.
  const MapScores& uniform = together[1];
  CHECK_FALSE(uniform.curves.has_value());
  CHECK_FALSE(uniform.road.has_value());
  CHECK(uniform.pointing_game == false);
  CHECK_FALSE(uniform.mass_accuracy.has_value());
  CHECK_FALSE(uniform.sparseness.has_value());  // all 0
  CHECK(uniform.forwards == 0);
  CHECK_FALSE(scorer.scores(make_picture(), twice, nullptr)[0].pointing_game.has_value());
}

TEST_CASE("maps that are not finite and baselines that no pixel has are refused") {
  const Model model = make_model();
  std::vector<float> map = slope(1, 2);
  map[7] = std::numeric_limits<float>::quiet_NaN();
  const std::vector<Explanation> broken = {explanation_of(map)};
  CHECK_THROWS_AS(MapScorer(stream(), model, {}).scores(make_picture(), broken, nullptr), Error);
  MapScoreOptions options;
  options.baseline.kind = Fill::Kind::segment_mean;
  CHECK_THROWS_AS(MapScorer(stream(), model, options), UsageError);
}

TEST_CASE("sensitivity-max: within the radius, and 0 for what does not look") {
  const Sample sample = make_picture();
  int largest = 0;
  for (int draw = 0; draw < 3; ++draw) {
    const Sample near = perturbed_sample(sample, kSensitivityRadius, 4, draw);
    for (std::size_t i = 0; i < near.pixels.size(); ++i)
      largest = std::max(largest, std::abs(near.pixels[i] - sample.pixels[i]));
  }
  CHECK(largest == 5);
  CHECK(perturbed_sample(sample, kSensitivityRadius, 4, 0).pixels !=
        perturbed_sample(sample, kSensitivityRadius, 4, 1).pixels);

  // Of 16 bits the radius is a share of white as well, and what is white stays in range.
  Sample deep;
  deep.pixels = Pixels(Pixels::Words(500, 65535), 65535);
  const Sample dimmed = perturbed_sample(deep, kSensitivityRadius, 4, 0);
  int lowest = 65535;
  for (std::size_t i = 0; i < dimmed.pixels.size(); ++i)
    lowest = std::min(lowest, dimmed.pixels[i]);
  CHECK(lowest >= 65535 - 1310);
  CHECK(lowest < 65535 - 1200);
  CHECK(dimmed.pixels.white() == 65535);

  const auto constant = [](const Sample&) {
    return std::vector<Explanation>{explanation_of(slope(1, 2))};
  };
  const std::vector<Explanation> maps = constant(sample);
  CHECK(sensitivity_max(sample, maps, 2, 0, constant)[0].maximum == 0.0);
  // The picture itself as its map: the noise's norm over the picture's.
  const auto itself = [](const Sample& s) {
    return std::vector<Explanation>{
        explanation_of({s.pixels.bytes().begin(), s.pixels.bytes().end()})};
  };
  const std::vector<Explanation> pictures = itself(sample);
  double expected = 0;
  for (int draw = 0; draw < 4; ++draw) {
    double change = 0, norm = 0;
    const Sample near = perturbed_sample(sample, kSensitivityRadius, 9, draw);
    for (std::size_t i = 0; i < near.pixels.size(); ++i) {
      change += std::pow(near.pixels[i] - sample.pixels[i], 2);
      norm += std::pow(sample.pixels[i], 2);
    }
    expected = std::max(expected, std::sqrt(change / norm));
  }
  CHECK(sensitivity_max(sample, pictures, 4, 9, itself)[0].maximum.value() ==
        doctest::Approx(expected).epsilon(1e-6));
  CHECK_FALSE(relative_change(slope(0, 0), slope(1, 0)).has_value());
  CHECK_THROWS_AS(relative_change(slope(1, 0), std::vector<float>{1}), Error);
}

TEST_CASE("cascading randomisation draws the layers anew, the last one first") {
  const Model model = make_model();
  const auto values = [](const Model& m, std::size_t i) {
    return m.parameters()[i]->variable.value().to_host<float>(stream());
  };
  std::vector<std::string> layers;
  std::vector<float> last_drawn;
  randomize_cascading(stream(), model, 8, [&](const std::string& layer, const Model& mixed) {
    layers.push_back(layer);
    const std::size_t first_new = model.parameters().size() - 2 * layers.size();
    for (std::size_t i = 0; i < model.parameters().size(); ++i) {
      CAPTURE(i);
      const bool bias = model.parameters()[i]->initial == Initial::zeros;  // 0, drawn or not
      CHECK((values(mixed, i) == values(model, i)) == (i < first_new || bias));
    }
    if (layers.size() == 1) last_drawn = values(mixed, 4);
    CHECK(values(mixed, 4) == last_drawn);
  });
  CHECK(layers == std::vector<std::string>{"fc1", "conv2", "conv1"});

  // A map of the weights changes with them, one of the picture does not.
  const auto explain = [&](const Model& m) {
    const std::vector<float> weights = values(m, 0);
    std::vector<float> map = slope(1, 2);
    for (std::size_t i = 0; i < map.size(); ++i) map[i] = weights[i % weights.size()];
    return std::vector<Explanation>{explanation_of(map), explanation_of(slope(1, 2))};
  };
  const auto found = weight_dependence(stream(), model, 3, explain(model), explain);
  REQUIRE(found[0].spearman.size() == 3);
  CHECK(found[0].spearman[0] == std::pair<std::string, std::optional<double>>{"fc1", 1.0});
  CHECK(std::abs(found[0].spearman[2].second.value()) < kFollowsWeightsBound);
  CHECK(found[1].spearman[2].second.value() == doctest::Approx(1));
}
