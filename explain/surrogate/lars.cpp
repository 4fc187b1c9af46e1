#include "explain/surrogate/lars.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace pellucid {
namespace {

constexpr double kEnd = 0x1p-23;      // of max |Xᵀr| / samples
constexpr double kDegenerate = 1e-7;  // of a pivot of the active set's Cholesky factor
constexpr double kTiny = 0x1p-126;    // keeps quotients finite
constexpr double kEpsilon = std::numeric_limits<double>::epsilon();

// Smallest positive value, or the greatest double.
class SmallestPositive {
 public:
  void offer(double value) {
    if (value > 0 && value < value_) value_ = value;
  }
  double value() const { return value_; }

 private:
  double value_ = std::numeric_limits<double>::max();
};

// The lower Cholesky factor of the active features' part of the Gram matrix.
class ActiveFactor {
 public:
  explicit ActiveFactor(const NormalEquations& equations) : equations_(equations) {}

  // Adds `feature` after `active`. False, and nothing added, if it depends on them.
  bool append(const std::vector<int>& active, int feature) {
    std::vector<double> row;
    double left = equations_.at(feature, feature);
    for (std::size_t i = 0; i < active.size(); ++i) {
      double value = equations_.at(feature, active[i]);
      for (std::size_t p = 0; p < i; ++p) value -= row[p] * rows_[i][p];
      row.push_back(value / rows_[i][i]);
      left -= row.back() * row.back();
    }
    row.push_back(std::max(std::sqrt(std::abs(left)), kEpsilon));
    if (row.back() < kDegenerate) return false;
    rows_.push_back(std::move(row));
    return true;
  }

  void rebuild(const std::vector<int>& active) {
    rows_.clear();
    std::vector<int> before;
    for (const int feature : active) {
      if (!append(before, feature)) return;  // cannot be: they were independent with one more
      before.push_back(feature);
    }
  }

  std::vector<double> solve(std::vector<double> b) const {
    for (std::size_t i = 0; i < b.size(); ++i) {
      for (std::size_t p = 0; p < i; ++p) b[i] -= rows_[i][p] * b[p];
      b[i] /= rows_[i][i];
    }
    for (std::size_t i = b.size(); i-- > 0;) {
      b[i] /= rows_[i][i];
      for (std::size_t p = 0; p < i; ++p) b[p] -= rows_[i][p] * b[i];
    }
    return b;
  }

 private:
  const NormalEquations& equations_;
  std::vector<std::vector<double>> rows_;
};

}  // namespace

LarsPath lars_path(const NormalEquations& equations, const LarsOptions& options) {
  const int features = equations.features;
  const auto size = static_cast<std::size_t>(features);
  LarsPath path;
  path.coefficients.emplace_back(size);
  std::vector<int>& active = path.active;
  std::vector<double> signs;                        // of the active features' correlations
  std::vector<double> correlation = equations.rhs;  // Xᵀ(y − Xβ)
  // Features outside the active set, in the order in which they are looked at.
  std::vector<int> waiting(size);
  for (int j = 0; j < features; ++j) waiting[static_cast<std::size_t>(j)] = j;
  ActiveFactor factor(equations);
  double previous = 0;
  bool sign_changed = false;
  const auto correlation_of = [&](int j) -> double& {
    return correlation[static_cast<std::size_t>(j)];
  };

  for (int step = 0;;) {
    std::size_t next = 0;
    for (std::size_t i = 1; i < waiting.size(); ++i)
      if (std::abs(correlation_of(waiting[i])) > std::abs(correlation_of(waiting[next]))) next = i;
    const double largest = waiting.empty() ? 0 : std::abs(correlation_of(waiting[next]));
    const double alpha = largest / options.samples;
    if (alpha <= kEnd || step >= options.max_steps || waiting.empty()) break;

    if (!sign_changed) {
      const int feature = waiting[next];
      if (!factor.append(active, feature)) {
        correlation_of(feature) = 0;  // never looked at again
        continue;
      }
      std::swap(waiting[next], waiting.front());
      waiting.erase(waiting.begin());
      active.push_back(feature);
      signs.push_back(correlation_of(feature) > 0 ? 1 : -1);
    }
    if (options.lasso && step > 0 && previous < alpha) break;  // only rounding is left

    // The direction in which all active correlations shrink alike.
    std::vector<double> direction = factor.solve(signs);
    double dot = 0;
    for (std::size_t i = 0; i < signs.size(); ++i) dot += direction[i] * signs[i];
    const double shrink = 1 / std::sqrt(dot);
    if (!std::isfinite(shrink)) break;
    for (double& value : direction) value *= shrink;

    // How far: until a waiting feature is as correlated, or nothing is left.
    SmallestPositive length;
    length.offer(largest / shrink);
    std::vector<double> change(size);  // of the correlations, a unit of length
    for (const int j : waiting) {
      double along = 0;
      for (std::size_t i = 0; i < active.size(); ++i)
        along += equations.at(active[i], j) * direction[i];
      along = std::nearbyint(along * 1e15) / 1e15;
      change[static_cast<std::size_t>(j)] = along;
      length.offer((largest - correlation_of(j)) / (shrink - along + kTiny));
      length.offer((largest + correlation_of(j)) / (shrink + along + kTiny));
    }
    double gamma = length.value();

    const std::vector<double>& before = path.coefficients.back();
    SmallestPositive crossing;
    std::vector<double> crossings;
    for (std::size_t i = 0; i < active.size(); ++i) {
      crossings.push_back(-before[static_cast<std::size_t>(active[i])] / (direction[i] + kTiny));
      crossing.offer(crossings.back());
    }
    sign_changed = crossing.value() < gamma;
    if (sign_changed && options.lasso) gamma = crossing.value();

    std::vector<double> after(size);
    for (std::size_t i = 0; i < active.size(); ++i) {
      const auto j = static_cast<std::size_t>(active[i]);
      after[j] = before[j] + gamma * direction[i];
    }
    for (const int j : waiting) correlation_of(j) -= gamma * change[static_cast<std::size_t>(j)];
    if (sign_changed) {
      for (std::size_t i = active.size(); i-- > 0;) {
        if (crossings[i] != crossing.value()) continue;
        signs[i] = -signs[i];
        if (!options.lasso) continue;
        const int feature = active[i];
        after[static_cast<std::size_t>(feature)] = 0;
        active.erase(active.begin() + static_cast<std::ptrdiff_t>(i));
        signs.erase(signs.begin() + static_cast<std::ptrdiff_t>(i));
        waiting.insert(waiting.begin(), feature);
        double left = equations.rhs[static_cast<std::size_t>(feature)];
        for (int p = 0; p < features; ++p)
          left -= equations.at(feature, p) * after[static_cast<std::size_t>(p)];
        correlation_of(feature) = left;
      }
      if (options.lasso) factor.rebuild(active);
    }
    path.coefficients.push_back(std::move(after));
    previous = alpha;
    ++step;
  }
  return path;
}

double least_residual(const NormalEquations& equations, double sum_squares) {
  ActiveFactor factor(equations);
  std::vector<int> active;
  std::vector<double> rhs;
  for (int j = 0; j < equations.features; ++j)
    if (factor.append(active, j)) {
      active.push_back(j);
      rhs.push_back(equations.rhs[static_cast<std::size_t>(j)]);
    }
  const std::vector<double> solution = factor.solve(rhs);
  double explained = 0;
  for (std::size_t i = 0; i < rhs.size(); ++i) explained += solution[i] * rhs[i];
  return std::max(0.0, sum_squares - explained);
}

}  // namespace pellucid
