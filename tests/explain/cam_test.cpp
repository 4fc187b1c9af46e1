#include "explain/cam.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "runtime/error.h"
#include "tests/support/compare.h"
#include "tests/support/device.h"
#include "tests/support/random_values.h"

using namespace pellucid;

namespace {

void set_parameter(Model& model, const std::string& name, const std::vector<float>& values) {
  for (Parameter* parameter : model.parameters())
    if (parameter->name == name)
      return parameter->variable.set_value(
          Tensor::from_host(test::stream(), parameter->variable.shape(), values));
  FAIL("no parameter " << name);
}

// Captum's example: the input 0 … 15, two filters of ones, a linear layer of ±1.
Model make_golden_model() {
  const Json description = parse_json(
      R"({"name": "golden", "input": [4, 4, 1], "layers": [
           {"type": "conv2d", "name": "conv1", "filters": 2, "kernel": 3},
           {"type": "relu", "name": "relu1"},
           {"type": "flatten"},
           {"type": "linear", "name": "fc1", "outputs": 4},
           {"type": "relu", "name": "relu2"}]})",
      "golden");
  Model model(test::stream(), description, 0);
  set_parameter(model, "conv1.weight", std::vector<float>(18, 1));
  set_parameter(model, "conv1.bias", {-50, -75});
  // Each of the four outputs: +1 for the first channel's four places and the second's first, −1 for
  // its other three. In memory, inputs go by place, then channel.
  std::vector<float> weight;
  for (int output = 0; output < 4; ++output)
    weight.insert(weight.end(), {1, 1, 1, -1, 1, -1, 1, -1});
  set_parameter(model, "fc1.weight", weight);
  set_parameter(model, "fc1.bias", std::vector<float>(4));
  return model;
}

Tensor golden_input() {
  std::vector<float> values;
  for (int i = 0; i < 16; ++i) values.push_back(static_cast<float>(i));
  return Tensor::from_host(test::stream(), {1, 4, 4, 1}, values);
}

GradCamOptions options_for(const std::string& layer, int label = 0, Score score = Score::logit) {
  GradCamOptions options;
  options.layer = layer;
  options.target = {Target::Kind::fixed, label};
  options.score = score;
  return options;
}

// A small classifier with drawn weights: 12 × 10 × 1, a map of 6 × 5 × 4, three classes.
Model make_random_model() {
  const Json description = parse_json(
      R"({"name": "small", "input": [12, 10, 1], "classes": ["a", "b", "c"], "layers": [
           {"type": "conv2d", "filters": 3, "kernel": 3, "padding": "same"},
           {"type": "relu"},
           {"type": "max_pool2d", "window": 2},
           {"type": "conv2d", "filters": 4, "kernel": 3, "padding": "same"},
           {"type": "relu"},
           {"type": "flatten"},
           {"type": "linear", "outputs": 3}]})",
      "small");
  return Model(test::stream(), description, 5);
}

Tensor random_images(int n) {
  return Tensor::from_host(test::stream(), {n, 12, 10, 1},
                           test::random_values(static_cast<std::size_t>(n) * 120, 31, 0, 1));
}

}  // namespace

TEST_CASE("Grad-CAM of a network worked out by hand") {
  const Model model = make_golden_model();
  SUBCASE("before the ReLU") {
    GradCam cam(test::stream(), model, options_for("conv1"));
    const GradCamMap map = cam.explain(golden_input()).front();
    CHECK(map.logits[0] == 54);
    CHECK_CLOSE(map.weights, (std::vector<float>{0.75f, -0.5f}), 1e-5, 0);
    CHECK_CLOSE(map.raw, (std::vector<float>{11.25f, 13.5f, 20.25f, 22.5f}), 1e-5, 0);
  }
  SUBCASE("after the ReLU") {
    GradCam cam(test::stream(), model, options_for("relu1"));
    const GradCamMap map = cam.explain(golden_input()).front();
    CHECK_CLOSE(map.weights, (std::vector<float>{1, -0.5f}), 1e-5, 0);
    CHECK_CLOSE(map.raw, (std::vector<float>{0, 4, 28, 32.5f}), 1e-5, 0);
    CHECK(map.raw_peak == doctest::Approx(32.5));
    CHECK(map.peak == std::array<int, 2>{3, 3});
    CHECK(map.map.size() == 16);
    CHECK(map.map[0] == doctest::Approx(0));
    CHECK(map.map[5] == doctest::Approx(0.5625 * 0 + 0.1875 * 4 + 0.1875 * 28 + 0.0625 * 32.5));
    CHECK(map.map[15] == doctest::Approx(32.5));
    CHECK(*std::max_element(map.shown.begin(), map.shown.end()) == 1);
    CHECK(*std::min_element(map.shown.begin(), map.shown.end()) == 0);
    CHECK_FALSE(map.uniform);
  }
  SUBCASE("the layer of choice is the last convolution's activation") {
    CHECK(GradCam(test::stream(), model, options_for("")).layer() == "relu1");
  }
}

