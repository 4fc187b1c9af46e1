#include "nn/statistics/metrics.h"

#include <cmath>

#include "runtime/error.h"
#include "tests/support/compare.h"

using namespace pellucid;
using doctest::Approx;

namespace {

// The test-set confusion matrices that Balve & Hendrix printed for their ten trainings.
const std::vector<std::vector<double>> kPaperRuns{
    {29, 1, 1, 0, 6, 3, 1, 4, 3}, {29, 1, 1, 0, 9, 0, 0, 7, 1}, {29, 1, 1, 0, 5, 4, 1, 3, 4},
    {28, 1, 2, 0, 7, 2, 1, 4, 3}, {28, 2, 1, 0, 9, 0, 2, 3, 3}, {26, 2, 3, 0, 0, 9, 0, 1, 7},
    {30, 1, 0, 0, 5, 4, 2, 2, 4}, {27, 1, 3, 0, 2, 7, 2, 1, 5}, {26, 0, 5, 0, 5, 4, 1, 2, 5},
    {28, 2, 1, 0, 6, 3, 2, 3, 3}};
const std::vector<double> kPaperAccuracies{0.7917, 0.8125, 0.7917, 0.7917, 0.8333,
                                           0.6875, 0.8125, 0.7083, 0.7500, 0.7708};

}  // namespace

TEST_CASE("metrics: the paper's ten runs and their average") {
  std::vector<double> average(9);
  double balanced = 0, macro_f1 = 0;
  for (std::size_t run = 0; run < kPaperRuns.size(); ++run) {
    const ConfusionMatrix matrix(3, kPaperRuns[run]);
    CHECK(matrix.accuracy() == Approx(kPaperAccuracies[run]).epsilon(1e-4));
    balanced += matrix.balanced_accuracy() / 10;
    macro_f1 += matrix.macro_f1() / 10;
    for (std::size_t i = 0; i < 9; ++i) average[i] += kPaperRuns[run][i] / 10;
  }
  CHECK(balanced == Approx(0.659).epsilon(1e-3));
  CHECK(macro_f1 == Approx(0.633).epsilon(1e-3));
  const ConfusionMatrix matrix(3, average);
  const auto close = [](double actual, double printed) {
    return std::abs(actual - printed) <= 0.0005 + 1e-12;
  };
  CHECK(close(matrix.accuracy(), 0.775));
  CHECK(close(matrix.balanced_accuracy(), 0.659));
  CHECK(close(matrix.macro_precision(), 0.645));
  CHECK(close(matrix.macro_recall(), 0.659));
  CHECK(close(matrix.macro_f1(), 0.651));
  const double by_class[3][3] = {
      {0.959, 0.903, 0.930}, {0.562, 0.600, 0.581}, {0.413, 0.475, 0.442}};
  for (int c = 0; c < 3; ++c) {
    CAPTURE(c);
    CHECK(std::abs(matrix.precision(c) - by_class[c][0]) < 0.001);
    CHECK(close(matrix.recall(c), by_class[c][1]));
    CHECK(close(matrix.f1(c), by_class[c][2]));
  }
}

TEST_CASE("metrics: the paper's baseline, everything normal") {
  std::vector<std::int32_t> labels(48, 0), predicted(48, 0);
  for (std::size_t n = 31; n < 48; ++n) labels[n] = n < 40 ? 1 : 2;
  const ConfusionMatrix matrix(3, labels, predicted);
  CHECK(matrix.at(1, 0) == 9);
  CHECK(matrix.accuracy() == Approx(0.646).epsilon(1e-3));
  CHECK(matrix.balanced_accuracy() == Approx(1 / 3.0));
  CHECK(matrix.precision(0) == Approx(0.646).epsilon(1e-3));
  CHECK(matrix.f1(0) == Approx(0.785).epsilon(1e-3));
  CHECK(std::isnan(matrix.precision(1)));
  CHECK(std::isnan(matrix.macro_precision()));
  CHECK(std::isnan(matrix.macro_f1()));
}

TEST_CASE("metrics: balanced accuracy leaves out classes without samples") {
  const ConfusionMatrix matrix(3, {3, 1, 0, 1, 1, 0, 0, 0, 0});
  CHECK(matrix.balanced_accuracy() == Approx((0.75 + 0.5) / 2));
  CHECK(matrix.macro_recall() == matrix.balanced_accuracy());
  CHECK(matrix.macro_precision() == Approx((0.75 + 0.5) / 2));
  CHECK(std::isnan(matrix.precision(2)));
  CHECK(ConfusionMatrix(2, {0, 3, 2, 0}).f1(0) == 0);
  CHECK(std::isnan(ConfusionMatrix(2).accuracy()));
}

