// Scores of maps against torch-cam, pytorch-grad-cam, Quantus and captum: numbers of
// scripts/goldens/scores_golden.py, which ran the network of explainer_golden.json in float64.
#include <doctest/doctest.h>

#include <algorithm>

#include "explain/scores/agreement.h"
#include "explain/scores/concentration.h"
#include "explain/scores/linear_imputer.h"
#include "explain/scores/map_scores.h"
#include "explain/scores/stability.h"
#include "runtime/formats/json.h"
#include "tests/support/compare.h"
#include "tests/support/device.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

using Values = std::vector<double>;
constexpr int kSide = 32;

const Json& golden() {
  static const Json json = read_json_file(PELLUCID_TEST_DATA "/scores_golden.json");
  return json;
}

const Json& network() {
  static const Json json = read_json_file(PELLUCID_TEST_DATA "/explainer_golden.json");
  return json["networks"][golden()["network"].get<std::string>()];
}

std::vector<float> floats(const Json& values) { return values.get<std::vector<float>>(); }

std::vector<float> map_of(const std::string& name) { return floats(golden()["maps"][name]); }

Sample picture() {
  Sample sample;
  sample.pixels = network()["pictures"][golden()["picture"].get<std::size_t>()]
                      .get<std::vector<std::uint8_t>>();
  return sample;
}

std::vector<float> plane() { return unit_values(picture().pixels); }

Explanation explanation_of(const std::vector<float>& map, int target) {
  Explanation e;
  e.map = map;
  e.target = target;
  e.height = e.width = kSide;
  return e;
}

Model model() {
  return Model(stream(), network()["description"], network()["seed"].get<std::uint64_t>(),
               "golden");
}

// The greatest difference, of the largest expected value.
double off(const Values& actual, const Values& expected) {
  REQUIRE(actual.size() == expected.size());
  double difference = 0, largest = 0;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    difference = std::max(difference, std::abs(actual[i] - expected[i]));
    largest = std::max(largest, std::abs(expected[i]));
  }
  return difference / largest;
}

Values as_double(const std::vector<float>& values) { return {values.begin(), values.end()}; }

}  // namespace

TEST_CASE("scores golden: deletion and insertion are torch-cam's") {
  if (kSmallShapesOnly) return;
  const Model network = model();
  double worst = 0;
  for (const Json& expected : golden()["curves"]) {
    CAPTURE(expected["map"]);
    CAPTURE(expected["score"]);
    MapScoreOptions options;
    options.steps = golden()["steps"].get<int>();
    options.score = parse_score(expected["score"].get<std::string>());
    options.baseline.value = expected["baseline"].get<double>();
    const Explanation e =
        explanation_of(map_of(expected["map"].get<std::string>()), expected["label"].get<int>());
    const MapScores scores =
        MapScorer(stream(), network, options).scores(picture(), {&e, 1}, nullptr).front();
    const double deletion = off(scores.curves->deletion, expected["deletion"].get<Values>());
    const double insertion = off(scores.curves->insertion, expected["insertion"].get<Values>());
    CHECK(deletion < 1e-5);
    CHECK(insertion < 1e-5);
    CHECK(scores.curves->deletion_auc ==
          doctest::Approx(expected["deletion_auc"].get<double>()).epsilon(1e-5));
    CHECK(scores.curves->insertion_auc ==
          doctest::Approx(expected["insertion_auc"].get<double>()).epsilon(1e-5));
    worst = std::max({worst, deletion, insertion});
  }
  MESSAGE("deletion and insertion (F1): largest difference ", worst);
}

