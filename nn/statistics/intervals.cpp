#include "nn/statistics/intervals.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "runtime/error.h"
#include "runtime/random.h"

namespace pellucid {
namespace {

constexpr double kNormalQuantile = 1.959963984540054;  // of (1 + kConfidence)/2

Json to_json(const Interval& interval) { return Json{interval.low, interval.high}; }

// NaN if the draw lacks a class that the samples have.
double balanced_accuracy(const Classified& c, std::span<const double> weights) {
  std::vector<double> all(static_cast<std::size_t>(c.classes)), right(all), present(all);
  for (std::size_t n = 0; n < c.labels.size(); ++n) {
    const auto label = static_cast<std::size_t>(c.labels[n]);
    present[label] = 1;
    all[label] += weights[n];
    if (c.labels[n] == c.predicted[n]) right[label] += weights[n];
  }
  double sum = 0, classes = 0;
  for (std::size_t k = 0; k < all.size(); ++k) {
    if (present[k] == 0) continue;
    sum += right[k] / all[k];  // 0/0: NaN
    classes += 1;
  }
  return sum / classes;
}

using Curve = std::vector<std::array<double, 2>>;

// The points at which the curve turns.
Curve corners(const Curve& curve) {
  Curve out;
  for (std::size_t i = 0; i < curve.size(); ++i) {
    if (i > 0 && i + 1 < curve.size()) {
      const auto &a = out.back(), &b = curve[i], &c = curve[i + 1];
      const double turn = (b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0]);
      if (std::abs(turn) < 1e-12) continue;
    }
    out.push_back(curve[i]);
  }
  return out;
}

// The highest true positive rate at a false positive rate.
double height_at(const Curve& curve, double x) {
  std::size_t i = 0;
  while (i + 1 < curve.size() && curve[i + 1][0] <= x) ++i;
  if (i + 1 == curve.size()) return curve[i][1];
  const double t = (x - curve[i][0]) / (curve[i + 1][0] - curve[i][0]);
  return curve[i][1] + t * (curve[i + 1][1] - curve[i][1]);
}

}  // namespace

Interval wilson_interval(double successes, double trials) {
  require(successes >= 0 && successes <= trials, "an interval of ", successes, " successes in ",
          trials, " trials");
  if (trials == 0) {
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    return {none, none};
  }
  const double z2 = kNormalQuantile * kNormalQuantile, p = successes / trials;
  const double centre = p + z2 / (2 * trials);
  const double reach =
      kNormalQuantile * std::sqrt(p * (1 - p) / trials + z2 / (4 * trials * trials));
  const double scale = 1 + z2 / trials;
  // Rounding would leave an end that is exactly 0 or 1 beside it.
  return {successes == 0 ? 0 : (centre - reach) / scale,
          successes == trials ? 1 : (centre + reach) / scale};
}

Bootstrap::Bootstrap(std::span<const std::string> groups, int draws, std::uint64_t seed)
    : draws_(draws), seed_(seed) {
  require(draws >= 1 && !groups.empty(), "a bootstrap of ", groups.size(), " samples with ", draws,
          " draws");
  std::map<std::string_view, int> known;
  for (const std::string& group : groups) {
    const auto [at, is_new] = known.emplace(group, units_);
    const bool own = group.empty() || is_new;
    by_group_ |= !own;
    unit_of_.push_back(own ? units_++ : at->second);
  }
}

std::vector<double> Bootstrap::weights(int draw) const {
  const RandomKey key{seed_, kBootstrapStream + static_cast<std::uint64_t>(draw)};
  std::vector<double> times(static_cast<std::size_t>(units_));
  for (int i = 0; i < units_; ++i)
    times[random_below(key, static_cast<std::uint64_t>(i), static_cast<std::uint32_t>(units_))] +=
        1;
  std::vector<double> out;
  for (const int unit : unit_of_) out.push_back(times[static_cast<std::size_t>(unit)]);
  return out;
}