TEST_CASE("metrics: AUC by mid-ranks") {
  // Class 1: positives 0.8, 0.5, negatives 0.5, 0.2: pairs won 1, 1, ½, 1 of 4.
  const std::vector<std::int32_t> labels{0, 1, 1, 0};
  const std::vector<float> scores{0.5f, 0.5f, 0.2f, 0.8f, 0.5f, 0.5f, 0.8f, 0.2f};
  const auto auc = one_vs_rest_auc(2, labels, scores);
  CHECK(auc[1] == Approx(3.5 / 4));
  CHECK(auc[0] == Approx(3.5 / 4));
  // Constant scores say nothing; perfect and reversed orders say everything.
  CHECK(one_vs_rest_auc(1, std::vector<std::int32_t>{0, 0}, std::vector<float>{1, 1}).size() == 1);
  CHECK(
      std::isnan(one_vs_rest_auc(1, std::vector<std::int32_t>{0, 0}, std::vector<float>{1, 1})[0]));
  CHECK(one_vs_rest_auc(2, labels, std::vector<float>(8, 0.5f))[1] == Approx(0.5));
  const std::vector<float> right{1, 0, 0, 1, 0, 1, 1, 0};
  CHECK(one_vs_rest_auc(2, labels, right)[1] == 1);
  CHECK(one_vs_rest_auc(2, std::vector<std::int32_t>{1, 0, 0, 1}, right)[1] == 0);
}

TEST_CASE("metrics: AUC equals counting the pairs") {
  std::vector<std::int32_t> labels;
  std::vector<float> scores;
  for (int n = 0; n < 60; ++n) {
    labels.push_back((n * 7 + n / 5) % 3);
    for (int c = 0; c < 3; ++c)
      scores.push_back(static_cast<float>((n * (c + 3) + labels.back()) % 11) / 11);
  }
  const auto auc = one_vs_rest_auc(3, labels, scores);
  for (std::size_t c = 0; c < 3; ++c) {
    double won = 0, pairs = 0;
    for (std::size_t i = 0; i < 60; ++i)
      for (std::size_t j = 0; j < 60; ++j) {
        if (labels[i] != static_cast<int>(c) || labels[j] == static_cast<int>(c)) continue;
        const float a = scores[3 * i + c], b = scores[3 * j + c];
        won += a > b ? 1 : a == b ? 0.5 : 0;
        pairs += 1;
      }
    CHECK(auc[c] == Approx(won / pairs).epsilon(1e-12));
  }
}

TEST_CASE("metrics: wrong sizes and values are errors") {
  const std::vector<std::int32_t> two{0, 1}, out_of_range{0, 3};
  CHECK_THROWS_AS(ConfusionMatrix(2, std::vector<double>(3)), Error);
  CHECK_THROWS_AS(ConfusionMatrix(2, std::vector<double>{1, -1, 0, 0}), Error);
  CHECK_THROWS_AS(ConfusionMatrix(3, two, std::vector<std::int32_t>{0}), Error);
  CHECK_THROWS_AS(ConfusionMatrix(3, two, out_of_range), Error);
  CHECK_THROWS_AS(one_vs_rest_auc(2, two, std::vector<float>(3)), Error);
  CHECK_THROWS_AS(one_vs_rest_auc(2, two, std::vector<float>{0, 1, std::nanf(""), 0}), Error);
}

TEST_CASE("metrics: as JSON") {
  const Json json =
      metrics_to_json(ConfusionMatrix(2, {3, 1, 0, 0}), {0.5, std::nan("")}, {"normal", "benign"});
  CHECK(
      to_text(json) ==
      R"({"samples":4,"class_names":["normal","benign"],"absent_classes":["benign"],"confusion_matrix":[[3,1],[0,0]],)"
      R"("accuracy":0.75,"balanced_accuracy":0.75,"macro_precision":1.0,"macro_recall":0.75,)"
      R"("macro_f1":0.8571428571428571,"classes":[)"
      R"({"name":"normal","samples":4,"precision":1.0,"recall":0.75,"f1":0.8571428571428571,"auc":0.5},)"
      R"({"name":"benign","samples":0,"precision":null,"recall":null,"f1":null,"auc":null}]})");
}

TEST_CASE("metrics: weighted AUC and the ROC curve by hand") {
  // Scores for class 1: others 0.1, 0.4, 0.4; positives 0.4, 0.8.
  const std::vector<std::int32_t> labels = {0, 0, 1, 0, 1};
  const std::vector<float> p = {0.9f, 0.1f, 0.6f, 0.4f, 0.6f, 0.4f, 0.6f, 0.4f, 0.2f, 0.8f};
  const ScoreRanking ranking(2, 1, labels, p);
  const std::vector<double> once(5, 1.0);
  CHECK(ranking.auc(once) == Approx((1 + 0.5 + 0.5 + 3) / 6));
  CHECK(ranking.auc(once) == one_vs_rest_auc(2, labels, p)[1]);
  // The first positive thrice, the last not at all: pairs 3·(1·2 + ½ + ½) of 3·4.
  CHECK(ranking.auc(std::vector<double>{2, 1, 3, 1, 0}) == Approx(9.0 / 12));
  CHECK(std::isnan(ranking.auc(std::vector<double>{1, 1, 0, 1, 0})));
  const std::vector<std::array<double, 2>> expected = {{0, 0}, {0, 0.5}, {2.0 / 3, 1}, {1, 1}};
  CHECK(ranking.curve(once) == expected);
  CHECK(ranking.curve(std::vector<double>{1, 1, 0, 1, 0}).empty());
}
