#include "explain/activation/cam_explanation.h"

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

CamOptions options_for(const std::string& layer, int label = 0, Score score = Score::logit) {
  CamOptions options;
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
    Cam cam(test::stream(), model, options_for("conv1"));
    const CamExplanation explanation = cam.explain(golden_input()).front();
    const CamMap& map = explanation.maps.front();
    CHECK(explanation.logits[0] == 54);
    CHECK_CLOSE(map.weights, (std::vector<float>{0.75f, -0.5f}), 1e-5, 0);
    CHECK_CLOSE(map.raw, (std::vector<float>{11.25f, 13.5f, 20.25f, 22.5f}), 1e-5, 0);
  }
  SUBCASE("after the ReLU") {
    Cam cam(test::stream(), model, options_for("relu1"));
    const CamExplanation explanation = cam.explain(golden_input()).front();
    const CamMap& map = explanation.maps.front();
    CHECK_CLOSE(map.weights, (std::vector<float>{1, -0.5f}), 1e-5, 0);
    CHECK_CLOSE(map.raw, (std::vector<float>{0, 4, 28, 32.5f}), 1e-5, 0);
    CHECK(map.raw_peak == doctest::Approx(32.5));
    CHECK(map.map.size() == 16);
    CHECK(map.map[0] == doctest::Approx(0));
    CHECK(map.map[5] == doctest::Approx(0.5625 * 0 + 0.1875 * 4 + 0.1875 * 28 + 0.0625 * 32.5));
    CHECK(map.map[15] == doctest::Approx(32.5));
    CHECK(*std::max_element(map.shown.begin(), map.shown.end()) == 1);
    CHECK(*std::min_element(map.shown.begin(), map.shown.end()) == 0);
    const Explanation finished = explanations_of(cam, explanation).front();
    CHECK(finished.peak == std::array<int, 2>{3, 3});
    CHECK(finished.high == doctest::Approx(32.5));
    CHECK_FALSE(finished.uniform);
  }
  SUBCASE("the layer of choice is the last convolution's activation") {
    CHECK(Cam(test::stream(), model, options_for("")).layer() == "relu1");
  }
}

TEST_CASE("the score may be a probability: its weights follow from those of the logits") {
  const Model model = make_random_model();
  const Tensor x = random_images(1);
  std::vector<std::vector<float>> of_logit;
  std::vector<float> p;
  for (int label = 0; label < 3; ++label) {
    Cam cam(test::stream(), model, options_for("", label));
    const CamExplanation explanation = cam.explain(x).front();
    of_logit.push_back(explanation.maps.front().weights);
    p = explanation.probabilities;
  }
  CHECK(p[0] + p[1] + p[2] == doctest::Approx(1));
  for (int label = 0; label < 3; ++label) {
    Cam cam(test::stream(), model, options_for("", label, Score::probability));
    const std::vector<float> weights = cam.explain(x).front().maps.front().weights;
    const auto t = static_cast<std::size_t>(label);
    // ∂p_t/∂z_j = p_t (δ_tj − p_j), and the weights are linear in the gradient.
    for (std::size_t k = 0; k < weights.size(); ++k) {
      const double mean = p[0] * of_logit[0][k] + p[1] * of_logit[1][k] + p[2] * of_logit[2][k];
      CHECK(weights[k] ==
            doctest::Approx(p[t] * (of_logit[t][k] - mean)).epsilon(1e-4).scale(1e-3));
    }
  }
}

TEST_CASE("a probability that rounds to 1 still has a gradient") {
  Model model = make_random_model();
  const Tensor x = random_images(1);
  std::vector<float> of_logit[2];
  for (const int certain : {0, 1}) {
    set_parameter(model, "fc1.bias", {certain ? 40.0f : 0.0f, 0, 0});
    Cam cam(test::stream(), model, options_for("", 0, Score::probability));
    const CamExplanation explanation = cam.explain(x).front();
    CHECK((explanation.probabilities[0] == 1) == (certain == 1));
    of_logit[certain] = explanation.maps.front().weights;
    // p ≈ 1: ∂p/∂z_j = −p_j, of the others. e^-40 of the uncertain model's order.
    for (const float weight : of_logit[certain]) {
      CHECK(weight != 0);
      if (certain) CHECK(std::abs(weight) < 1e-14);
    }
  }
}

