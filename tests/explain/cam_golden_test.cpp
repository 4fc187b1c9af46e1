// Class activation maps against pytorch-grad-cam and captum: numbers of scripts/goldens/cam_golden.py,
// which ran the networks of explainer_golden.json in float64.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "explain/cam.h"
#include "nn/json.h"
#include "tests/explain/coalition_games.h"
#include "tests/support/device.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

using Values = std::vector<double>;

const Json& networks() {
  static const Json json = read_json_file(PELLUCID_TEST_DATA "/explainer_golden.json");
  return json["networks"];
}

const Json& golden() {
  static const Json json = read_json_file(PELLUCID_TEST_DATA "/cam_golden.json");
  return json;
}

double greatest(const Values& values) {
  double largest = 0;
  for (const double value : values) largest = std::max(largest, std::abs(value));
  return largest;
}

// All methods of a case's picture, under the settings of a library.
CamExplanation explain(const Json& expected, const std::string& compat, bool relu) {
  const Json& network = networks()[expected["network"].get<std::string>()];
  const Model model(stream(), network["description"], network["seed"].get<std::uint64_t>(),
                    "golden");
  std::vector<float> x;
  for (const std::uint8_t pixel :
       network["pictures"][expected["picture"].get<std::size_t>()].get<std::vector<std::uint8_t>>())
    x.insert(x.end(), static_cast<std::size_t>(model.input().c),
             static_cast<float>(pixel) / 255.0f);
  CamOptions options;
  options.methods = cam_methods();
  options.layer = expected["layer"].get<std::string>();
  options.target = {Target::Kind::fixed, expected["label"].get<int>()};
  options.score = parse_score(expected["score"].get<std::string>());
  options.relu = relu;
  options.compat = parse_cam_compat(compat);
  Cam cam(stream(), model, options);
  return cam.explain(Tensor::from_host(stream(), model.input().batch(1), x)).front();
}

const CamMap& map_of(const CamExplanation& explanation, const std::string& method) {
  return *std::find_if(explanation.maps.begin(), explanation.maps.end(),
                       [&](const CamMap& map) { return to_string(map.method) == method; });
}

// The greatest difference, of the expected map's largest value.
double off(const std::vector<float>& actual, const Values& expected) {
  return greatest_difference({actual.begin(), actual.end()}, expected) / greatest(expected);
}

// Ablation-CAM's weights are differences of scores, which pytorch-grad-cam takes in float32.
double tolerance_of(const std::string& method) {
  return method == "gradcam++" || method == "ablationcam" ? 1e-4 : 1e-5;
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
      const auto raw = values.get<Values>();
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
