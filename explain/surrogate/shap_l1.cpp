#include "explain/surrogate/shap_l1.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "runtime/error.h"

namespace pellucid {
namespace {

std::size_t index(int i) { return static_cast<std::size_t>(i); }

}  // namespace

ShapSelection::ShapSelection(Stream& stream, const Coalitions& coalitions, const Tensor& weights,
                             const std::vector<double>& targets, const std::vector<double>& delta)
    : features_(coalitions.features),
      samples_(2 * coalitions.rows),
      delta_(delta),
      column_sums_(index(coalitions.features)),
      target_sums_(delta.size()) {
  const HostCoalitions c = coalitions.to_host(stream);
  const std::vector<double> w = weights.to_host<double>(stream);
  std::vector<double> of_rows, of_mirrored;
  for (int n = 0; n < c.rows; ++n) {
    const int size = c.popcount(n);
    of_rows.push_back(w[index(n)] * (c.features - size));
    of_mirrored.push_back(w[index(n)] * size);
    const double root = std::sqrt(of_rows.back()), mirrored_root = std::sqrt(of_mirrored.back());
    for (int j = 0; j < c.features; ++j)
      column_sums_[index(j)] += c.present(n, j) ? root : -mirrored_root;
    for (std::size_t d = 0; d < delta.size(); ++d) {
      const double y = targets[index(n) * delta.size() + d];
      target_sums_[d] += root * y + mirrored_root * (y - delta[d]);
    }
  }
  const int columns = static_cast<int>(delta.size());
  const auto moments = [&](const std::vector<double>& of) {
    return weighted_moments(stream, coalitions, Tensor::from_host(stream, {coalitions.rows}, of),
                            targets, columns);
  };
  rows_ = moments(of_rows);
  mirrored_ = moments(of_mirrored);
}

// Σ b (z_i − 1)(z_j − 1) and Σ b (z_i − 1)(y − Δ), multiplied out, beside the sums with z itself.
NormalEquations ShapSelection::equations(int d) const {
  NormalEquations e{features_, {}, {}};
  const double delta = delta_[index(d)];
  const double all = mirrored_.sum_y[index(d)] - delta * mirrored_.weight;
  for (int i = 0; i < features_; ++i) {
    for (int j = 0; j < features_; ++j)
      e.gram.push_back(rows_.at(i, j) + mirrored_.at(i, j) - mirrored_.at(i, i) -
                       mirrored_.at(j, j) + mirrored_.weight);
    e.rhs.push_back(rows_.rhs_at(i, d) + mirrored_.rhs_at(i, d) - delta * mirrored_.at(i, i) - all);
  }
  return e;
}

std::vector<int> ShapSelection::by_criterion(int d, double factor) const {
  NormalEquations e = equations(d);
  const double delta = delta_[index(d)], rows = samples_;
  const double mean_y = target_sums_[index(d)] / rows;
  const double sum_squares = rows_.sum_yy[index(d)] + mirrored_.sum_yy[index(d)] -
                             2 * delta * mirrored_.sum_y[index(d)] +
                             delta * delta * mirrored_.weight - rows * mean_y * mean_y;
  std::vector<double> mean, deviation;
  for (int j = 0; j < features_; ++j) {
    mean.push_back(column_sums_[index(j)] / rows);
    const double variance = e.at(j, j) / rows - mean.back() * mean.back();
    deviation.push_back(variance > 0 ? std::sqrt(variance) : 1);
  }
  for (int i = 0; i < features_; ++i) {
    for (int j = 0; j < features_; ++j) {
      double& element = e.gram[index(i) * index(features_) + index(j)];
      element = (element - rows * mean[index(i)] * mean[index(j)]) /
                (deviation[index(i)] * deviation[index(j)]);
    }
    e.rhs[index(i)] = (e.rhs[index(i)] - rows * mean[index(i)] * mean_y) / deviation[index(i)];
  }

  const double noise = least_residual(e, sum_squares) / (rows - features_ - 1);
  const LarsPath path = lars_path(e, {.lasso = true, .samples = rows});
  double best = std::numeric_limits<double>::infinity();
  std::vector<int> chosen;
  for (const std::vector<double>& beta : path.coefficients) {
    std::vector<int> active;
    for (int j = 0; j < features_; ++j)
      if (std::abs(beta[index(j)]) > std::numeric_limits<double>::epsilon()) active.push_back(j);
    double residual = sum_squares;
    for (const int i : active) {
      double fitted = 0;
      for (const int j : active) fitted += e.at(i, j) * beta[index(j)];
      residual += beta[index(i)] * (fitted - 2 * e.rhs[index(i)]);
    }
    // Without noise the smallest residual wins alone.
    const double value =
        noise > 0 ? std::max(residual, 0.0) / noise + factor * static_cast<double>(active.size())
                  : residual;
    if (!(value < best)) continue;
    best = value;
    chosen = std::move(active);
  }
  return chosen;
}

std::vector<int> ShapSelection::select(int d, const L1& l1) const {
  switch (l1.kind) {
    case L1::Kind::num_features: {
      std::vector<int> chosen =
          lars_path(equations(d), {.max_steps = l1.count, .samples = double(samples_)}).active;
      std::sort(chosen.begin(), chosen.end());
      return chosen;
    }
    case L1::Kind::aic:
      return by_criterion(d, 2);
    case L1::Kind::bic:
      return by_criterion(d, std::log(static_cast<double>(samples_)));
    case L1::Kind::none:
      break;
  }
  fail("Kernel SHAP: no selection was asked for");
}

}  // namespace pellucid