Interval percentile_interval(std::vector<double> values) {
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  if (values.empty()) return {none, none};
  std::sort(values.begin(), values.end());
  const auto quantile = [&](double q) {
    const double place = q * static_cast<double>(values.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    const std::size_t above = std::min(below + 1, values.size() - 1);
    return values[below] + (place - std::floor(place)) * (values[above] - values[below]);
  };
  return {quantile((1 - kConfidence) / 2), quantile((1 + kConfidence) / 2)};
}

Json metrics_with_intervals(const Classified& c, const std::vector<std::string>& class_names,
                            const Bootstrap& bootstrap) {
  const ConfusionMatrix matrix(c.classes, c.labels, c.predicted);
  std::vector<ScoreRanking> rankings;
  std::vector<double> auc;
  const std::vector<double> once(c.labels.size(), 1.0);
  for (int k = 0; k < c.classes; ++k) {
    rankings.emplace_back(c.classes, k, c.labels, c.probabilities);
    auc.push_back(rankings.back().auc(once));
  }
  std::vector<double> balanced;
  std::vector<std::vector<double>> areas(rankings.size());
  const auto keep = [](std::vector<double>& values, double value) {
    if (!std::isnan(value)) values.push_back(value);
  };
  for (int draw = 0; draw < bootstrap.draws(); ++draw) {
    const std::vector<double> weights = bootstrap.weights(draw);
    keep(balanced, balanced_accuracy(c, weights));
    for (std::size_t k = 0; k < rankings.size(); ++k) keep(areas[k], rankings[k].auc(weights));
  }

  Json out = metrics_to_json(matrix, auc, class_names);
  double right = 0;
  for (int k = 0; k < c.classes; ++k) {
    double row = 0, column = 0;
    for (int j = 0; j < c.classes; ++j) {
      row += matrix.at(k, j);
      column += matrix.at(j, k);
    }
    const double hits = matrix.at(k, k);
    right += hits;
    Json& by_class = out["classes"][static_cast<std::size_t>(k)];
    by_class["precision_interval"] =
        to_json(row > 0 ? wilson_interval(hits, column) : wilson_interval(0, 0));
    by_class["recall_interval"] = to_json(wilson_interval(hits, row));
    by_class["auc_interval"] =
        to_json(percentile_interval(std::move(areas[static_cast<std::size_t>(k)])));
  }
  out["accuracy_interval"] = to_json(wilson_interval(right, matrix.total()));
  out["balanced_accuracy_interval"] = to_json(percentile_interval(std::move(balanced)));
  return out;
}

void add_roc(Json& figures, const Classified& c, const Bootstrap& bootstrap) {
  constexpr int kSteps = 40;
  const std::vector<double> once(c.labels.size(), 1.0);
  for (int k = 0; k < c.classes; ++k) {
    const ScoreRanking ranking(c.classes, k, c.labels, c.probabilities);
    Json& roc = figures["classes"][static_cast<std::size_t>(k)]["roc"];
    const Curve curve = corners(ranking.curve(once));
    roc = nullptr;
    if (curve.empty()) continue;
    std::vector<std::vector<double>> heights(kSteps + 1);
    for (int draw = 0; draw < bootstrap.draws(); ++draw) {
      const Curve drawn = ranking.curve(bootstrap.weights(draw));
      for (std::size_t i = 0; i < heights.size() && !drawn.empty(); ++i)
        heights[i].push_back(height_at(drawn, static_cast<double>(i) / kSteps));
    }
    Json x = Json::array(), y = x, grid = x, low = x, high = x;
    for (const auto& point : curve) {
      x.push_back(point[0]);
      y.push_back(point[1]);
    }
    for (std::size_t i = 0; i < heights.size(); ++i) {
      const Interval interval = percentile_interval(std::move(heights[i]));
      grid.push_back(static_cast<double>(i) / kSteps);
      low.push_back(interval.low);
      high.push_back(interval.high);
    }
    roc = {{"false_positive_rate", x},
           {"true_positive_rate", y},
           {"band", {{"false_positive_rate", grid}, {"low", low}, {"high", high}}}};
  }
}

Interval balanced_accuracy_difference(const Classified& a, const Classified& b,
                                      const Bootstrap& bootstrap) {
  std::vector<double> differences;
  for (int draw = 0; draw < bootstrap.draws(); ++draw) {
    const std::vector<double> weights = bootstrap.weights(draw);
    const double difference = balanced_accuracy(a, weights) - balanced_accuracy(b, weights);
    if (!std::isnan(difference)) differences.push_back(difference);
  }
  return percentile_interval(std::move(differences));
}

Json describe_intervals(const Bootstrap& bootstrap) {
  Json out = {{"proportions", "Wilson 1927, taking images as independent"},
              {"balanced_accuracy_and_auc", "percentile bootstrap"}};
  out.update(describe_bootstrap(bootstrap));
  return out;
}

Json describe_bootstrap(const Bootstrap& bootstrap) {
  return {{"level", kConfidence},
          {"draws", bootstrap.draws()},
          {"seed", bootstrap.seed()},
          {"resampled", bootstrap.by_group() ? "groups" : "images"},
          {"units", bootstrap.units()}};
}

}  // namespace pellucid
