// coalition_games.h: models that are functions of which features are present, and the Shapley
// values of small ones by their definition.
#pragma once

#include <cmath>
#include <functional>
#include <vector>

#include "explain/surrogate/lime.h"
#include "explain/surrogate/shap_plan.h"
#include "tests/support/device.h"

namespace pellucid::test {

using Features = std::vector<int>;  // 0 or 1 each
using Game = std::function<double(const Features&)>;

inline Features features_of(const HostCoalitions& c, int row) {
  Features z;
  for (int j = 0; j < c.features; ++j) z.push_back(c.present(row, j));
  return z;
}

// LIME's fit of rows that lie on the host, with its own weights.
inline std::vector<LimeResult> fit_lime(const HostCoalitions& c, const std::vector<double>& values,
                                        int classes, const LimeOptions& options = {}) {
  const Coalitions rows = Coalitions::from_host(stream(), c);
  return lime_fit(stream(), rows, lime_weights(stream(), rows, options.kernel_width), values,
                  classes, options);
}

// A plan with its rows and weights on the host.
struct HostPlan {
  ShapPlan plan;
  HostCoalitions coalitions;
  std::vector<double> weights;
};
inline HostPlan host_plan(int features, const ShapPlanOptions& options) {
  HostPlan out{shap_plan(stream(), features, options), {}, {}};
  out.coalitions = out.plan.coalitions.to_host(stream());
  const Tensor weights = shap_weights(stream(), out.plan);
  if (weights.defined()) out.weights = weights.to_host<double>(stream());
  return out;
}

// (N, games)
inline std::vector<double> values_of(const HostCoalitions& c, const std::vector<Game>& games) {
  std::vector<double> values;
  for (int n = 0; n < c.rows; ++n)
    for (const Game& game : games) values.push_back(game(features_of(c, n)));
  return values;
}

inline std::vector<double> values_at(int features, int present, const std::vector<Game>& games) {
  std::vector<double> values;
  for (const Game& game : games)
    values.push_back(game(Features(static_cast<std::size_t>(features), present)));
  return values;
}

// sin(0.1 Σ (j+1) z_j) + 0.1 |z| + 0.25 z_1 z_4; scripts/goldens/coalition_golden.py has it too.
inline double rough_game(const Features& z) {
  double places = 0, count = 0;
  for (std::size_t j = 0; j < z.size(); ++j) {
    places += z[j] * (static_cast<double>(j) + 1);
    count += z[j];
  }
  const bool both = z.size() > 4 && z[1] && z[4];
  return std::sin(0.1 * places) + 0.1 * count + (both ? 0.25 : 0);
}

// σ(Σ c_j z_j − 0.5), c_j quarters from −5/4 to 5/4, as there.
inline double probability_game(const Features& z) {
  double score = -0.5;
  for (std::size_t j = 0; j < z.size(); ++j)
    score += z[j] * (static_cast<int>(7 * j % 11) - 5) / 4.0;
  return 1 / (1 + std::exp(-score));
}

// z_0 + 0.5 z_3 − 0.25 z_7 and something like noise, as there.
inline double noisy_game(const Features& z) {
  double places = 0;
  for (std::size_t j = 0; j < z.size(); ++j)
    places += z[j] * (static_cast<double>(j) + 1) * (static_cast<double>(j) + 1);
  const auto at = [&](std::size_t j) { return j < z.size() ? z[j] : 0; };
  return at(0) + 0.5 * at(3) - 0.25 * at(7) + 0.3 * std::sin(12.9898 * places);
}

// Σ_S |S|! (M − |S| − 1)! / M! (v(S ∪ i) − v(S))
inline std::vector<double> shapley_values(int features, const Game& game) {
  const auto m = static_cast<std::size_t>(features);
  std::vector<double> v;
  for (std::size_t set = 0; set < std::size_t{1} << m; ++set) {
    Features z;
    for (std::size_t j = 0; j < m; ++j) z.push_back(set >> j & 1);
    v.push_back(game(z));
  }
  std::vector<double> phi(m);
  for (std::size_t set = 0; set < v.size(); ++set) {
    int size = 0;
    for (std::size_t j = 0; j < m; ++j) size += set >> j & 1;
    const double share =
        std::exp(std::lgamma(size + 1) + std::lgamma(features - size) - std::lgamma(features + 1));
    for (std::size_t j = 0; j < m; ++j)
      if (!(set >> j & 1)) phi[j] += share * (v[set | std::size_t{1} << j] - v[set]);
  }
  return phi;
}

// NaN if any element is.
inline double greatest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() != b.size()) return NAN;
  double greatest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double difference = std::abs(a[i] - b[i]);
    if (!(difference <= greatest)) greatest = difference;
  }
  return greatest;
}

}  // namespace pellucid::test