TEST_CASE("score_gradient is the softmax's derivative") {
  const std::vector<float> logits{1, -2, 0.5f};
  const auto p = [&](std::vector<double> z, std::size_t t) {
    return std::exp(z[t]) / (std::exp(z[0]) + std::exp(z[1]) + std::exp(z[2]));
  };
  for (std::size_t t = 0; t < 3; ++t) {
    std::vector<float> one_hot(3);
    one_hot[t] = 1;
    CHECK(score_gradient(logits, static_cast<int>(t), Score::logit) == one_hot);
    const auto gradient = score_gradient(logits, static_cast<int>(t), Score::probability);
    for (std::size_t j = 0; j < 3; ++j) {
      std::vector<double> more(logits.begin(), logits.end()), less = more;
      more[j] += 1e-5;
      less[j] -= 1e-5;
      CHECK(gradient[j] == doctest::Approx((p(more, t) - p(less, t)) / 2e-5).epsilon(1e-6));
    }
  }
  // The same for a difference: e^-40 − e^-50, of two probabilities that are 1 in double.
  CHECK(score_difference(std::vector<float>{50, 0}, std::vector<float>{40, 0}, 0,
                         Score::probability) ==
        doctest::Approx(std::exp(-40.0) - std::exp(-50.0)).epsilon(1e-6).scale(0));
  CHECK(score_difference(std::vector<float>{1, 0}, std::vector<float>{-3, 0}, 0, Score::logit) ==
        4);
  // 1 − p = e^-50, which neither float nor double tells from a p of 1.
  const std::vector<float> certain{50, 0};
  CHECK(score_gradient(certain, 0, Score::probability)[0] ==
        doctest::Approx(std::exp(-50.0)).epsilon(1e-6).scale(0));
}

TEST_CASE("images of a batch and methods together are explained as if alone, bit for bit") {
  Model model = make_random_model();
  model.set_requires_gradient(false);  // else backward passes add to the one before
  const Tensor x = random_images(3);
  CamOptions options;
  options.methods = cam_methods();
  options.target.kind = Target::Kind::truth;
  Cam cam(test::stream(), model, options);
  const std::vector<CamExplanation> together = cam.explain(x, {2, 0, 1});
  CHECK(cam.cost().launches > 0);
  CHECK(cam.cost().flops > 0);
  CHECK(cam.cost().peak_bytes > 0);
  const int channels = model.shape(cam.layer()).c;
  CHECK(cam.cost().forwards == 3 + 2 * 3 * channels);  // Ablation-CAM's and Score-CAM's
  CHECK_FALSE(test::stream().launches().enabled());
  for (std::size_t m = 0; m < options.methods.size(); ++m) {
    CAPTURE(to_string(options.methods[m]));
    CamOptions one_method = options;
    one_method.methods = {options.methods[m]};
    Cam alone(test::stream(), model, one_method);
    for (int i = 0; i < 3; ++i) {
      const int label = std::vector<int>{2, 0, 1}[static_cast<std::size_t>(i)];
      const CamExplanation single = alone.explain(x.slice(i, 1), {label}).front();
      const CamExplanation& one = together[static_cast<std::size_t>(i)];
      REQUIRE(one.maps.size() == options.methods.size());
      const CamMap &map = one.maps[m], &expected = single.maps.front();
      CHECK(one.target == label);
      CHECK(map.method == options.methods[m]);
      CHECK_SAME_BITS(map.map, expected.map);
      CHECK_SAME_BITS(map.weights, expected.weights);
      CHECK_SAME_BITS(one.probabilities, single.probabilities);
      CHECK(map.weights.empty() ==
            (map.method == CamMethod::hirescam || map.method == CamMethod::layercam));
    }
  }
}

TEST_CASE("methods that need the gradient share a forward pass, a backward pass and a kernel") {
  Model model = make_random_model();
  model.set_requires_gradient(false);
  const auto launches = [&](const std::vector<CamMethod>& methods) {
    CamOptions options;
    options.methods = methods;
    Cam cam(test::stream(), model, options);
    cam.explain(random_images(2));
    return cam.cost().launches;
  };
  std::vector<CamMethod> differentiating;
  for (const CamMethod method : cam_methods())
    if (gradient_cam_of(method)) differentiating.push_back(method);
  CHECK(differentiating.size() == kGradientCams);
  CHECK(launches(differentiating) == launches({CamMethod::hirescam}));
  // Grad-CAM alone is spread over the device in three launches; on the cpu it is one loop.
  const int more = test::device() == DeviceKind::cpu ? 0 : 2;
  CHECK(launches({CamMethod::gradcam}) == launches(differentiating) + more);
}

