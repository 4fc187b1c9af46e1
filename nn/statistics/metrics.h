// metrics.h: figures of a classifier, from its confusion matrix and its probabilities.
//
//   accuracy            Σ_c M[c,c] / Σ M
//   recall[c]           M[c,c] / Σ_j M[c,j]
//   precision[c]        M[c,c] / Σ_i M[i,c]
//   f1[c]               2·precision·recall / (precision + recall); 0 if both are 0
//   balanced_accuracy   mean recall over the classes that have samples
//   macro_…             mean over the classes that have samples
//   auc[c]              one class against the rest: (Σ mid-ranks of its samples' scores
//                       − n(n + 1)/2) / (n · others), so a tie counts ½ (Mann–Whitney)
// A figure that would be 0/0 is NaN, and so is a mean that contains it (as in the paper's tables). A class
// without samples is absent: all its figures are NaN, and no mean counts it.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "runtime/formats/json.h"

namespace pellucid {

// Rows: true class, columns: predicted class. Counts may be fractions (averages over runs).
class ConfusionMatrix {
 public:
  explicit ConfusionMatrix(int classes);
  // counts: (classes, classes), row-major, each ≥ 0.
  ConfusionMatrix(int classes, std::vector<double> counts);
  // Throws Error for sizes that differ or a class out of range.
  ConfusionMatrix(int classes, std::span<const std::int32_t> labels,
                  std::span<const std::int32_t> predicted);

  int classes() const { return classes_; }
  double at(int truth, int predicted) const;
  double total() const;
  double accuracy() const;
  double recall(int c) const;
  double precision(int c) const;
  double f1(int c) const;
  double balanced_accuracy() const;
  double macro_precision() const;
  double macro_recall() const;
  double macro_f1() const;

 private:
  // Over the classes that have samples.
  double mean_of(double (ConfusionMatrix::*figure)(int) const) const;

  int classes_;
  std::vector<double> counts_;
};

// One AUC a class. probabilities: (rows, classes), row-major. NaN where the class, or the rest, has
// no sample. Throws Error for sizes that do not fit or a score that is NaN.
std::vector<double> one_vs_rest_auc(int classes, std::span<const std::int32_t> labels,
                                    std::span<const float> probabilities);

// The samples in the order of their scores for one class, sorted once for many weightings.
class ScoreRanking {
 public:
  // As one_vs_rest_auc, of class `positive`.
  ScoreRanking(int classes, int positive, std::span<const std::int32_t> labels,
               std::span<const float> probabilities);

  // weights[n] ≥ 0: how often sample n counts. NaN where the class, or the rest, has no weight.
  double auc(std::span<const double> weights) const;

  // The ROC curve from (0, 0) to (1, 1), a point after each group of equal scores: false positive
  // rate, true positive rate. Empty where the class, or the rest, has no weight.
  std::vector<std::array<double, 2>> curve(std::span<const double> weights) const;

 private:
  std::vector<std::size_t> order_;       // samples, by ascending score
  std::vector<std::size_t> group_ends_;  // in order_: one past each group of equal scores
  std::vector<bool> positive_;           // by sample
};

// Keys: samples, class_names, absent_classes (names), confusion_matrix, accuracy, balanced_accuracy, macro_precision,
// macro_recall, macro_f1 and `classes`, an object a class (name, samples, precision, recall, f1,
// auc). NaN → null.
Json metrics_to_json(const ConfusionMatrix& matrix, const std::vector<double>& auc,
                     const std::vector<std::string>& class_names);

}  // namespace pellucid
