// What holds for the figures of any classifier, on classifiers drawn at random.
#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "nn/statistics/intervals.h"
#include "nn/statistics/metrics.h"
#include "runtime/random.h"
#include "tests/support/compare.h"

using namespace pellucid;
using doctest::Approx;

namespace {

struct Drawn {
  int classes, rows;
  std::vector<std::int32_t> labels, predicted;
  std::vector<float> probabilities;  // multiples of 1/8: many ties
  std::vector<double> weights;       // 0 … 3

  explicit Drawn(std::uint64_t seed) {
    std::uint64_t i = 0;
    const auto below = [&](std::uint32_t n) {
      return static_cast<int>(random_below({seed, 0x53544154}, i++, n));
    };
    classes = 2 + below(3);
    rows = 8 + below(30);
    for (int n = 0; n < rows; ++n) {
      labels.push_back(n < classes ? n : below(static_cast<std::uint32_t>(classes)));
      predicted.push_back(below(static_cast<std::uint32_t>(classes)));
      weights.push_back(n < classes ? 1 + below(3) : below(4));
      for (int c = 0; c < classes; ++c)
        probabilities.push_back(static_cast<float>(below(7) + (c == labels.back())) / 8);
    }
  }
  Classified classified() const { return {classes, labels, predicted, probabilities}; }
};

template <class T>
std::vector<T> rows_at(const std::vector<T>& values, const std::vector<std::size_t>& order,
                       int width) {
  std::vector<T> out;
  for (const std::size_t row : order)
    for (int c = 0; c < width; ++c)
      out.push_back(values[row * static_cast<std::size_t>(width) + static_cast<std::size_t>(c)]);
  return out;
}

// As many rows, in another order.
std::vector<std::size_t> shuffled(int rows, std::uint64_t seed) {
  std::vector<std::size_t> order(static_cast<std::size_t>(rows));
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[random_below({seed, 5}, i, static_cast<std::uint32_t>(i))]);
  return order;
}

constexpr std::uint64_t kDrawn = 60;

}  // namespace

TEST_CASE("statistics: the order of the samples changes no figure") {
  for (std::uint64_t seed = 0; seed < kDrawn; ++seed) {
    CAPTURE(seed);
    const Drawn d(seed);
    const auto order = shuffled(d.rows, seed);
    const auto labels = rows_at(d.labels, order, 1), predicted = rows_at(d.predicted, order, 1);
    const auto probabilities = rows_at(d.probabilities, order, d.classes);
    const std::vector<std::string> names(static_cast<std::size_t>(d.classes), "x");
    const auto figures = [&](const auto& truth, const auto& said, const auto& scores) {
      return to_text(metrics_to_json(ConfusionMatrix(d.classes, truth, said),
                                     one_vs_rest_auc(d.classes, truth, scores), names));
    };
    CHECK(figures(labels, predicted, probabilities) ==
          figures(d.labels, d.predicted, d.probabilities));
  }
}

TEST_CASE("statistics: renaming the classes renames their figures") {
  for (std::uint64_t seed = 0; seed < kDrawn; ++seed) {
    CAPTURE(seed);
    const Drawn d(seed);
    const auto to = shuffled(d.classes, seed);  // class c becomes class to[c]
    auto labels = d.labels, predicted = d.predicted;
    for (auto* classes : {&labels, &predicted})
      for (std::int32_t& c : *classes)
        c = static_cast<std::int32_t>(to[static_cast<std::size_t>(c)]);
    auto probabilities = d.probabilities;
    for (std::size_t n = 0; n < d.labels.size(); ++n)
      for (std::size_t c = 0; c < to.size(); ++c)
        probabilities[n * to.size() + to[c]] = d.probabilities[n * to.size() + c];
    const ConfusionMatrix before(d.classes, d.labels, d.predicted),
        after(d.classes, labels, predicted);
    const auto auc = one_vs_rest_auc(d.classes, d.labels, d.probabilities),
               auc_after = one_vs_rest_auc(d.classes, labels, probabilities);
    CHECK(after.accuracy() == before.accuracy());
    CHECK(after.balanced_accuracy() == Approx(before.balanced_accuracy()).epsilon(1e-12));
    for (int c = 0; c < d.classes; ++c) {
      const int renamed = static_cast<int>(to[static_cast<std::size_t>(c)]);
      CHECK(after.recall(renamed) == before.recall(c));
      CHECK(auc_after[static_cast<std::size_t>(renamed)] == auc[static_cast<std::size_t>(c)]);
      for (int k = 0; k < d.classes; ++k)
        CHECK(after.at(renamed, static_cast<int>(to[static_cast<std::size_t>(k)])) ==
              before.at(c, k));
    }
  }
}