TEST_CASE("Ablation-CAM of a network worked out by hand") {
  // Behind the ReLU: channel 0 is (0, 4, 31, 40) and adds 75 to the score of 54; channel 1 is
  // (0, 0, 6, 15) and takes 21 from it. Without channel 0 the last ReLU makes −21 a score of 0.
  const Model model = make_golden_model();
  CamOptions options = options_for("relu1");
  options.methods = {CamMethod::ablationcam};
  Cam cam(test::stream(), model, options);
  const CamMap map = cam.explain(golden_input()).front().maps.front();
  const float taken = 21.0f / 54;
  CHECK_CLOSE(map.weights, (std::vector<float>{1, -taken}), 0, 1e-6);
  CHECK_CLOSE(map.raw, (std::vector<float>{0, 4, 31 - 6 * taken, 40 - 15 * taken}), 0, 1e-6);
  CHECK(map.raw_peak == map.raw[3]);
}

TEST_CASE("Ablation-CAM of more channels than go at once, against one channel at a time") {
  const Json description = parse_json(
      R"({"name": "wide", "input": [4, 4, 1], "layers": [
           {"type": "conv2d", "filters": 70, "kernel": 3},
           {"type": "relu"},
           {"type": "flatten"},
           {"type": "linear", "outputs": 3}]})",
      "wide");
  const Model model(test::stream(), description, 8);
  const Tensor x =
      Tensor::from_host(test::stream(), {1, 4, 4, 1}, test::random_values(16, 3, 0, 1));
  const Tensor activation = model.forward_to(test::stream(), Variable(x), "relu1").front().value();
  const auto score_without = [&](int channel) {
    std::vector<float> values = activation.to_host<float>(test::stream());
    if (channel >= 0)
      for (std::size_t p = 0; p < 4; ++p) values[p * 70 + static_cast<std::size_t>(channel)] = 0;
    const Variable a(Tensor::from_host(test::stream(), activation.shape(), values));
    return score_value(model.forward_from(test::stream(), std::vector{a}, "relu1")
                           .value()
                           .to_host<float>(test::stream()),
                       1, Score::probability);
  };
  CamOptions options = options_for("relu1", 1, Score::probability);
  options.methods = {CamMethod::ablationcam};
  Cam cam(test::stream(), model, options);
  const std::vector<float> weights = cam.explain(x).front().maps.front().weights;
  REQUIRE(weights.size() == 70);
  const double whole = score_without(-1);
  for (int k = 0; k < 70; ++k)
    CHECK(weights[static_cast<std::size_t>(k)] ==
          doctest::Approx((whole - score_without(k)) / whole).epsilon(1e-5).scale(1e-2));
}

TEST_CASE("Grad-CAM's weights without the gradient are those of the gradient") {
  // Behind the layer: pooling that leaves places out and windows that overlap, dropout, two linear layers.
  const Json description = parse_json(
      R"({"name": "pooled", "input": [13, 12, 1], "classes": ["a", "b", "c"], "layers": [
           {"type": "conv2d", "filters": 5, "kernel": 3},
           {"type": "relu"},
           {"type": "max_pool2d", "window": 3, "stride": 2},
           {"type": "dropout", "rate": 0.5},
           {"type": "max_pool2d", "window": 2},
           {"type": "flatten"},
           {"type": "linear", "outputs": 7},
           {"type": "relu"},
           {"type": "linear", "outputs": 3}]})",
      "pooled");
  const Model model(test::stream(), description, 6);
  const Tensor x =
      Tensor::from_host(test::stream(), {3, 13, 12, 1}, test::random_values(3 * 156, 9, 0, 1));
  const auto explain = [&](const std::string& layer, Score score, bool pooled,
                           const Tensor& images) {
    CamOptions options = options_for(layer, 1, score);
    options.pooled = pooled;
    Cam cam(test::stream(), model, options);
    return std::pair(cam.explain(images), cam.cost());
  };
  for (const std::string layer : {"relu1", "pool1", "dropout1", "pool2"})
    for (const Score score : {Score::logit, Score::probability}) {
      CAPTURE(layer);
      const auto [ordinary, cost] = explain(layer, score, false, x);
      const auto [pooled, less] = explain(layer, score, true, x);
      CHECK(less.bytes < cost.bytes);
      for (std::size_t i = 0; i < 3; ++i) {
        const CamMap &map = pooled[i].maps.front(), &expected = ordinary[i].maps.front();
        float greatest = 0, highest = 0;
        for (const float weight : expected.weights) greatest = std::max(greatest, std::abs(weight));
        for (const float value : expected.raw) highest = std::max(highest, value);
        REQUIRE(greatest > 0);
        CHECK_CLOSE(map.weights, expected.weights, 1e-6 * greatest, 0);
        CHECK_CLOSE(map.raw, expected.raw, 3e-6 * highest, 0);
        CHECK(map.raw_peak == *std::max_element(map.raw.begin(), map.raw.end()));
        const auto alone =
            explain(layer, score, true, x.slice(static_cast<std::int64_t>(i), 1)).first;
        CHECK_SAME_BITS(map.map, alone.front().maps.front().map);
      }
    }
  // Before a ReLU the gradient is looked at: which places pass it on depends on the image.
  CHECK_FALSE(PooledGradient::of(test::stream(), model, "conv1"));
  CHECK(PooledGradient::of(test::stream(), model, "relu1")->linear() == "fc1");
  CHECK_SAME_BITS(explain("conv1", Score::logit, true, x).first[0].maps[0].map,
                  explain("conv1", Score::logit, false, x).first[0].maps[0].map);
}