TEST_CASE("scores golden: ROAD's pixels and pictures are pytorch-grad-cam's") {
  if (kSmallShapesOnly) return;
  const Json& expected = golden()["road"];
  const std::vector<float> map = map_of("distinct");
  const Model network = model();
  const Plan plan(stream(), network, Plan::Channels::one);
  const auto label = expected["label"].get<std::size_t>();
  Values whole;
  double worst = 0;
  for (const Relevance order : {Relevance::most_first, Relevance::least_first}) {
    const std::string name = order == Relevance::most_first ? "morf" : "lerf";
    std::vector<float> pictures;
    for (const int percentage : kRoadPercentages) {
      const std::vector<float> imputed =
          impute(plane(), removed_pixels(ranking(map, order), percentage), kSide, kSide, 1);
      pictures.insert(pictures.end(), imputed.begin(), imputed.end());
      if (percentage != 70) continue;
      const double pixels = off(as_double(imputed), expected[name + "_70"].get<Values>());
      MESSAGE("ROAD (F2), ", name, ": largest difference of a pixel ", pixels);
      CHECK(pixels < 1e-6);
    }
    const auto count = static_cast<std::int64_t>(kRoadPercentages.size());
    const std::vector<float> logits =
        plan.logits(Tensor::from_host(stream(), {count, kSide, kSide, 1}, pictures))
            .to_host<float>(stream());
    Values scores;
    for (std::size_t i = 0; i < kRoadPercentages.size(); ++i)
      scores.push_back(logits[i * 3 + label]);
    worst = std::max(worst, off(scores, expected[name].get<Values>()));
  }
  MESSAGE("ROAD: largest difference of a score ", worst);
  CHECK(worst < 1e-5);
  const RoadCurves curves = road_curves(expected["morf"].get<Values>(),
                                        expected["lerf"].get<Values>(), expected["whole"]);
  CHECK(curves.combined == doctest::Approx(expected["combined"].get<double>()).epsilon(1e-9));
}

TEST_CASE("scores golden: concentration and localisation are Quantus's") {
  LesionArea area{kSide, kSide, golden()["mask"].get<std::vector<std::uint8_t>>()};
  double worst = 0;
  for (const auto& [name, expected] : golden()["quantus"].items()) {
    CAPTURE(name);
    const std::vector<float> map = map_of(name);
    const auto close = [&, &figures = expected](const char* key, std::optional<double> value) {
      CAPTURE(key);
      const double difference = std::abs(value.value() - figures[key].get<double>());
      CHECK(difference < 1e-6);
      worst = std::max(worst, difference);
    };
    close("sparseness", sparseness(map));
    close("complexity", complexity(map));
    close("pointing_game", points_into(map, area));
    close("mass_accuracy", mass_accuracy(map, area));
    // Which of equal values numpy's unstable sort takes, no definition says.
    if (name == "distinct") close("rank_accuracy", rank_accuracy(map, area));
  }
  MESSAGE("concentration and localisation (F3): largest difference ", worst);
}

TEST_CASE("scores golden: Spearman is scipy's, sensitivity-max captum's") {
  const Json& ranks = golden()["spearman"];
  const double rank_error = std::abs(spearman(floats(ranks["a"]), floats(ranks["b"])).value() -
                                     ranks["value"].get<double>());
  CHECK(rank_error < 1e-12);

  const Json& expected = golden()["sensitivity"];
  const std::vector<float> x = plane();
  const Values noise = expected["noise"].get<Values>();
  std::vector<float> map;
  double largest = 0;
  for (std::size_t i = 0; i < 64; ++i) {
    const double value = x[i / 8 * kSide + i % 8];
    map.push_back(static_cast<float>(value * value));
  }
  for (std::size_t draw = 0; draw < 3; ++draw) {
    std::vector<float> perturbed;
    for (std::size_t i = 0; i < 64; ++i)
      perturbed.push_back(
          static_cast<float>(std::pow(x[i / 8 * kSide + i % 8] + noise[draw * 64 + i], 2)));
    largest = std::max(largest, relative_change(map, perturbed).value());
  }
  const double sensitivity_error = std::abs(largest - expected["sensitivity_max"].get<double>());
  CHECK(sensitivity_error < 1e-6);
  MESSAGE("Spearman and sensitivity-max (F3): differences ", rank_error, " and ",
          sensitivity_error);
}