TEST_CASE("statistics: truth and prediction exchanged exchange precision and recall") {
  for (std::uint64_t seed = 0; seed < kDrawn; ++seed) {
    CAPTURE(seed);
    const Drawn d(seed);
    const ConfusionMatrix one(d.classes, d.labels, d.predicted),
        other(d.classes, d.predicted, d.labels);
    CHECK(one.accuracy() == other.accuracy());
    for (int c = 0; c < d.classes; ++c) {
      // Absent on one side, it has no figures there.
      if (std::isnan(one.recall(c)) || std::isnan(other.recall(c))) continue;
      const double precision = one.precision(c), recall = one.recall(c);
      const auto same = [](double a, double b) {
        return a == b || (std::isnan(a) && std::isnan(b));
      };
      CHECK(same(precision, other.recall(c)));
      CHECK(same(recall, other.precision(c)));
      if (precision > 0 && recall > 0)
        CHECK(1 / one.f1(c) == Approx((1 / precision + 1 / recall) / 2).epsilon(1e-12));
    }
  }
}

TEST_CASE("statistics: a rising function of the scores keeps the AUC, a falling one mirrors it") {
  for (std::uint64_t seed = 0; seed < kDrawn; ++seed) {
    CAPTURE(seed);
    const Drawn d(seed);
    auto risen = d.probabilities, fallen = d.probabilities;
    for (float& p : risen) p = p * p * p + 2;  // exact in fp32, so ties stay
    for (float& p : fallen) p = 1 - p;
    const auto auc = one_vs_rest_auc(d.classes, d.labels, d.probabilities);
    CHECK(one_vs_rest_auc(d.classes, d.labels, risen) == auc);
    const auto mirrored = one_vs_rest_auc(d.classes, d.labels, fallen);
    for (std::size_t c = 0; c < auc.size(); ++c)
      CHECK(mirrored[c] == Approx(1 - auc[c]).epsilon(1e-12));
  }
}

