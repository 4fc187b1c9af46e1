// Every method on networks that are graphs, the degenerate ones too: one class, a last map of one place, a picture
// of one superpixel. What is undefined is zero or null, never NaN, and nothing fails.
#include <cmath>

#include "explain/scores/explanation_scores.h"
#include "explain/scores/randomization.h"
#include "tests/explain/gradient/method_settings.h"
#include "tests/support/compare.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

constexpr int kSide = 16;

// Two branches that are concatenated, an addition, and average pooling; `pooled` says how far.
Model make_graph(int classes, const std::string& pooled, const std::string& merge = "concat") {
  const Json description =
      parse_json(concat(R"({"name": "graph", "input": [16, 16, 1], "layers": [
        {"type": "conv2d", "name": "stem", "filters": 4, "kernel": 3, "padding": "same"},
        {"type": "relu", "name": "relu0"},
        {"type": "average_pool2d", "name": "half", "window": 2},
        {"type": "conv2d", "name": "left", "inputs": ["half"], "filters": 4, "kernel": 3, "padding": "same"},
        {"type": "batch_norm", "name": "bn"},
        {"type": "relu", "name": "relu1"},
        {"type": "average_pool2d", "name": "right", "inputs": ["half"], "window": 3, "stride": 1, "padding": "same"},
        {"type": ")",
                        merge, R"(", "name": "merged", "inputs": ["relu1", "right"]},
        {"type": "average_pool2d", "name": "pooled", "window": )",
                        pooled, R"(},
        {"type": "flatten"},
        {"type": "linear", "name": "fc", "outputs": )",
                        classes, "}]}"),
                 "graph");
  return Model(stream(), description, 5);
}

Sample make_picture(bool flat = false, int side = kSide) {
  Sample sample;
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x)
      sample.pixels.bytes().push_back(
          static_cast<std::uint8_t>(flat ? 130 : 3 * y + 5 * x + (y > 5 && x < 7 ? 90 : 0)));
  return sample;
}

const SettingTexts kFew = {{"samples", "12"},
                           {"segmenter", "grid"},
                           {"grid", "2"},
                           {"window", "8"},
                           {"stride", "4"},
                           {"ig_steps", "3"},
                           {"smoothgrad_samples", "2"},
                           {"gradientshap_samples", "2"}};

void set_all(MethodSettings& settings, const SettingTexts& more) {
  for (const auto& [key, text] : kFew) set_text(settings, key, text);
  for (const auto& [key, text] : more) set_text(settings, key, text);
}

// By all methods or some, scored with everything that scores.
std::vector<Explanation> explain_all(const Model& model, const Sample& sample,
                                     const SettingTexts& more = {}, const ExplainTask& task = {},
                                     const Methods& methods = all_methods()) {
  MethodSettings settings;
  set_all(settings, more);
  Explainers explainers(stream(), model, settings, methods, task);
  const Subject subject{&sample, {}};
  std::vector<Explained> found = explainers.explain(std::span(&subject, 1));
  for (const Explained::Failure& failure : found[0].failures)
    FAIL_CHECK(failure.method << ": " << failure.message);
  CHECK(found[0].explanations.size() == methods.size());
  for (const Explanation& e : found[0].explanations) {
    CAPTURE(e.method);
    CHECK(e.map.size() == sample.pixels.size());
    CHECK(e.shown.size() == e.map.size());
    for (const float value : e.map) REQUIRE(std::isfinite(value));
    for (const float value : e.shown) REQUIRE(std::isfinite(value));
    CHECK(e.details.dump().find("NaN") == std::string::npos);
  }
  ScoreSettings scores;
  scores.maps.steps = 4;
  scores.sensitivity = 1;
  scores.randomize = true;
  ExplanationScorer scorer(stream(), model, scores, settings, task);
  const ImageScores scored = scorer.scores(sample, found[0].explanations);
  CHECK(scored.explanations.size() == found[0].explanations.size());
  return std::move(found[0].explanations);
}

const Explanation& of(const std::vector<Explanation>& all, const std::string& method) {
  for (const Explanation& each : all)
    if (each.method == method) return each;
  throw Error("no " + method);
}

}  // namespace

TEST_CASE("graph methods: all of them with a concatenation, an addition and average pooling") {
  for (const char* merge : {"concat", "add"})
    for (const Score score : {Score::logit, Score::probability}) {
      CAPTURE(merge);
      const Model model = make_graph(3, "2", merge);
      CHECK(model.target_layer() == "merged");
      const auto found = explain_all(model, make_picture(), {}, {.target = {}, .score = score});
      CHECK_FALSE(of(found, "gradcam").uniform);
      CHECK_FALSE(of(found, "ig").uniform);
    }
}

TEST_CASE("graph methods: all of them on tiny_residual, and the mean over its layers") {
  if (kSmallShapesOnly) return;
  const Model model(stream(), load_model_description("tiny_residual"), 3);
  const auto found = explain_all(model, make_picture(false, 64), {{"layer", "relu1,bn4,relu5"}});
  CHECK(of(found, "gradcam").details["layers"].size() == 3);
}

