// Class activation maps against pytorch-grad-cam, torch-cam, OmniXAI and captum: numbers of
// scripts/goldens/cam_golden.py, which ran the networks of explainer_golden.json in float64.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "explain/activation/layered_cam.h"
#include "runtime/formats/json.h"
#include "tests/explain/golden_networks.h"
#include "tests/explain/surrogate/coalition_games.h"
#include "tests/support/device.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

using Values = std::vector<double>;

const Json& golden() {
  static const Json json = read_json_file(PELLUCID_TEST_DATA "/cam_golden.json");
  return json;
}

double greatest(const Values& values) {
  double largest = 0;
  for (const double value : values) largest = std::max(largest, std::abs(value));
  return largest;
}

Model model_of(const Json& expected) {
  return golden_model(expected["network"].get<std::string>());
}

Tensor picture_of(const Json& expected, const Model& model) {
  const Sample sample = golden_picture(expected["network"].get<std::string>(),
                                       expected["picture"].get<std::size_t>());
  std::vector<float> x;
  for (const float value : unit_values(sample.pixels))
    x.insert(x.end(), static_cast<std::size_t>(model.input().c), value);
  return Tensor::from_host(stream(), model.input().batch(1), x);
}

CamOptions options_of(const Json& expected, const std::string& compat, bool relu) {
  CamOptions options;
  options.methods = cam_methods();
  options.layer = expected["layer"].get<std::string>();
  options.target = {Target::Kind::fixed, expected["label"].get<int>()};
  options.score = parse_score(expected["score"].get<std::string>());
  options.relu = relu;
  options.compat = parse_cam_compat(compat);
  if (!options.compat.plus_plus) std::erase(options.methods, CamMethod::gradcam_plus_plus);
  return options;
}

// All methods of a case's picture, under the settings of a library.
CamExplanation explain(const Json& expected, const std::string& compat, bool relu) {
  const Model model = model_of(expected);
  return Cam(stream(), model, options_of(expected, compat, relu))
      .explain(picture_of(expected, model))
      .front();
}

const CamMap& map_of(const CamExplanation& explanation, std::string_view method) {
  return *std::find_if(explanation.maps.begin(), explanation.maps.end(),
                       [&](const CamMap& map) { return to_string(map.method) == method; });
}

// The greatest difference, of the expected map's largest value.
double off(const std::vector<float>& actual, const Values& expected) {
  return greatest_difference({actual.begin(), actual.end()}, expected) / greatest(expected);
}

double correlation(const std::vector<float>& a, const Values& b) {
  double sum_a = 0, sum_b = 0, products = 0, squares_a = 0, squares_b = 0;
  const auto n = static_cast<double>(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum_a += a[i];
    sum_b += b[i];
    products += a[i] * b[i];
    squares_a += double{a[i]} * a[i];
    squares_b += b[i] * b[i];
  }
  return (n * products - sum_a * sum_b) /
         std::sqrt((n * squares_a - sum_a * sum_a) * (n * squares_b - sum_b * sum_b));
}

// The sign that Eigen-CAM has here: the largest value is positive.
Values turned(Values values) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  if (-*low > *high)
    for (double& value : values) value = -value;
  return values;
}

// Ablation-CAM's and Score-CAM's weights come of scores, which pytorch-grad-cam takes in float32.
double tolerance_of(const std::string& method) {
  return method == "gradcam++" || method == "ablationcam" || method == "scorecam" ? 1e-4 : 1e-5;
}

}  // namespace

TEST_CASE("CAM golden: raw maps are pytorch-grad-cam's and captum's") {
  if (kSmallShapesOnly) return;
  std::map<std::string, double> worst;
  for (const Json& expected : golden()["cases"]) {
    const CamExplanation explanation = explain(expected, "pgc", /*relu=*/false);
    for (const auto& [method, values] : expected["raw"].items()) {
      CAPTURE(method);
      CAPTURE(expected["network"].get<std::string>());
      auto raw = values.get<Values>();
      if (method == "eigencam") raw = turned(raw);
      const double difference = off(map_of(explanation, method).raw, raw);
      CHECK(difference <= tolerance_of(method));
      worst[method] = std::max(worst[method], difference);
    }
    if (expected.contains("captum"))
      CHECK(off(map_of(explanation, "gradcam").raw, expected["captum"].get<Values>()) <= 1e-5);
  }
  for (const auto& [method, difference] : worst)
    MESSAGE(method, ": greatest difference, of a map's largest value: ", difference);
}

TEST_CASE("CAM golden: Eigen-CAM is numpy's singular value decomposition") {
  if (kSmallShapesOnly) return;
  for (const Json& expected : golden()["cases"]) {
    REQUIRE(expected["sigma_ratio"].get<double>() > 1.05);
    const CamExplanation explanation = explain(expected, "paper", /*relu=*/false);
    const CamMap& map = map_of(explanation, "eigencam");
    CHECK(std::abs(correlation(map.raw, expected["raw"]["eigencam"].get<Values>())) >= 0.9999);
    CHECK(map.share > 0);
    CHECK(map.residual <= 1e-7f);
  }
}