TEST_CASE("statistics: a weight is as many copies, and the AUC is the area below the curve") {
  for (std::uint64_t seed = 0; seed < kDrawn; ++seed) {
    CAPTURE(seed);
    const Drawn d(seed);
    std::vector<std::size_t> copies;
    for (std::size_t n = 0; n < d.weights.size(); ++n)
      copies.insert(copies.end(), static_cast<std::size_t>(d.weights[n]), n);
    const auto labels = rows_at(d.labels, copies, 1);
    const auto probabilities = rows_at(d.probabilities, copies, d.classes);
    const auto auc = one_vs_rest_auc(d.classes, labels, probabilities);
    const std::vector<double> once(copies.size(), 1.0);
    for (int c = 0; c < d.classes; ++c) {
      const ScoreRanking weighted(d.classes, c, d.labels, d.probabilities),
          copied(d.classes, c, labels, probabilities);
      CHECK(weighted.auc(d.weights) == Approx(auc[static_cast<std::size_t>(c)]).epsilon(1e-12));
      const auto curve = weighted.curve(d.weights), same = copied.curve(once);
      REQUIRE(curve.size() >= 2);
      CHECK(curve.front() == std::array<double, 2>{0, 0});
      CHECK(curve.back() == std::array<double, 2>{1, 1});
      double area = 0;
      for (std::size_t i = 1; i < curve.size(); ++i) {
        const double step = curve[i][0] - curve[i - 1][0];
        CHECK(step >= 0);
        CHECK(curve[i][1] >= curve[i - 1][1]);
        area += step * (curve[i][1] + curve[i - 1][1]) / 2;
      }
      CHECK(area == Approx(auc[static_cast<std::size_t>(c)]).epsilon(1e-12));
      // A score that weighs nothing may leave a point twice; the line is the same.
      std::vector<std::array<double, 2>> distinct;
      for (const auto& point : curve)
        if (distinct.empty() || distinct.back() != point) distinct.push_back(point);
      REQUIRE(distinct.size() == same.size());
      for (std::size_t i = 0; i < same.size(); ++i)
        for (std::size_t j : {std::size_t{0}, std::size_t{1}})
          CHECK(distinct[i][j] == Approx(same[i][j]).epsilon(1e-12));
    }
  }
}

TEST_CASE("statistics: Wilson's interval is where the normal test just does not refuse") {
  for (const double trials : {1.0, 2.0, 7.0, 48.0, 1000.0}) {
    double before = -1;
    for (int step = 0; step <= 20; ++step) {
      const double successes = std::floor(trials * step / 20);
      CAPTURE(trials);
      CAPTURE(successes);
      const Interval i = wilson_interval(successes, trials);
      const double p = successes / trials;
      CHECK(i.low <= p);
      CHECK(i.high >= p);
      CHECK(i.low >= 0);
      CHECK(i.high <= 1);
      // |p − q| = z·√(q(1 − q)/n) at both ends q.
      for (const double q : {i.low, i.high})
        if (q > 0 && q < 1)
          CHECK(std::abs(p - q) ==
                Approx(1.959964 * std::sqrt(q * (1 - q) / trials)).epsilon(1e-5));
      const Interval mirrored = wilson_interval(trials - successes, trials);
      CHECK(mirrored.low == Approx(1 - i.high).epsilon(1e-12));
      CHECK(mirrored.high == Approx(1 - i.low).epsilon(1e-12));
      CHECK(i.low >= before);
      before = i.low;
    }
  }
  CHECK_THROWS_AS(wilson_interval(3, 2), Error);
  CHECK_THROWS_AS(wilson_interval(-1, 2), Error);
}

TEST_CASE("statistics: percentiles move and stretch with the values") {
  for (std::uint64_t seed = 0; seed < kDrawn; ++seed) {
    CAPTURE(seed);
    const std::size_t count = 1 + random_below({seed, 8}, 0, 50);
    std::vector<double> values, moved, turned;
    for (std::size_t i = 0; i < count; ++i) {
      values.push_back(random_uniform({seed, 9}, i));
      moved.push_back(3 * values.back() + 7);
      turned.push_back(-values.back());
    }
    const Interval i = percentile_interval(values), m = percentile_interval(moved),
                   t = percentile_interval(turned);
    CHECK(m.low == Approx(3 * i.low + 7).epsilon(1e-12));
    CHECK(m.high == Approx(3 * i.high + 7).epsilon(1e-12));
    CHECK(t.low == Approx(-i.high).epsilon(1e-12));
    CHECK(t.high == Approx(-i.low).epsilon(1e-12));
    // Type 7: order statistic k of n stands for the quantile k/(n − 1).
    std::sort(values.begin(), values.end());
    const double place = 0.975 * static_cast<double>(count - 1);
    const auto below = static_cast<std::size_t>(place);
    if (below + 1 < count) {
      CHECK(i.high >= values[below]);
      CHECK(i.high <= values[below + 1]);
    }
    CHECK(i.low >= values.front());
    CHECK(i.high <= values.back());
  }
}

