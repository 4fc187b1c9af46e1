// Pictures and settings without an answer, and several pictures at once.
#include <doctest/doctest.h>

#include <cmath>
#include <numeric>
#include <set>

#include "explain/surrogate/superpixel_explainer.h"
#include "runtime/error.h"
#include "tests/explain/small_classifier.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

bool finite(const Explanation& e) {
  bool good = true;
  for (const auto* values : {&e.map, &e.shown})
    for (const float value : *values) good = good && std::isfinite(value);
  for (const Json& one : e.details["classes"])
    for (const auto& [key, value] : one.items()) {
      if (value.is_number()) good = good && std::isfinite(value.get<double>());
      if (key == "attributions")
        for (const double v : value.get<Values>()) good = good && std::isfinite(v);
    }
  return good;
}

}  // namespace

TEST_CASE("superpixel explainer: pictures and settings without an answer have a defined one") {
  const Model model = make_model();
  SUBCASE("a constant picture: nothing is evidence") {
    Sample constant;
    constant.pixels.bytes().assign(kSide * kSide, 90);
    for (const Explanation& e : explain(model, options_for(3, 40), constant)) {
      CAPTURE(e.method);
      CHECK(finite(e));
      CHECK(e.uniform);
      for (std::size_t label = 0; label < 3; ++label) CHECK(greatest(attributions(e, label)) == 0);
      if (e.method == "lime") CHECK(e.details["classes"][0]["constant"] == true);
    }
  }
  SUBCASE("one superpixel has all of it") {
    const auto e = explain(model, options_for(1, 20), make_picture());
    CHECK(finite(e[0]));
    CHECK(finite(e[1]));
    CHECK(e[0].uniform);
    CHECK(e[1].uniform);
    CHECK(attributions(e[1], 1) == Values{e[1].details["classes"][1]["delta"].get<double>()});
  }
  SUBCASE("fewer masks than superpixels") {
    const auto e = explain(model, options_for(7, 10), make_picture());
    CHECK(finite(e[0]));
    CHECK(finite(e[1]));
    CHECK(e[0].details["classes"][1]["too_few_rows"] == true);
    CHECK(e[1].details["classes"][1]["singular"] == true);
    const Values phi = attributions(e[1], 1);
    const double delta = e[1].details["classes"][1]["delta"].get<double>();
    CHECK(std::abs(std::accumulate(phi.begin(), phi.end(), 0.0) - delta) < 1e-6);
  }
  SUBCASE("as many superpixels as there may be, and one more") {
    std::vector<std::int64_t> many(1025);
    std::iota(many.begin(), many.end(), 0);
    CHECK_THROWS_WITH_AS(segments_from_labels(many, 1, 1025),
                         "segments: too many segments (found 1025; expected at most 1024)", Error);
    if (kSmallShapesOnly) return;  // the systems have 1024 unknowns
    const Model wide(stream(),
                     parse_json(R"({"name": "wide", "input": [32, 32, 1], "layers": [
                       {"type": "conv2d", "filters": 2, "kernel": 3}, {"type": "relu"},
                       {"type": "max_pool2d", "window": 2}, {"type": "flatten"},
                       {"type": "linear", "outputs": 3}]})",
                                "wide"),
                     3);
    SuperpixelOptions options = options_for(1, 64);
    many.resize(1024);
    options.segments = segments_from_labels(many, 32, 32);
    // Each pixel is its superpixel's mean; a black fill takes it away.
    options.fill = parse_fill("0");
    Sample picture;
    for (std::uint64_t i = 0; i < 1024; ++i)
      picture.pixels.bytes().push_back(static_cast<std::uint8_t>(random_bits({3, 2}, i) & 255));
    for (const Explanation& e : explain(wide, options, picture)) {
      CHECK(finite(e));
      CHECK_FALSE(e.uniform);
      CHECK(e.details["superpixels"]["count"] == 1024);
    }
  }
  SUBCASE("sizes that do not fit") {
    Sample small;
    small.pixels.bytes().assign(kSide * kSide - 1, 0);
    CHECK_THROWS_WITH_AS(explain(model, options_for(3, 20), small),
                         "a picture of 783 pixels does not fit a model for 28 x 28", Error);
    SuperpixelOptions options = options_for(3, 20);
    options.segments = segments_from_labels(std::vector<std::int64_t>(28 * 27), 28, 27);
    CHECK_THROWS_WITH_AS(explain(model, options, make_picture()),
                         "the label image is 28 x 27, the picture 28 x 28", Error);
  }
  SUBCASE("settings that exclude each other") {
    SuperpixelOptions options = options_for(3, 20);
    options.shap.link = Link::logit;
    CHECK_THROWS_AS(SuperpixelExplainer(stream(), model, options), UsageError);
    options.score = Score::probability;
    CHECK(finite(explain(model, options, make_picture(), {"kernelshap"}).front()));
    options.rng = SamplingRng::numpy;
    options.seed = std::uint64_t{1} << 32;
    CHECK_THROWS_AS(SuperpixelExplainer(stream(), model, options), UsageError);
  }
}

TEST_CASE("superpixel explainer: together as alone, and a picture that fails, fails alone") {
  const Model model = make_model();
  SuperpixelOptions options = options_for(1, 40);
  options.segments.reset();
  options.segmenter.name = "slic";
  options.segmenter.n_segments = 40;  // pictures of one word of superpixels and of two
  options.target = {Target::Kind::truth, 0};
  Sample ramp = make_picture(), discs = make_picture(), noise = make_picture(),
         cut = make_picture();
  for (std::size_t i = 0; i < ramp.pixels.size(); ++i) {
    ramp.pixels.bytes()[i] = static_cast<std::uint8_t>(i % kSide * 9);
    noise.pixels.bytes()[i] = static_cast<std::uint8_t>(random_bits({5, 5}, i));
  }
  cut.pixels.bytes().pop_back();
  const std::vector<Subject> subjects = {
      {&ramp, 0}, {&cut, 1}, {&discs, 2}, {&noise, 1}, {&noise, std::nullopt}};
  SuperpixelExplainer explainer(stream(), model, options);
  CHECK(explainer.pictures_at_once() > 1);
  const std::vector<Explained> together = explainer.explain(subjects, kBoth);
  REQUIRE(together.size() == subjects.size());
  CHECK(together[1].failures.front().message.find("does not fit") != std::string::npos);
  CHECK(together[4].failures.front().message.find("true class") != std::string::npos);
  std::set<int> words;
  for (const std::size_t i : {0, 2, 3}) {
    CAPTURE(i);
    REQUIRE(together[i].failures.empty());
    const std::vector<Explanation> alone = explainer.explain(subjects[i], kBoth);
    check_same_bits(together[i].explanations, alone);
    CHECK(together[i].explanations[0].cost.pictures == 4);
    CHECK(alone[0].cost.pictures == 1);
    CHECK(together[i].explanations[0].cost.flops ==
          doctest::Approx(alone[0].cost.flops).epsilon(0.01));
    words.insert((alone[0].details["superpixels"]["count"].get<int>() + 31) / 32);
  }
  CHECK(words.size() == 2);
}
