#include "explain/surrogate/standard_errors.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "explain/surrogate/moments.h"

namespace pellucid {
namespace {

// (n, n) · (n, n)
std::vector<double> product(const std::vector<double>& a, const std::vector<double>& b,
                            std::size_t n) {
  std::vector<double> out(n * n);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t k = 0; k < n; ++k)
      for (std::size_t j = 0; j < n; ++j) out[i * n + j] += a[i * n + k] * b[k * n + j];
  return out;
}

}  // namespace

Sandwich::Sandwich(Stream& stream, const std::vector<double>& a, int n) : n_(n) {
  const auto size = static_cast<std::size_t>(n);
  std::vector<double> identity(size * size);
  for (std::size_t i = 0; i < size; ++i) identity[i * (size + 1)] = 1;
  Solution solution = solve_symmetric(stream, a, n, identity, n);
  if (!solution.singular) inverse_ = std::move(solution.x);
}

std::vector<double> Sandwich::covariance(const DrawSpread& spread) const {
  if (inverse_.empty() || spread.draws <= n_) return {};
  const auto n = static_cast<std::size_t>(n_);
  std::vector<double> middle = spread.squares;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j)
      middle[i * n + j] -= spread.sum[i] * spread.sum[j] / spread.draws;
  std::vector<double> covariance = product(product(inverse_, middle, n), inverse_, n);
  for (double& value : covariance) value *= spread.draws / (spread.draws - n_);
  return covariance;
}

std::vector<double> predictions(const HostCoalitions& c, const std::vector<double>& beta) {
  std::vector<double> out;
  auto word = c.bits.begin();
  for (int row = 0; row < c.rows; ++row) {
    double sum = 0;
    for (int w = 0; w < c.words; ++w, ++word)
      for (std::uint32_t left = *word; left != 0; left &= left - 1)
        sum += beta[static_cast<std::size_t>(32 * w + std::countr_zero(left))];
    out.push_back(sum);
  }
  return out;
}

std::vector<double> standard_errors_of(const std::vector<double>& covariance, int n) {
  const auto size = static_cast<std::size_t>(n);
  std::vector<double> errors;
  for (std::size_t i = 0; i < size; ++i)
    errors.push_back(std::sqrt(std::max(covariance[i * (size + 1)], 0.0)));
  return errors;
}

}  // namespace pellucid
