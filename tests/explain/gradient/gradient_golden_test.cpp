// Integrated Gradients, SmoothGrad and GradientSHAP against captum's, with the same draws
// (scripts/goldens/gradient_golden.py).
#include <unistd.h>

#include <cmath>
#include <filesystem>

#include "nn/data/source/packed.h"
#include "tests/explain/golden_networks.h"
#include "tests/explain/gradient/method_settings.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

// The three pictures as a packed set, of which GradientSHAP takes its baselines.
std::string pack_pictures(const std::string& name, const ActivationShape& input) {
  Dataset data;
  data.height = input.h;
  data.width = input.w;
  data.channels = input.c;
  data.class_names = {"a", "b", "c"};
  for (std::size_t i = 0; i < 3; ++i) {
    data.train.push_back(golden_picture(name, i));
    data.train.back().id = std::to_string(i);
  }
  const std::filesystem::path file =
      std::filesystem::temp_directory_path() /
      concat("pellucid-baselines-", ::getpid(), "-", name, ".safetensors");
  pack_dataset(data, file);
  return file.string();
}

SettingTexts settings_of(const Json& expected, const std::string& data) {
  const auto text = [&](const char* key) {
    return expected[key].is_string() ? expected[key].get<std::string>() : expected[key].dump();
  };
  const std::string method = expected["method"];
  if (method == "ig")
    return {{"ig_steps", text("steps")},
            {"ig_rule", text("rule")},
            {"ig_baseline", number_text(expected["baseline"].get<double>())}};
  if (method == "smoothgrad")
    return {{"smoothgrad_samples", text("samples")},
            {"smoothgrad_sigma", text("sigma")},
            {"smoothgrad_type", text("type")}};
  return {{"gradientshap_samples", text("samples")},
          {"gradientshap_sigma", text("sigma")},
          {"gradientshap_baselines", text("baselines") == "data" ? data : text("baselines")}};
}

}  // namespace

TEST_CASE("gradient golden: maps are captum's, with the same draws") {
  if (kSmallShapesOnly) return;
  const Json golden = read_json_file(PELLUCID_TEST_DATA "/gradient_golden.json");
  for (const Json& expected : golden["cases"]) {
    const std::string name = expected["network"], method = expected["method"];
    CAPTURE(method);
    CAPTURE(name);
    CAPTURE(expected["picture"].get<int>());
    const Model model = golden_model(name);
    const std::string data = pack_pictures(name, model.input());
    const Explanation found =
        explain_with(model, method, golden_picture(name, expected["picture"].get<std::size_t>()),
                     {.target = {Target::Kind::fixed, expected["label"].get<int>()},
                      .score = parse_score(expected["score"].get<std::string>()),
                      .seed = expected.value("seed", std::uint64_t{0})},
                     settings_of(expected, data))
            .front();
    std::filesystem::remove(data);
    CHECK(found.is_signed == (method != "smoothgrad"));
    const auto map = expected["map"].get<std::vector<double>>();
    REQUIRE(found.map.size() == map.size());
    double largest = 0, worst = 0;
    for (const double value : map) largest = std::max(largest, std::abs(value));
    std::size_t beside =
        0;  // of pixels where rounding put a point onto another piece of the network
    for (std::size_t i = 0; i < map.size(); ++i) {
      const double difference = std::abs(found.map[i] - map[i]) / largest;
      worst = std::max(worst, difference);
      beside += difference > 1e-5;
    }
    CHECK(worst < 1e-3);
    CHECK(static_cast<double>(beside) <= 0.001 * static_cast<double>(map.size()));
    if (method == "ig")
      CHECK(std::abs(found.details["completeness"]["error"].get<double>() -
                     expected["error"].get<double>()) < 1e-6);
  }
}