TEST_CASE("graph methods: the mean over layers is the mean of the layers' maps, of branches too") {
  const Model model = make_graph(3, "2");
  const Sample sample = make_picture();
  const std::string methods =
      "gradcam,gradcam++,xgradcam,hirescam,layercam,ablationcam,eigencam,scorecam";
  const std::vector<std::string> layers = {"relu0", "relu1", "right", "merged"};
  const auto mean =
      explain_with(model, methods, sample, {}, {{"layer", "relu0,relu1,right,merged"}});
  for (std::size_t m = 0; m < mean.size(); ++m) {
    CAPTURE(mean[m].method);
    std::vector<double> expected(sample.pixels.size());
    for (const std::string& layer : layers) {
      const Explanation one = explain_with(model, methods, sample, {}, {{"layer", layer}})[m];
      for (std::size_t i = 0; i < expected.size(); ++i) expected[i] += one.shown[i] / 4.0;
    }
    // A layer's map is stretched at its resolution, `shown` at the picture's: near enough to tell a layer left out.
    double beside = 0;
    for (std::size_t i = 0; i < expected.size(); ++i)
      beside = std::max(beside, std::abs(mean[m].map[i] - expected[i]));
    CHECK(beside < 0.15);
    CHECK(mean[m].details["layers"].size() == 4);
  }
}

TEST_CASE("graph methods: one class") {
  const Model model = make_graph(1, "2");
  const auto logits = explain_all(model, make_picture());
  CHECK_FALSE(of(logits, "gradcam").uniform);
  CHECK(of(logits, "saliency").prediction.probabilities == std::vector<float>{1});
  // Its probability is 1 whatever the picture: nothing to explain, and nothing fails.
  const auto certain =
      explain_all(model, make_picture(), {}, {.target = {}, .score = Score::probability});
  for (const char* method : {"gradcam", "saliency", "ig", "gradientshap", "occlusion", "lime"}) {
    CAPTURE(method);
    CHECK(of(certain, method).uniform);
  }
}

TEST_CASE("graph methods: a last map of one place") {
  const Model model = make_graph(3, "\"global\"");
  const auto last = explain_all(model, make_picture(), {{"layer", "pooled"}});
  for (const char* method : {"gradcam", "hirescam", "scorecam"}) {
    CAPTURE(method);
    CHECK(of(last, method).uniform);  // one place says where: everywhere
  }
  explain_all(model, make_picture(), {{"layer", "merged,pooled"}});
}

TEST_CASE("graph methods: a flat picture of one superpixel") {
  const Model model = make_graph(3, "2");
  for (const char* segmenter : {"grid", "slic", "quickshift"}) {
    CAPTURE(segmenter);
    const auto found = explain_all(model, make_picture(true),
                                   {{"segmenter", segmenter},
                                    {"grid", "1"},
                                    {"segments", "1"},
                                    {"window", "16"},
                                    {"stride", "16"}});
    CHECK(of(found, "lime").uniform);
    CHECK(of(found, "kernelshap").uniform);
  }
  // Switched off it is black.
  const auto black = explain_all(model, make_picture(true), {{"grid", "1"}, {"fill", "0"}});
  const Explanation shap = of(black, "kernelshap");
  REQUIRE(shap.attributions.size() == 1);
  CHECK(shap.attributions[0] ==
        doctest::Approx(of(black, "ig").details["completeness"]["difference"].get<double>())
            .epsilon(1e-4));
}

TEST_CASE("graph methods: a network whose input is read twice, or by no convolution") {
  const auto network = [](const std::string& begin) {
    return Model(stream(),
                 parse_json(R"({"name": "begin", "input": [16, 16, 1], "layers": [)" + begin +
                                R"(, {"type": "average_pool2d", "window": 4}, {"type": "flatten"},
          {"type": "linear", "outputs": 2}]})",
                            "begin"),
                 4);
  };
  explain_all(
      network(R"({"type": "conv2d", "name": "c", "filters": 3, "kernel": 3, "padding": "same"},
      {"type": "relu", "name": "r"}, {"type": "concat", "inputs": ["input", "r"]})"),
      make_picture());
  explain_all(network(R"({"type": "average_pool2d", "window": 2},
      {"type": "conv2d", "filters": 3, "kernel": 3, "padding": "same"}, {"type": "relu"})"),
              make_picture());
}

TEST_CASE(
    "graph methods: without a feature map there is no class activation map, and every other one") {
  const Model model(stream(),
                    parse_json(R"({"name": "flat", "input": [16, 16, 1], "layers": [
      {"type": "flatten"}, {"type": "linear", "outputs": 5}, {"type": "relu"},
      {"type": "linear", "outputs": 2}]})",
                               "flat"),
                    4);
  const Sample sample = make_picture();
  Methods others;
  std::string names;
  for (const Method* method : all_methods()) {
    MethodSettings settings;
    set_all(settings, {});
    try {
      Explainers(stream(), model, settings, {method}, {});
      others.push_back(method);
      names += (names.empty() ? "" : ", ") + std::string(method->name);
    } catch (const UsageError&) {
    }
  }
  CHECK(others.size() == all_methods().size() - 8);
  explain_all(model, sample, {}, {}, others);
  CHECK_THROWS_WITH_AS(
      explain_all(model, sample),
      ("model flat has no layer with a feature map, which class activation maps look "
       "at; other methods need none: --method " +
       names)
          .c_str(),
      UsageError);
}

TEST_CASE("graph methods: cascading randomisation goes through the graph from its end") {
  const Model model = make_graph(3, "2", "add");
  std::vector<std::string> layers;
  randomize_cascading(stream(), model, 8, [&](const std::string& layer, const Model& mixed) {
    layers.push_back(layer);
    for (std::size_t i = 0; i < mixed.buffers().size(); ++i)
      CHECK_SAME_BITS(mixed.buffers()[i]->value.to_host<float>(stream()),
                      model.buffers()[i]->value.to_host<float>(stream()));
  });
  CHECK(layers == std::vector<std::string>{"fc", "bn", "left", "stem"});
}