TEST_CASE("statistics: every draw of the bootstrap is as many units, each drawn whole") {
  for (std::uint64_t seed = 0; seed < kDrawn; ++seed) {
    CAPTURE(seed);
    std::vector<std::string> groups;
    const std::size_t count = 1 + random_below({seed, 11}, 0, 40);
    for (std::size_t i = 0; i < count; ++i) {
      const auto woman = random_below({seed, 12}, i, 12);
      groups.push_back(woman == 0 ? "" : concat("w", woman));
    }
    const Bootstrap bootstrap(groups, 20, seed);
    std::map<std::string, int> sizes;
    for (std::size_t i = 0; i < count; ++i)
      ++sizes[groups[i].empty() ? concat("alone", i) : groups[i]];
    CHECK(bootstrap.units() == static_cast<int>(sizes.size()));
    CHECK(bootstrap.by_group() == (sizes.size() < count));
    for (int draw = 0; draw < bootstrap.draws(); ++draw) {
      const auto weights = bootstrap.weights(draw);
      REQUIRE(weights.size() == count);
      std::map<std::string, double> drawn;
      for (std::size_t i = 0; i < count; ++i) {
        const auto [at, is_new] =
            drawn.emplace(groups[i].empty() ? concat("alone", i) : groups[i], weights[i]);
        CHECK((is_new || at->second == weights[i]));
      }
      double units = 0;
      for (const auto& [unit, times] : drawn) units += times;
      CHECK(units == bootstrap.units());
    }
  }
  CHECK_THROWS_AS(Bootstrap(std::vector<std::string>{}), Error);
  CHECK_THROWS_AS(Bootstrap(std::vector<std::string>{"a"}, 0), Error);
}

TEST_CASE(
    "statistics: an interval holds its figure, of a classifier and of the difference of two") {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    CAPTURE(seed);
    const Drawn d(seed);
    const Bootstrap bootstrap(std::vector<std::string>(static_cast<std::size_t>(d.rows)), 400,
                              seed);
    const std::vector<std::string> names(static_cast<std::size_t>(d.classes), "x");
    const Json figures = metrics_with_intervals(d.classified(), names, bootstrap);
    const auto holds = [](const Json& interval, const Json& figure) {
      return figure.is_null() || (interval[0] <= figure && figure <= interval[1]);
    };
    CHECK(holds(figures["accuracy_interval"], figures["accuracy"]));
    CHECK(holds(figures["balanced_accuracy_interval"], figures["balanced_accuracy"]));
    for (const Json& c : figures["classes"]) {
      CHECK(holds(c["precision_interval"], c["precision"]));
      CHECK(holds(c["recall_interval"], c["recall"]));
      CHECK(holds(c["auc_interval"], c["auc"]));
    }
    // Another classifier of the same samples, which guesses anew: antisymmetric, and about the difference.
    std::vector<std::int32_t> guessed;
    for (int n = 0; n < d.rows; ++n)
      guessed.push_back(static_cast<std::int32_t>(random_below(
          {seed, 21}, static_cast<std::uint64_t>(n), static_cast<std::uint32_t>(d.classes))));
    const Classified other{d.classes, d.labels, guessed, d.probabilities};
    const Interval there = balanced_accuracy_difference(d.classified(), other, bootstrap),
                   back = balanced_accuracy_difference(other, d.classified(), bootstrap);
    CHECK(there.low == Approx(-back.high).epsilon(1e-12));
    CHECK(there.high == Approx(-back.low).epsilon(1e-12));
    const double difference =
        ConfusionMatrix(d.classes, d.labels, d.predicted).balanced_accuracy() -
        ConfusionMatrix(d.classes, d.labels, guessed).balanced_accuracy();
    CHECK(there.low <= difference);
    CHECK(there.high >= difference);
  }
}