TEST_CASE("Score-CAM weighs channels by the score under their masks") {
  const Model model = make_random_model();
  const Tensor x = random_images(1);
  const std::vector<float> pixels = x.to_host<float>(test::stream());
  // At full resolution nothing is enlarged: conv1 is as large as the picture.
  const std::vector<float> wide = model.forward_to(test::stream(), Variable(x), "relu1")
                                      .front()
                                      .value()
                                      .to_host<float>(test::stream());
  std::vector<double> scores;
  for (std::size_t k = 0; k < 3; ++k) {
    float low = INFINITY, high = -INFINITY;
    for (std::size_t p = 0; p < 120; ++p) {
      low = std::min(low, wide[p * 3 + k]);
      high = std::max(high, wide[p * 3 + k]);
    }
    std::vector<float> masked;
    for (std::size_t p = 0; p < 120; ++p)
      masked.push_back(pixels[p] * ((wide[p * 3 + k] - low) / (high - low)));
    const Variable under(Tensor::from_host(test::stream(), {1, 12, 10, 1}, masked));
    scores.push_back(
        score_value(model.forward(test::stream(), under).value().to_host<float>(test::stream()), 2,
                    Score::probability));
  }
  double sum = 0;
  for (const double score : scores) sum += std::exp(score);
  CamOptions options = options_for("relu1", 2, Score::probability);
  options.methods = {CamMethod::scorecam};
  for (const char* compat : {"paper", "torch-cam", "pgc"}) {
    options.compat = parse_cam_compat(compat);
    const CamMap map = Cam(test::stream(), model, options).explain(x).front().maps.front();
    REQUIRE(map.weights.size() == 3);
    for (std::size_t k = 0; k < 3; ++k)
      CHECK(map.weights[k] == doctest::Approx(std::exp(scores[k]) / sum).epsilon(1e-5));
  }
}

TEST_CASE("torch-cam has no Grad-CAM++ of the paper's, nor is one passed off for it") {
  const Model model = make_random_model();
  CamOptions options = options_for("");
  options.compat = parse_cam_compat("torch-cam");
  options.methods = {CamMethod::xgradcam, CamMethod::gradcam_plus_plus};
  CHECK_THROWS_WITH_AS(Cam(test::stream(), model, options),
                       "--compat torch-cam has no Grad-CAM++ of its own: leave gradcam++ out",
                       UsageError);
}

TEST_CASE("Eigen-CAM knows of no class, and a constant layer has no direction") {
  Model model = make_random_model();
  const Tensor x = random_images(1);
  const auto of_class = [&](int label) {
    CamOptions options = options_for("", label);
    options.methods = {CamMethod::eigencam};
    Cam cam(test::stream(), model, options);
    const CamExplanation explanation = cam.explain(x).front();
    return std::pair(explanation.maps.front(), explanations_of(cam, explanation).front().uniform);
  };
  const auto [map, uniform] = of_class(0);
  CHECK_SAME_BITS(map.map, of_class(2).first.map);
  CHECK(map.weights.size() == 4);
  CHECK(map.share > 0.25f);
  CHECK(map.share <= 1);
  CHECK_FALSE(uniform);
  set_parameter(model, "conv2.weight", std::vector<float>(108));
  set_parameter(model, "conv2.bias", {0.1f, 0.3f, 1, 2});
  const auto [constant, all_one_value] = of_class(0);
  CHECK(all_one_value);
  CHECK_EQ(constant.raw, std::vector<float>(constant.raw.size()));
  CHECK_EQ(constant.weights, std::vector<float>(4));
}