TEST_CASE("CAM golden: Grad-CAM++ in the forms of other libraries") {
  if (kSmallShapesOnly) return;
  std::map<std::string, double> worst;
  for (const Json& expected : golden()["cases"])
    for (const auto& [compat, values] : expected["forms"].items()) {
      CAPTURE(compat);
      const CamExplanation explanation = explain(expected, compat, /*relu=*/false);
      const double difference = off(map_of(explanation, "gradcam++").raw, values.get<Values>());
      // tf-keras-vis' sum of α runs over negative gradients too, where α has a pole at G = −2 / Σ A:
      // what lies near it is ill-conditioned.
      CHECK(difference <= (compat == "tf-keras-vis" ? 1e-3 : 1e-4));
      worst[compat] = std::max(worst[compat], difference);
    }
  for (const auto& [compat, difference] : worst)
    MESSAGE(compat, ": greatest difference, of a map's largest value: ", difference);
}

TEST_CASE("CAM golden: enlarged and stretched maps are pytorch-grad-cam's") {
  if (kSmallShapesOnly) return;
  int compared = 0;
  double worst = 0;
  for (const Json& expected : golden()["cases"]) {
    const CamExplanation explanation = explain(expected, "pgc", /*relu=*/true);
    for (const auto& [method, values] : expected["shown"].items()) {
      CAPTURE(method);
      const double difference = off(map_of(explanation, method).shown, values.get<Values>());
      CHECK(difference <= tolerance_of(method));
      worst = std::max(worst, difference);
      ++compared;
    }
  }
  CHECK(compared >= 5);
  MESSAGE("greatest difference: ", worst);
}

TEST_CASE("CAM golden: Score-CAM as torch-cam has it") {
  if (kSmallShapesOnly) return;
  double worst = 0, between = 0;
  for (const Json& expected : golden()["cases"]) {
    if (!expected.contains("torchcam")) continue;
    const CamExplanation explanation = explain(expected, "torch-cam", /*relu=*/true);
    const auto raw = expected["torchcam"].get<Values>();
    const double difference = off(map_of(explanation, "scorecam").raw, raw);
    CHECK(difference <= 1e-4);
    worst = std::max(worst, difference);
    between = std::max(between, off(map_of(explain(expected, "pgc", true), "scorecam").raw, raw));
  }
  MESSAGE("greatest difference, of a map's largest value: ", worst,
          "; of pytorch-grad-cam's form: ", between);
}

TEST_CASE("CAM golden: the mean over several layers is pytorch-grad-cam's") {
  if (kSmallShapesOnly) return;
  double worst = 0;
  int compared = 0;
  for (const Json& expected : golden()["cases"]) {
    if (!expected.contains("several")) continue;
    const Json& several = expected["several"];
    const Model model = model_of(expected);
    const auto layers = several["layers"].get<std::vector<std::string>>();
    LayeredCam cam(stream(), model, options_of(expected, "pgc", /*relu=*/true), layers);
    CHECK(cam.layers() == "relu1,relu2");
    for (const Explanation& explanation : cam.explain(picture_of(expected, model), {})) {
      if (!several.contains(explanation.method)) continue;
      CAPTURE(explanation.method);
      const double difference = off(explanation.shown, several[explanation.method].get<Values>());
      CHECK(difference <= tolerance_of(explanation.method));
      worst = std::max(worst, difference);
      ++compared;
      REQUIRE(explanation.details["layers"].size() == 2);
      const Json& second = explanation.details["layers"][1];
      CHECK(second["layer"] == "relu2");
      CHECK(second["raw_map"]["values"].size() ==
            second["raw_map"]["height"].get<std::size_t>() *
                second["raw_map"]["width"].get<std::size_t>());
      CHECK(second.contains("channel_weights") == explanation.method.starts_with("grad"));
    }
  }
  CHECK(compared == 4);
  MESSAGE("greatest difference: ", worst);
}

TEST_CASE("a layer that comes twice is refused, one is as it is by itself") {
  const Json& expected = golden()["cases"][0];
  const Model model = model_of(expected);
  CamOptions options = options_of(expected, "paper", true);
  options.methods = {CamMethod::layercam};
  CHECK_THROWS_WITH_AS(LayeredCam(stream(), model, options, {"relu1", "conv1", "relu1"}),
                       "--layer names relu1 twice", UsageError);
  CHECK_THROWS_AS(LayeredCam(stream(), model, options, {"relu1", "relu9"}), UsageError);
  LayeredCam one(stream(), model, options, {});
  CHECK(one.layers() == "relu2");
  CHECK(one.explain(picture_of(expected, model), {}).front().details["layer"] == "relu2");
}
