#include "explain/scores/concentration.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace pellucid {
namespace {

std::vector<double> magnitudes(std::span<const float> map) {
  std::vector<double> out;
  out.reserve(map.size());
  for (const float value : map) out.push_back(std::abs(double{value}));
  return out;
}

}  // namespace

std::optional<double> sparseness(std::span<const float> map) {
  std::vector<double> values = magnitudes(map);
  std::sort(values.begin(), values.end());
  const double sum = std::accumulate(values.begin(), values.end(), 0.0);
  if (sum == 0) return std::nullopt;
  const double count = static_cast<double>(values.size());
  double weighted = 0;
  for (std::size_t i = 0; i < values.size(); ++i)
    weighted += (2 * static_cast<double>(i) + 1 - count) * values[i];
  return weighted / (count * sum);
}

std::optional<double> complexity(std::span<const float> map) {
  const std::vector<double> values = magnitudes(map);
  const double sum = std::accumulate(values.begin(), values.end(), 0.0);
  if (sum == 0) return std::nullopt;
  double entropy = 0;
  for (const double value : values)
    if (value > 0) entropy -= value / sum * std::log(value / sum);
  return entropy;
}

}  // namespace pellucid