TEST_CASE("the score may be a probability: its weights follow from those of the logits") {
  const Model model = make_random_model();
  const Tensor x = random_images(1);
  std::vector<std::vector<float>> of_logit;
  std::vector<float> p;
  for (int label = 0; label < 3; ++label) {
    GradCam cam(test::stream(), model, options_for("", label));
    const GradCamMap map = cam.explain(x).front();
    of_logit.push_back(map.weights);
    p = map.probabilities;
  }
  CHECK(p[0] + p[1] + p[2] == doctest::Approx(1));
  for (int label = 0; label < 3; ++label) {
    GradCam cam(test::stream(), model, options_for("", label, Score::probability));
    const std::vector<float> weights = cam.explain(x).front().weights;
    const auto t = static_cast<std::size_t>(label);
    // ∂p_t/∂z_j = p_t (δ_tj − p_j), and the weights are linear in the gradient.
    for (std::size_t k = 0; k < weights.size(); ++k) {
      const double mean = p[0] * of_logit[0][k] + p[1] * of_logit[1][k] + p[2] * of_logit[2][k];
      CHECK(weights[k] ==
            doctest::Approx(p[t] * (of_logit[t][k] - mean)).epsilon(1e-4).scale(1e-3));
    }
  }
}

TEST_CASE("images of a batch are explained as if alone, bit for bit") {
  const Model model = make_random_model();
  const Tensor x = random_images(3);
  GradCamOptions options;
  options.target.kind = Target::Kind::truth;
  GradCam cam(test::stream(), model, options);
  const std::vector<GradCamMap> together = cam.explain(x, {2, 0, 1});
  CHECK(cam.cost().launches > 0);
  CHECK(cam.cost().flops > 0);
  CHECK(cam.cost().peak_bytes > 0);
  CHECK_FALSE(test::stream().launches().enabled());
  for (int i = 0; i < 3; ++i) {
    const int label = std::vector<int>{2, 0, 1}[static_cast<std::size_t>(i)];
    const GradCamMap alone = cam.explain(x.slice(i, 1), {label}).front();
    const GradCamMap& one = together[static_cast<std::size_t>(i)];
    CHECK(one.target == label);
    CHECK_SAME_BITS(one.map, alone.map);
    CHECK_SAME_BITS(one.weights, alone.weights);
    CHECK_SAME_BITS(one.probabilities, alone.probabilities);
    CHECK(one.high == *std::max_element(one.map.begin(), one.map.end()));
  }
}

TEST_CASE("a map without evidence is zero and flagged, never NaN") {
  Model model = make_random_model();
  set_parameter(model, "fc1.weight", std::vector<float>(360));
  GradCam cam(test::stream(), model, options_for("", 1));
  const GradCamMap map = cam.explain(random_images(1)).front();
  CHECK(map.uniform);
  CHECK(std::all_of(map.map.begin(), map.map.end(), [](float v) { return v == 0; }));
  CHECK(std::all_of(map.shown.begin(), map.shown.end(), [](float v) { return v == 0; }));
}

TEST_CASE("weights that have diverged are an error, not a picture") {
  Model model = make_random_model();
  set_parameter(model, "fc1.bias", {0, INFINITY, 0});
  GradCam cam(test::stream(), model, options_for("", 1));
  CHECK_THROWS_AS(cam.explain(random_images(1)), Error);
}

TEST_CASE("what cannot be explained is refused") {
  const Model model = make_random_model();
  CHECK_THROWS_WITH_AS(GradCam(test::stream(), model, options_for("relu9")),
                       "no layer 'relu9' with a feature map, did you mean 'relu1'? "
                       "(known: conv1, relu1, pool1, conv2, relu2)",
                       UsageError);
  CHECK_THROWS_AS(GradCam(test::stream(), model, options_for("fc1")), UsageError);
  GradCam cam(test::stream(), model, options_for(""));
  CHECK_THROWS_AS(cam.explain(golden_input()), Error);
  CHECK_THROWS_AS(cam.explain(random_images(2), {1}), Error);
  GradCamOptions truth;
  truth.target.kind = Target::Kind::truth;
  GradCam unlabelled(test::stream(), model, truth);
  CHECK_THROWS_AS(unlabelled.explain(random_images(1)), Error);
}
