// intervals.h: how sure the figures of a classifier are, given as few images as there are.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "nn/statistics/metrics.h"
#include "runtime/formats/json.h"

namespace pellucid {

inline constexpr double kConfidence = 0.95;
// Of the normal distribution: 95 % lie within ± so many standard deviations.
inline constexpr double kTwoSided95 = 1.959964;
// Random stream of the bootstrap (see runtime/random.h), + the draw.
inline constexpr std::uint64_t kBootstrapStream = 0x424F4F5400000000;  // "BOOT"

struct Interval {
  double low = 0;
  double high = 0;
};

// Of a proportion `successes` / `trials` (Wilson, JASA 22, 1927), z = 1.959964 for 95 %:
//   (p + z²/2n ± z·√(p(1 − p)/n + z²/4n²)) / (1 + z²/n)
// NaN for no trials. It takes the trials as independent.
Interval wilson_interval(double successes, double trials);

// Resampling of whole units, with replacement (Efron & Tibshirani, An Introduction to the Bootstrap,
// 1993, ch. 13): the women, so that what two breasts of one have in common is not counted twice.
class Bootstrap {
 public:
  // groups[n]: whose sample n is; an empty name is a unit by itself.
  Bootstrap(std::span<const std::string> groups, int draws = 2000, std::uint64_t seed = 0);

  int draws() const { return draws_; }
  int units() const { return units_; }
  std::uint64_t seed() const { return seed_; }
  bool by_group() const { return by_group_; }  // whether some unit has more than one sample
  // How often draw `draw` holds each sample: as often as its unit was drawn, of as many draws as
  // there are units.
  std::vector<double> weights(int draw) const;

 private:
  std::vector<int> unit_of_;
  int units_ = 0, draws_;
  std::uint64_t seed_;
  bool by_group_ = false;
};

// The (1 − kConfidence)/2 quantiles from either end, linear between order statistics (Hyndman & Fan's
// type 7). NaN if there are no values.
Interval percentile_interval(std::vector<double> values);

// What a classifier said: labels and predicted (rows), probabilities (rows, classes).
struct Classified {
  int classes = 0;
  std::span<const std::int32_t> labels;
  std::span<const std::int32_t> predicted;
  std::span<const float> probabilities;
};

// metrics_to_json with intervals [low, high]: Wilson's of accuracy, recall and precision, the
// bootstrap's of balanced accuracy and AUC. Draws that lack a class of the samples say nothing about
// it and are left out. Keys: accuracy_interval, balanced_accuracy_interval, and in each of `classes`
// precision_interval, recall_interval, auc_interval.
Json metrics_with_intervals(const Classified& classified,
                            const std::vector<std::string>& class_names,
                            const Bootstrap& bootstrap);

// Adds `roc` to each of `classes`, null where the class, or the rest, has no sample: the corners of the
// curve as false_positive_rate and true_positive_rate, and `band`: the interval of the true positive
// rate (low, high) at 41 false_positive_rates from 0 to 1, over the curves of the draws (vertical
// averaging: Fawcett, Pattern Recognition Letters 27, 2006).
void add_roc(Json& figures, const Classified& classified, const Bootstrap& bootstrap);

// How much higher the balanced accuracy of `a` is than that of `b` on the same samples: the interval
// of the difference over the same draws.
Interval balanced_accuracy_difference(const Classified& a, const Classified& b,
                                      const Bootstrap& bootstrap);

// How samples were drawn, as a record of it: level, draws, seed, resampled, units.
Json describe_bootstrap(const Bootstrap& bootstrap);
// The method as a record of it: level, draws, seed, resampled, units.
Json describe_intervals(const Bootstrap& bootstrap);

}  // namespace pellucid
