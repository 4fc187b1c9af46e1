#include "nn/statistics/metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "runtime/error.h"

namespace pellucid {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

double ratio(double part, double whole) { return whole > 0 ? part / whole : kUndefined; }

void expect_class(std::int32_t c, int classes, const char* what) {
  require(c >= 0 && c < classes, "the ", what, " ", c, " is not one of 0 to ", classes - 1);
}

}  // namespace

ConfusionMatrix::ConfusionMatrix(int classes)
    : ConfusionMatrix(classes, std::vector<double>(static_cast<std::size_t>(classes) *
                                                   static_cast<std::size_t>(classes))) {}

ConfusionMatrix::ConfusionMatrix(int classes, std::vector<double> counts)
    : classes_(classes), counts_(std::move(counts)) {
  require(classes >= 1 && counts_.size() ==
                              static_cast<std::size_t>(classes) * static_cast<std::size_t>(classes),
          "a confusion matrix of ", classes, " classes cannot have ", counts_.size(), " counts");
  for (const double count : counts_)
    require(count >= 0, "a confusion matrix cannot hold the count ", count);
}

ConfusionMatrix::ConfusionMatrix(int classes, std::span<const std::int32_t> labels,
                                 std::span<const std::int32_t> predicted)
    : ConfusionMatrix(classes) {
  require(labels.size() == predicted.size(), labels.size(), " labels for ", predicted.size(),
          " predictions");
  for (std::size_t n = 0; n < labels.size(); ++n) {
    expect_class(labels[n], classes, "label");
    expect_class(predicted[n], classes, "prediction");
    counts_[static_cast<std::size_t>(labels[n] * classes + predicted[n])] += 1;
  }
}

double ConfusionMatrix::at(int truth, int predicted) const {
  expect_class(truth, classes_, "class");
  expect_class(predicted, classes_, "class");
  return counts_[static_cast<std::size_t>(truth * classes_ + predicted)];
}

double ConfusionMatrix::total() const {
  return std::accumulate(counts_.begin(), counts_.end(), 0.0);
}

double ConfusionMatrix::accuracy() const {
  double right = 0;
  for (int c = 0; c < classes_; ++c) right += at(c, c);
  return ratio(right, total());
}

double ConfusionMatrix::recall(int c) const {
  double row = 0;
  for (int j = 0; j < classes_; ++j) row += at(c, j);
  return ratio(at(c, c), row);
}

double ConfusionMatrix::precision(int c) const {
  double row = 0, column = 0;
  for (int i = 0; i < classes_; ++i) {
    row += at(c, i);
    column += at(i, c);
  }
  return row > 0 ? ratio(at(c, c), column) : kUndefined;
}

double ConfusionMatrix::f1(int c) const {
  const double p = precision(c), r = recall(c);
  return p + r == 0 ? 0 : 2 * p * r / (p + r);
}

double ConfusionMatrix::mean_of(double (ConfusionMatrix::*figure)(int) const) const {
  double sum = 0;
  int present = 0;
  for (int c = 0; c < classes_; ++c) {
    if (std::isnan(recall(c))) continue;
    sum += (this->*figure)(c);
    ++present;
  }
  return ratio(sum, present);
}

double ConfusionMatrix::balanced_accuracy() const { return mean_of(&ConfusionMatrix::recall); }
double ConfusionMatrix::macro_precision() const { return mean_of(&ConfusionMatrix::precision); }
double ConfusionMatrix::macro_recall() const { return mean_of(&ConfusionMatrix::recall); }
double ConfusionMatrix::macro_f1() const { return mean_of(&ConfusionMatrix::f1); }

std::vector<double> one_vs_rest_auc(int classes, std::span<const std::int32_t> labels,
                                    std::span<const float> probabilities) {
  require(classes >= 1, "an AUC of ", classes, " classes");
  const std::vector<double> once(labels.size(), 1.0);
  std::vector<double> auc;
  auc.reserve(static_cast<std::size_t>(classes));
  for (int c = 0; c < classes; ++c)
    auc.push_back(ScoreRanking(classes, c, labels, probabilities).auc(once));
  return auc;
}

