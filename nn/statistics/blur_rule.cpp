#include "nn/statistics/blur_rule.h"

#include <algorithm>
#include <cmath>

#include "runtime/error.h"

namespace pellucid {
namespace {

constexpr double kLeastVariance = 1e-6;

// Of the values whose label is `label`; of all for a negative one.
double mean_of(std::span<const double> x, std::span<const int> labels, int label, double& count) {
  double sum = 0;
  count = 0;
  for (std::size_t n = 0; n < x.size(); ++n) {
    if (label >= 0 && labels[n] != label) continue;
    sum += x[n];
    count += 1;
  }
  return count > 0 ? sum / count : 0;
}

double variance_of(std::span<const double> x, std::span<const int> labels, int label) {
  double count = 0, sum = 0;
  const double mean = mean_of(x, labels, label, count);
  for (std::size_t n = 0; n < x.size(); ++n)
    if (label < 0 || labels[n] == label) sum += (x[n] - mean) * (x[n] - mean);
  return count > 1 ? sum / (count - 1) : 0;
}

}  // namespace

double log_laplacian_variance(const Pixels& pixels, int height, int width, int planes) {
  require(height >= 1 && width >= 1 && planes >= 1 &&
              pixels.size() == static_cast<std::size_t>(height) * static_cast<std::size_t>(width) *
                                   static_cast<std::size_t>(planes),
          "blur: ", pixels.size(), " values for ", height, " x ", width, " x ", planes);
  const auto mirrored = [](int i, int size) {
    if (size == 1) return 0;
    return i < 0 ? 1 : i == size ? size - 2 : i;
  };
  double sum = 0, squares = 0;
  pixels.visit([&](const auto& values) {
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x)
        for (int p = 0; p < planes; ++p) {
          const auto at = [&](int row, int column) {
            return static_cast<int>(values[static_cast<std::size_t>(
                (mirrored(row, height) * width + mirrored(column, width)) * planes + p)]);
          };
          const double laplacian =
              at(y - 1, x) + at(y + 1, x) + at(y, x - 1) + at(y, x + 1) - 4 * at(y, x);
          sum += laplacian;
          squares += laplacian * laplacian;
        }
  });
  const double unit = static_cast<double>(kWhite8) / pixels.white();
  sum *= unit;
  squares *= unit * unit;
  const double count = static_cast<double>(pixels.size()), mean = sum / count;
  return std::log(std::max(squares / count - mean * mean, kLeastVariance));
}

BlurRule::BlurRule(std::span<const Sample> samples, const Dataset& dataset)
    : classes_(dataset.class_names.size()) {
  require(!samples.empty(), "blur: no samples to learn the rule from");
  std::vector<double> x;
  std::vector<int> labels;
  for (const Sample& sample : samples) {
    x.push_back(
        log_laplacian_variance(sample.pixels, dataset.height, dataset.width, dataset.planes()));
    labels.push_back(sample.label);
  }
  const double of_all = std::max(variance_of(x, labels, -1), kLeastVariance);
  for (std::size_t c = 0; c < classes_.size(); ++c) {
    Gaussian& gaussian = classes_[c];
    const int label = static_cast<int>(c);
    gaussian.mean = mean_of(x, labels, label, gaussian.samples);
    gaussian.variance = variance_of(x, labels, label);
    if (gaussian.variance <= kLeastVariance) gaussian.variance = of_all;
  }
}

std::vector<double> BlurRule::probabilities(double x) const {
  std::vector<double> logs;
  for (const Gaussian& g : classes_)
    logs.push_back(g.samples == 0 ? -INFINITY
                                  : -0.5 * (x - g.mean) * (x - g.mean) / g.variance -
                                        0.5 * std::log(g.variance));
  const double largest = *std::max_element(logs.begin(), logs.end());
  double sum = 0;
  for (double& value : logs) sum += value = std::exp(value - largest);
  for (double& value : logs) value /= sum;
  return logs;
}

}  // namespace pellucid
