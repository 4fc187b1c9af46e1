#include "nn/statistics/intervals.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace pellucid;
using doctest::Approx;

namespace {

const std::vector<std::string> kNames = {"a", "b"};

}  // namespace

TEST_CASE("Wilson's interval: published and hand-computed values") {
  // p = 38/48: (0.79167 + 0.04002 ± 1.95996 √(0.0034360 + 0.00041681)) / 1.080030.
  const Interval accuracy = wilson_interval(38, 48);
  CHECK(accuracy.low == Approx(0.6574).epsilon(1e-3));
  CHECK(accuracy.high == Approx(0.8827).epsilon(1e-3));
  // Newcombe, Statistics in Medicine 17 (1998), table I, method 3: 81/263, 15/148, 0/20, 1/29.
  const double cases[4][4] = {{81, 263, 0.2553, 0.3662},
                              {15, 148, 0.0624, 0.1605},
                              {0, 20, 0.0000, 0.1611},
                              {1, 29, 0.0061, 0.1718}};
  for (const auto& c : cases) {
    CHECK(std::abs(wilson_interval(c[0], c[1]).low - c[2]) < 5e-5);
    CHECK(std::abs(wilson_interval(c[0], c[1]).high - c[3]) < 5e-5);
  }
  CHECK(wilson_interval(0, 20).low == 0);
  CHECK(wilson_interval(20, 20).high == 1);
  CHECK(std::isnan(wilson_interval(0, 0).low));
}

TEST_CASE("percentiles: between order statistics") {
  std::vector<double> values(101);
  std::iota(values.begin(), values.end(), 0.0);
  std::reverse(values.begin(), values.end());
  CHECK(percentile_interval(values).low == Approx(2.5));
  CHECK(percentile_interval(values).high == Approx(97.5));
  CHECK(percentile_interval({7}).low == 7);
  CHECK(std::isnan(percentile_interval({}).low));
}

TEST_CASE("bootstrap: women are drawn whole, samples without one by themselves") {
  const std::vector<std::string> groups = {"w1", "w2", "w1", "", "", "w2"};
  const Bootstrap bootstrap(groups, 500, 3);
  CHECK(bootstrap.units() == 4);
  CHECK(bootstrap.by_group());
  std::vector<double> mean(6);
  for (int draw = 0; draw < 500; ++draw) {
    const std::vector<double> w = bootstrap.weights(draw);
    CHECK(w[0] == w[2]);
    CHECK(w[1] == w[5]);
    CHECK(w[0] + w[1] + w[3] + w[4] == 4);
    for (std::size_t n = 0; n < 6; ++n) mean[n] += w[n] / 500;
  }
  for (const double m : mean) CHECK(std::abs(m - 1) < 0.16);  // σ = √(3/4 / 500) = 0.039
  CHECK(bootstrap.weights(1) != bootstrap.weights(2));
  CHECK(bootstrap.weights(1) == Bootstrap(groups, 500, 3).weights(1));
  CHECK(bootstrap.weights(1) != Bootstrap(groups, 500, 4).weights(1));
  CHECK_FALSE(Bootstrap(std::vector<std::string>{"", "w", ""}).by_group());
}