TEST_CASE("Eigen-CAM of one channel is the channel, centred") {
  const Json description = parse_json(
      R"({"name": "narrow", "input": [4, 4, 1], "layers": [
           {"type": "conv2d", "filters": 1, "kernel": 3},
           {"type": "flatten"},
           {"type": "linear", "outputs": 2}]})",
      "narrow");
  Model model(test::stream(), description, 1);
  set_parameter(model, "conv1.weight", std::vector<float>(9, 1));
  set_parameter(model, "conv1.bias", {0});
  CamOptions options = options_for("conv1");
  options.methods = {CamMethod::eigencam};
  options.relu = false;
  std::vector<float> pixels = golden_input().to_host<float>(test::stream());
  pixels[15] = 30;
  const Tensor x = Tensor::from_host(test::stream(), {1, 4, 4, 1}, pixels);
  const CamMap map = Cam(test::stream(), model, options).explain(x).front().maps.front();
  CHECK_EQ(map.weights, std::vector<float>{1});
  CHECK_EQ(map.raw, std::vector<float>{-26.25f, -17.25f, 9.75f, 33.75f});  // of 45, 54, 81, 105
  CHECK(map.share == 1);
}

TEST_CASE("a map without evidence is zero and flagged, never NaN") {
  Model model = make_random_model();
  set_parameter(model, "fc1.weight", std::vector<float>(360));
  Cam cam(test::stream(), model, options_for("", 1));
  const Explanation map = explanations_of(cam, cam.explain(random_images(1)).front()).front();
  CHECK(map.uniform);
  CHECK(std::all_of(map.map.begin(), map.map.end(), [](float v) { return v == 0; }));
  CHECK(std::all_of(map.shown.begin(), map.shown.end(), [](float v) { return v == 0; }));
}

TEST_CASE("weights that have diverged are an error, not a picture") {
  Model model = make_random_model();
  set_parameter(model, "fc1.bias", {0, INFINITY, 0});
  Cam cam(test::stream(), model, options_for("", 1));
  CHECK_THROWS_AS(cam.explain(random_images(1)), Error);
}

TEST_CASE("names and settings of the class activation maps") {
  for (const CamMethod method : cam_methods()) CHECK(parse_cam_method(to_string(method)) == method);
  CHECK_FALSE(parse_cam_method("lime"));
  CHECK(parse_cam_compat("pgc").plus_plus_epsilon == 1e-6f);
  CHECK_THROWS_WITH_AS(parse_cam_compat("xplike"),
                       "unknown --compat 'xplike', did you mean 'xplique'? "
                       "(known: paper, pgc, torch-cam, omnixai, xplique, tf-keras-vis)",
                       UsageError);
}

TEST_CASE("what cannot be explained is refused") {
  const Model model = make_random_model();
  CHECK_THROWS_WITH_AS(Cam(test::stream(), model, options_for("relu9")),
                       "no layer 'relu9' with a feature map, did you mean 'relu1'? "
                       "(known: conv1, relu1, pool1, conv2, relu2)",
                       UsageError);
  CHECK_THROWS_AS(Cam(test::stream(), model, options_for("fc1")), UsageError);
  Cam cam(test::stream(), model, options_for(""));
  CHECK_THROWS_AS(cam.explain(golden_input()), Error);
  CHECK_THROWS_AS(cam.explain(random_images(2), {1}), Error);
  CamOptions truth;
  truth.target.kind = Target::Kind::truth;
  Cam unlabelled(test::stream(), model, truth);
  CHECK_THROWS_AS(unlabelled.explain(random_images(1)), Error);

  const Model wide(test::stream(),
                   parse_json(R"({"name": "wide", "input": [4, 4, 1], "layers": [
    {"type": "conv2d", "filters": 4097, "kernel": 1}, {"type": "relu"}, {"type": "flatten"},
    {"type": "linear", "outputs": 2}]})",
                              "wide"),
                   1);
  CamOptions eigen;
  eigen.methods = {CamMethod::eigencam};
  CHECK_THROWS_WITH_AS(Cam(test::stream(), wide, eigen),
                       "Eigen-CAM takes layers of at most 4096 channels, 'relu1' has 4097",
                       UsageError);
}
