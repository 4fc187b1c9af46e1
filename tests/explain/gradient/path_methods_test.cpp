// Integrated Gradients and GradientSHAP: what holds for any model; captum's numbers are in gradient_golden_test.cpp.
#include <cmath>
#include <numeric>

#include "tests/explain/gradient/method_settings.h"
#include "tests/explain/small_classifier.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

const ExplainTask kTask{.target = {Target::Kind::fixed, 1}, .seed = 5};

Explanation ig(const Model& model, const Sample& sample, const SettingTexts& texts = {},
               const ExplainTask& task = kTask) {
  return explain_with(model, "ig", sample, task, texts).front();
}

Explanation shap(const Model& model, const Sample& sample, const SettingTexts& texts = {},
                 const ExplainTask& task = kTask) {
  return explain_with(model, "gradientshap", sample, task, texts).front();
}

double sum(const Explanation& e) { return std::accumulate(e.map.begin(), e.map.end(), 0.0); }

double completeness(const Explanation& e, const char* key) {
  return e.details["completeness"][key].get<double>();
}

// Its score is a straight line: no activation, no choice.
Model make_linear() {
  return Model(stream(),
               parse_json(R"({"name": "linear", "input": [28, 28, 1], "layers": [
      {"type": "conv2d", "filters": 2, "kernel": 3, "padding": "same"},
      {"type": "average_pool2d", "window": 4},
      {"type": "flatten"},
      {"type": "linear", "outputs": 3}]})",
                          "linear"),
               8);
}

Sample uniform_picture(std::uint8_t level) {
  Sample sample;
  sample.pixels.bytes().assign(kSide * kSide, level);
  return sample;
}

}  // namespace

TEST_CASE("IG: of a linear model one step is exact, input x gradient, and complete") {
  const Model model = make_linear();
  const Sample sample = make_picture();
  const Explanation one = ig(model, sample, {{"ig_steps", "1"}});
  const Explanation product = explain_with(model, "inputxgradient", sample, kTask).front();
  for (std::size_t i = 0; i < one.map.size(); ++i)
    CHECK(one.map[i] == doctest::Approx(product.map[i]).epsilon(1e-5));
  CHECK(std::abs(completeness(one, "error")) < 1e-5);
  CHECK(one.warnings.empty());
  CHECK(one.cost.forwards == 3);  // the picture, the point, the baseline
}

TEST_CASE("IG: the map adds up to the difference of the scores") {
  const Model model = make_model(3);
  const Sample sample = make_picture();
  for (const Score score : {Score::logit, Score::probability})
    for (const char* baseline : {"black", "0.5", "image-mean", "blur(3)"}) {
      CAPTURE(baseline);
      ExplainTask task = kTask;
      task.score = score;
      const int steps = kSmallShapesOnly ? 8 : 100;
      const Explanation e =
          ig(model, sample, {{"ig_steps", std::to_string(steps)}, {"ig_baseline", baseline}}, task);
      CHECK(e.is_signed);
      CHECK(e.details["baseline"] == baseline);
      CHECK(completeness(e, "sum") == doctest::Approx(sum(e)).epsilon(1e-4));
      CHECK(std::abs(completeness(e, "error")) <=
            (kSmallShapesOnly ? 0.5 : 0.02) * std::abs(completeness(e, "difference")) + 1e-6);
    }
  // The difference is that of the scores.
  const Explanation black = ig(model, sample);
  const Explanation nothing = ig(model, uniform_picture(0));
  CHECK(completeness(black, "difference") ==
        doctest::Approx(black.prediction.logits[1] - nothing.prediction.logits[1]));
}

TEST_CASE("IG: too few steps are told") {
  const Model model = make_model();
  const Sample sample = make_picture();
  double worst = 0;
  for (const char* rule : {"gausslegendre", "riemann_middle"})
    for (const char* baseline : {"black", "1", "0.5"}) {
      const Explanation e =
          ig(model, sample, {{"ig_steps", "1"}, {"ig_rule", rule}, {"ig_baseline", baseline}});
      const bool large =
          std::abs(completeness(e, "error")) > 0.05 * std::abs(completeness(e, "difference"));
      CHECK(e.warnings.size() == (large ? 1 : 0));
      worst = std::max(worst, completeness(e, "relative"));
    }
  CHECK(worst > 0.05);  // so that one of them was told
}

TEST_CASE("IG: a picture that is its own baseline has a map of zeros, and no error") {
  const Model model = make_model();
  for (const auto& [level, baseline] : {std::pair(0, "black"), std::pair(255, "1")}) {
    const Explanation e = ig(model, uniform_picture(static_cast<std::uint8_t>(level)),
                             {{"ig_steps", "3"}, {"ig_baseline", baseline}});
    CHECK(e.uniform);
    CHECK(e.map[0] == 0);
    CHECK(completeness(e, "error") == 0);
    CHECK(e.details["completeness"]["relative"].is_null());
    CHECK(e.warnings.empty());
  }
}