ScoreRanking::ScoreRanking(int classes, int positive, std::span<const std::int32_t> labels,
                           std::span<const float> probabilities)
    : order_(labels.size()), positive_(labels.size()) {
  const std::size_t rows = labels.size(), width = static_cast<std::size_t>(classes),
                    column = static_cast<std::size_t>(positive);
  require(column < width && probabilities.size() == rows * width, probabilities.size(),
          " probabilities for ", rows, " samples of ", classes, " classes");
  const auto score = [&](std::size_t n) { return probabilities[n * width + column]; };
  for (std::size_t n = 0; n < rows; ++n) {
    expect_class(labels[n], classes, "label");
    require(!std::isnan(score(n)), "the score of sample ", n, " for class ", positive, " is NaN");
    positive_[n] = labels[n] == positive;
  }
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  std::stable_sort(order_.begin(), order_.end(),
                   [&](std::size_t a, std::size_t b) { return score(a) < score(b); });
  for (std::size_t i = 0; i < rows; ++i)
    if (i + 1 == rows || score(order_[i]) != score(order_[i + 1])) group_ends_.push_back(i + 1);
}

// A pair of a positive and another sample counts 1 if the positive one scores higher, ½ if they tie.
double ScoreRanking::auc(std::span<const double> weights) const {
  double won = 0, positives = 0, others = 0;
  std::size_t i = 0;
  for (const std::size_t end : group_ends_) {
    double tied_positives = 0, tied_others = 0;
    for (; i < end; ++i)
      (positive_[order_[i]] ? tied_positives : tied_others) += weights[order_[i]];
    won += tied_positives * (others + tied_others / 2);
    positives += tied_positives;
    others += tied_others;
  }
  return ratio(won, positives * others);
}

std::vector<std::array<double, 2>> ScoreRanking::curve(std::span<const double> weights) const {
  double positives = 0, others = 0;
  for (std::size_t n = 0; n < positive_.size(); ++n)
    (positive_[n] ? positives : others) += weights[n];
  if (positives == 0 || others == 0) return {};
  std::vector<std::array<double, 2>> points = {{0, 0}};
  double hits = 0, alarms = 0;
  std::size_t i = order_.size();  // from the highest score down
  for (std::size_t g = group_ends_.size(); g-- > 0;) {
    const std::size_t begin = g == 0 ? 0 : group_ends_[g - 1];
    for (; i > begin; --i) {
      const std::size_t n = order_[i - 1];
      (positive_[n] ? hits : alarms) += weights[n];
    }
    points.push_back({alarms / others, hits / positives});
  }
  return points;
}

Json metrics_to_json(const ConfusionMatrix& matrix, const std::vector<double>& auc,
                     const std::vector<std::string>& class_names) {
  const int classes = matrix.classes();
  require(auc.size() == static_cast<std::size_t>(classes) &&
              class_names.size() == static_cast<std::size_t>(classes),
          auc.size(), " AUCs and ", class_names.size(), " class names for ", classes, " classes");
  const auto count = [](double value) -> Json {
    // Averages over runs stay fractions; counts are written as integers.
    if (value == std::floor(value) && value < 0x1p53) return static_cast<std::int64_t>(value);
    return value;
  };
  Json rows = Json::array(), by_class = Json::array(), absent = Json::array();
  for (int truth = 0; truth < classes; ++truth) {
    Json row = Json::array();
    double samples = 0;
    for (int c = 0; c < classes; ++c) {
      row.push_back(count(matrix.at(truth, c)));
      samples += matrix.at(truth, c);
    }
    rows.push_back(row);
    const auto index = static_cast<std::size_t>(truth);
    if (samples == 0) absent.push_back(class_names[index]);
    by_class.push_back({{"name", class_names[index]},
                        {"samples", count(samples)},
                        {"precision", matrix.precision(truth)},
                        {"recall", matrix.recall(truth)},
                        {"f1", matrix.f1(truth)},
                        {"auc", auc[index]}});
  }
  return {{"samples", count(matrix.total())},
          {"class_names", class_names},
          {"absent_classes", absent},
          {"confusion_matrix", rows},
          {"accuracy", matrix.accuracy()},
          {"balanced_accuracy", matrix.balanced_accuracy()},
          {"macro_precision", matrix.macro_precision()},
          {"macro_recall", matrix.macro_recall()},
          {"macro_f1", matrix.macro_f1()},
          {"classes", by_class}};
}

}  // namespace pellucid
