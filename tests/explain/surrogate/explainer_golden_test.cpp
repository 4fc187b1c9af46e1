// From pixels to attributions against lime, shap and captum, with their random streams replayed:
// numbers of scripts/goldens/explainer_golden.py, which ran the same networks in float64.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "explain/activation/cam.h"
#include "explain/surrogate/superpixel_explainer.h"
#include "runtime/formats/json.h"
#include "tests/explain/surrogate/coalition_games.h"
#include "tests/support/device.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

using Values = std::vector<double>;

const Json& golden() {
  static const Json json = read_json_file(PELLUCID_TEST_DATA "/explainer_golden.json");
  return json;
}

// A case's network, picture and label image.
struct Scene {
  explicit Scene(const Json& expected)
      : network(golden()["networks"][expected["network"].get<std::string>()]),
        model(stream(), network["description"], network["seed"].get<std::uint64_t>(), "golden") {
    sample.pixels = network["pictures"][expected["picture"].get<std::size_t>()]
                        .get<std::vector<std::uint8_t>>();
  }

  SuperpixelOptions options(const Json& expected) const {
    SuperpixelOptions o;
    o.score = parse_score(expected["score"].get<std::string>());
    o.segments =
        segments_from_labels(golden()["label_images"][expected["segments"].get<std::string>()]
                                 .get<std::vector<std::int64_t>>(),
                             model.input().h, model.input().w);
    o.samples = expected["samples"].get<int>();
    o.rng = SamplingRng::numpy;
    o.seed = expected["seed"].get<std::uint64_t>();
    return o;
  }

  const Json& network;
  Model model;
  Sample sample;
};

double greatest(const Values& values) {
  double largest = 0;
  for (const double value : values) largest = std::max(largest, std::abs(value));
  return largest;
}

// The strongest superpixels, the first one first.
std::vector<std::size_t> by_strength(const Values& values) {
  std::vector<std::size_t> order(values.size());
  for (std::size_t j = 0; j < order.size(); ++j) order[j] = j;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::abs(values[a]) > std::abs(values[b]);
  });
  return order;
}

// The same five, unless the fifth and the sixth are within 1e-4 of the strongest of each other.
bool same_top_five(const Values& actual, const Values& expected) {
  const auto a = by_strength(actual), b = by_strength(expected);
  if (std::set(a.begin(), a.begin() + 5) == std::set(b.begin(), b.begin() + 5)) return true;
  return std::abs(expected[b[4]]) - std::abs(expected[b[5]]) < 1e-4 * greatest(expected);
}

Json explain_classes(const Scene& scene, const SuperpixelOptions& options, const char* method,
                     Json* details = nullptr) {
  SuperpixelExplainer explainer(stream(), scene.model, options);
  const auto explanations = explainer.explain({&scene.sample, {}}, {method});
  if (details) *details = explanations.front().details;
  return explanations.front().details["classes"];
}

// Small networks, but thousands of masks: too many for a build that runs one small shape a variant.
bool skipped() { return kSmallShapesOnly; }

}  // namespace

TEST_CASE("explainer golden: LIME end to end is lime's") {
  if (skipped()) return;
  double worst = 0;
  for (const Json& expected : golden()["lime"]) {
    const Scene scene(expected);
    SuperpixelOptions options = scene.options(expected);
    options.lime.num_features = expected["num_features"].get<int>();
    const Json classes = explain_classes(scene, options, "lime");
    REQUIRE(classes.size() == expected["beta"].size());
    double off = 0;
    for (std::size_t d = 0; d < classes.size(); ++d) {
      CAPTURE(expected["network"].get<std::string>());
      CAPTURE(options.seed);
      CAPTURE(d);
      const auto beta = expected["beta"][d].get<Values>();
      const auto actual = classes[d]["attributions"].get<Values>();
      off = std::max(off, greatest_difference(actual, beta) / greatest(beta));
      CHECK(greatest_difference(actual, beta) < 1e-4 * greatest(beta));
      CHECK(same_top_five(actual, beta));
      const double intercept = expected["intercept"][d].get<double>();
      CHECK(std::abs(classes[d]["intercept"].get<double>() - intercept) <
            1e-4 * std::max(greatest(beta), std::abs(intercept)));
    }
    MESSAGE(expected["network"].get<std::string>(), ", ", expected["segments"].get<std::string>(),
            ", ", expected["score"].get<std::string>(), ", ", options.lime.num_features,
            " features: greatest difference of a coefficient, of the largest: ", off);
    worst = std::max(worst, off);
  }
  MESSAGE("LIME (B2): greatest of all: ", worst);
}