TEST_CASE("IG and GradientSHAP: batches change no bit, nor does another call") {
  const Model model = make_model(3);
  const Sample sample = make_picture();
  const Explanation path = ig(model, sample, {{"ig_steps", "7"}});
  const Explanation drawn = shap(model, sample, {{"gradientshap_samples", "7"}});
  CHECK_SAME_BITS(ig(model, sample, {{"ig_steps", "7"}}).map, path.map);
  for (const char* batch : {"1", "2", "5"}) {
    CAPTURE(batch);
    const Explanation a = ig(model, sample, {{"ig_steps", "7"}, {"gradient_batch", batch}});
    const Explanation b =
        shap(model, sample, {{"gradientshap_samples", "7"}, {"gradient_batch", batch}});
    CHECK_SAME_BITS(a.map, path.map);
    CHECK_SAME_BITS(b.map, drawn.map);
    CHECK(a.details == path.details);
    CHECK(b.details == drawn.details);
  }
}

TEST_CASE("GradientSHAP: from one baseline it settles on Integrated Gradients") {
  if (kSmallShapesOnly) return;
  const Model model = make_model();
  const Sample sample = make_picture();
  const Explanation exact = ig(model, sample, {{"ig_steps", "200"}, {"ig_baseline", "0.25"}});
  const Explanation drawn =
      shap(model, sample, {{"gradientshap_samples", "400"}, {"gradientshap_baselines", "0.25"}});
  const auto [largest, spread] =
      std::pair(drawn.details["standard_error"]["largest"].get<double>(),
                drawn.details["standard_error"]["root_mean_square"].get<double>());
  double squares = 0, worst = 0;
  for (std::size_t i = 0; i < exact.map.size(); ++i) {
    const double difference = drawn.map[i] - exact.map[i];
    squares += difference * difference;
    worst = std::max(worst, std::abs(difference));
  }
  const double apart = std::sqrt(squares / static_cast<double>(exact.map.size()));
  CHECK(apart < 1.5 * spread);  // draws of α are common to all pixels
  CHECK(apart > 0.3 * spread);
  CHECK(worst < 5 * largest);
  CHECK(completeness(drawn, "difference") ==
        doctest::Approx(completeness(exact, "difference")).epsilon(1e-5));
  CHECK(std::abs(completeness(drawn, "error")) < 0.2 * std::abs(completeness(drawn, "difference")));
}

TEST_CASE("GradientSHAP: of a linear model each draw is complete, whatever is drawn") {
  const Model model = make_linear();
  const Sample sample = make_picture();
  for (const char* baselines : {"levels", "black", "image-mean"})
    for (const char* sigma : {"0", "0.2"}) {
      CAPTURE(baselines);
      CAPTURE(sigma);
      const Explanation e = shap(model, sample,
                                 {{"gradientshap_samples", "5"},
                                  {"gradientshap_sigma", sigma},
                                  {"gradientshap_baselines", baselines}});
      CHECK(std::abs(completeness(e, "error")) < 1e-5);
      CHECK(e.warnings.empty());
    }
  const SettingTexts levels = {{"gradientshap_baselines", "levels"}};
  CHECK(shap(model, sample, levels).map !=
        shap(model, sample, levels, {.target = kTask.target, .seed = 6}).map);
}

TEST_CASE("GradientSHAP: a sum far from the difference is told, by seed") {
  const Model model = make_model();
  const Sample sample = make_picture();
  std::size_t told = 0;
  for (const std::uint64_t seed : {1, 2, 3, 4}) {
    const Explanation e = shap(model, sample,
                               {{"gradientshap_samples", "1"},
                                {"gradientshap_sigma", "1"},
                                {"gradientshap_baselines", "levels"}},
                               {.target = kTask.target, .seed = seed});
    const bool large =
        std::abs(completeness(e, "error")) > 0.2 * std::abs(completeness(e, "difference"));
    CHECK(e.warnings.size() == (large ? 1 : 0));
    CHECK(e.details["standard_error"]["largest"] == 0);  // of one draw there is none
    told += e.warnings.size();
  }
  CHECK(told > 0);
}

TEST_CASE("GradientSHAP: what is no baseline is refused") {
  MethodSettings settings;
  CHECK_THROWS_WITH_AS(set_text(settings, "gradientshap_baselines", "segment-mean"),
                       doctest::Contains("unknown --gradientshap-baselines 'segment-mean'"),
                       UsageError);
  CHECK_THROWS_WITH_AS(set_text(settings, "ig_baseline", "2"),
                       doctest::Contains("unknown --ig-baseline '2'"), UsageError);
  CHECK_THROWS_WITH_AS(set_text(settings, "ig_rule", "simpson"),
                       doctest::Contains("unknown --ig-rule 'simpson'"), UsageError);
  CHECK_THROWS_WITH_AS(set_text(settings, "smoothgrad_type", "x"),
                       doctest::Contains("unknown --smoothgrad-type 'x'"), UsageError);
}