TEST_CASE("intervals of a classifier's figures") {
  // 40 images, 20 a class; a is always found, b in half of the cases, with graded scores.
  std::vector<std::int32_t> labels, predicted;
  std::vector<float> probabilities;
  for (int n = 0; n < 40; ++n) {
    labels.push_back(n % 2);
    predicted.push_back(n % 4 == 3);
    const float b = n % 2 == 0 ? 0.1f + 0.005f * static_cast<float>(n)
                               : 0.2f + 0.02f * static_cast<float>(n % 4 == 3 ? 20 : n / 4);
    probabilities.insert(probabilities.end(), {1 - b, b});
  }
  const Classified classified{2, labels, predicted, probabilities};
  const std::vector<std::string> groups(40);
  const Bootstrap bootstrap(groups);
  const Json figures = metrics_with_intervals(classified, kNames, bootstrap);
  CHECK(figures["balanced_accuracy"] == 0.75);
  // The spread of the mean of two recalls, one of them of 20 tosses: ½·√(¼/20) = 0.056.
  const Json& balanced = figures["balanced_accuracy_interval"];
  CHECK(std::abs(balanced[0].get<double>() - (0.75 - 1.96 * 0.056)) < 0.02);
  CHECK(std::abs(balanced[1].get<double>() - (0.75 + 1.96 * 0.056)) < 0.02);
  const Interval accuracy = wilson_interval(30, 40);
  CHECK(figures["accuracy_interval"][0] == accuracy.low);
  CHECK(figures["accuracy_interval"][1] == accuracy.high);
  CHECK(figures["classes"][1]["recall_interval"][0] == wilson_interval(10, 20).low);
  CHECK(figures["classes"][1]["precision_interval"][0] == wilson_interval(10, 10).low);
  CHECK(figures["classes"][0]["precision_interval"][1] == wilson_interval(20, 30).high);
  for (const Json& each : figures["classes"]) {
    CHECK(each["auc_interval"][0] < each["auc"]);
    CHECK(each["auc_interval"][1] >= each["auc"]);
  }
  CHECK(describe_intervals(bootstrap)["resampled"] == "images");

  // Everything twice in pairs of one woman: by women the interval is no narrower.
  const auto twice = [](const auto& values) {
    auto out = values;
    out.insert(out.end(), values.begin(), values.end());
    return out;
  };
  const auto labels2 = twice(labels), predicted2 = twice(predicted);
  const auto probabilities2 = twice(probabilities);
  std::vector<std::string> women;
  for (int n = 0; n < 80; ++n) women.push_back("w" + std::to_string(n % 40));
  const Classified doubled{2, labels2, predicted2, probabilities2};
  const Json by_woman = metrics_with_intervals(doubled, kNames, Bootstrap(women));
  const Json by_image =
      metrics_with_intervals(doubled, kNames, Bootstrap(std::vector<std::string>(80)));
  const auto width = [](const Json& f) {
    const Json& i = f["balanced_accuracy_interval"];
    return i[1].get<double>() - i[0].get<double>();
  };
  CHECK(by_woman["balanced_accuracy_interval"] == balanced);
  CHECK(width(by_image) < 0.8 * width(by_woman));
}

TEST_CASE("the difference of two classifiers is taken on the same draws") {
  std::vector<std::int32_t> labels, good, bad;
  for (int n = 0; n < 60; ++n) {
    labels.push_back(n % 2);
    good.push_back(n % 10 == 0 ? 1 - n % 2 : n % 2);
    bad.push_back(n % 3 == 0 ? 1 - n % 2 : n % 2);
  }
  const std::vector<float> none;
  const Bootstrap bootstrap(std::vector<std::string>(60));
  const Classified a{2, labels, good, none}, b{2, labels, bad, none};
  const Interval same = balanced_accuracy_difference(a, a, bootstrap);
  CHECK(same.low == 0);
  CHECK(same.high == 0);
  const Interval better = balanced_accuracy_difference(a, b, bootstrap);
  CHECK(better.low > 0);
  CHECK(better.high < 0.5);
  const Interval worse = balanced_accuracy_difference(b, a, bootstrap);
  CHECK(worse.low == Approx(-better.high));
}

TEST_CASE("ROC: corners by hand, and a band around them") {
  // Class 1 scores 0.9, 0.8, 0.3; class 0 0.7, 0.6, 0.2.
  const std::vector<std::int32_t> labels = {1, 1, 1, 0, 0, 0};
  const std::vector<float> p = {0.1f, 0.9f, 0.2f, 0.8f, 0.7f, 0.3f,
                                0.3f, 0.7f, 0.4f, 0.6f, 0.8f, 0.2f};
  const std::vector<std::int32_t> predicted = {1, 1, 0, 1, 1, 0};
  const Classified c{2, labels, predicted, p};
  const Bootstrap bootstrap(std::vector<std::string>(6));
  Json figures = metrics_with_intervals(c, kNames, bootstrap);
  add_roc(figures, c, bootstrap);
  const Json& roc = figures["classes"][1]["roc"];
  CHECK(roc["false_positive_rate"] == Json({0.0, 0.0, 2.0 / 3, 2.0 / 3, 1.0}));
  CHECK(roc["true_positive_rate"] == Json({0.0, 2.0 / 3, 2.0 / 3, 1.0, 1.0}));
  const Json& band = roc["band"];
  REQUIRE(band["low"].size() == 41);
  for (std::size_t i = 0; i < 41; ++i) CHECK(band["low"][i] <= band["high"][i]);
  CHECK(band["low"][0] == 0.0);   // some draws lack 0.9 and 0.8 …
  CHECK(band["high"][0] == 1.0);  // … and some 0.3
  CHECK(band["low"][40] == 1.0);

  const std::vector<std::int32_t> all_one(6, 1);
  const Classified one{2, all_one, predicted, p};
  Json single = metrics_with_intervals(one, kNames, bootstrap);
  add_roc(single, one, bootstrap);
  CHECK(single["classes"][0]["roc"].is_null());
}