TEST_CASE("explainer golden: Kernel SHAP end to end is shap's") {
  if (skipped()) return;
  double worst = 0;
  for (const Json& expected : golden()["shap"]) {
    const Scene scene(expected);
    SuperpixelOptions options = scene.options(expected);
    options.shap.l1 = parse_l1(expected["l1"].get<std::string>());
    Json details;
    const Json classes = explain_classes(scene, options, "kernelshap", &details);
    CHECK(details["samples"] == expected["rows"]);
    REQUIRE(classes.size() == expected["phi"].size());
    double off = 0;
    for (std::size_t d = 0; d < classes.size(); ++d) {
      CAPTURE(expected["network"].get<std::string>());
      CAPTURE(options.seed);
      CAPTURE(d);
      const auto phi = expected["phi"][d].get<Values>();
      const auto actual = classes[d]["attributions"].get<Values>();
      for (std::size_t j = 0; j < phi.size(); ++j)
        CHECK((actual[j] == 0) == (phi[j] == 0));  // the same selection
      off = std::max(off, greatest_difference(actual, phi) / greatest(phi));
      CHECK(greatest_difference(actual, phi) < 1e-4 * greatest(phi));
      CHECK(same_top_five(actual, phi));
      const double base = expected["base"][d].get<double>();
      CHECK(std::abs(classes[d]["base"].get<double>() - base) <
            1e-5 * std::max(1.0, std::abs(base)));
    }
    MESSAGE(expected["network"].get<std::string>(), ", ", expected["segments"].get<std::string>(),
            ", ", expected["score"].get<std::string>(), ", l1 ", expected["l1"].get<std::string>(),
            ", ", expected["rows"].get<int>(),
            " masks: greatest difference of a value, of the largest: ", off);
    worst = std::max(worst, off);
  }
  MESSAGE("Kernel SHAP (C2): greatest of all: ", worst);
}

TEST_CASE("explainer golden: Grad-CAM's raw map is captum's") {
  if (skipped()) return;
  CHECK(golden()["networks"]["tiny"]["description"] == load_model_description("tiny"));
  double worst = 0;
  for (const Json& expected : golden()["gradcam"]) {
    const Scene scene(expected);
    const ActivationShape& input = scene.model.input();
    std::vector<float> x;
    for (const std::uint8_t pixel : scene.sample.pixels.bytes())
      x.insert(x.end(), static_cast<std::size_t>(input.c), static_cast<float>(pixel) / 255.0f);
    const Tensor picture = Tensor::from_host(stream(), {1, input.h, input.w, input.c}, x);
    for (std::size_t d = 0; d < expected["maps"].size(); ++d) {
      CamOptions options;
      options.target = {Target::Kind::fixed, static_cast<int>(d)};
      Cam cam(stream(), scene.model, options);
      CHECK(cam.layer() == expected["layer"].get<std::string>());
      const CamMap map = cam.explain(picture).front().maps.front();
      CHECK(map.raw_height == expected["height"].get<int>());
      CHECK(map.raw_width == expected["width"].get<int>());
      const auto raw = expected["maps"][d].get<Values>();
      const double off = greatest_difference({map.raw.begin(), map.raw.end()}, raw);
      CHECK(off <= 1e-5 * greatest(raw));
      if (greatest(raw) > 0) worst = std::max(worst, off / greatest(raw));
    }
  }
  MESSAGE("Grad-CAM (A1): greatest difference, of a map's maximum: ", worst);
}
