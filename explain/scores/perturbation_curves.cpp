#include "explain/scores/perturbation_curves.h"

#include <algorithm>

#include "runtime/error.h"

namespace pellucid {
namespace {

double area_under(std::span<const double> x, std::span<const double> y) {
  double area = 0;
  for (std::size_t i = 1; i < x.size(); ++i) area += (x[i] - x[i - 1]) * (y[i] + y[i - 1]) / 2;
  return area;
}

}  // namespace

PerturbationSteps perturbation_steps(std::span<const std::int32_t> order, int most) {
  require(!order.empty() && most >= 1 && most <= kMaxFeatures, "perturbation: a map of ",
          order.size(), " pixels in ", most, " steps; at least one pixel and 1 to ", kMaxFeatures,
          " steps");
  const std::size_t pixels = order.size(), limit = static_cast<std::size_t>(most);
  const std::size_t size = (pixels + limit - 1) / limit;
  PerturbationSteps steps;
  steps.labels.resize(pixels);
  for (std::size_t rank = 0; rank < pixels; ++rank)
    steps.labels[static_cast<std::size_t>(order[rank])] = static_cast<std::int32_t>(rank / size);
  steps.count = static_cast<int>((pixels + size - 1) / size);
  for (std::size_t k = 0; k <= static_cast<std::size_t>(steps.count); ++k)
    steps.shares.push_back(static_cast<double>(std::min(k * size, pixels)) /
                           static_cast<double>(pixels));
  return steps;
}

HostCoalitions perturbation_masks(int steps) {
  HostCoalitions masks(steps, 2 * steps);
  for (int k = 0; k < steps; ++k)
    for (int step = 0; step < steps; ++step) masks.set(step < k ? steps + k : k, step);
  return masks;
}

PerturbationCurves perturbation_curves(const PerturbationSteps& steps,
                                       std::span<const double> scores) {
  const auto count = static_cast<std::size_t>(steps.count);
  require(scores.size() == 2 * count, "perturbation: ", scores.size(), " scores of ", count,
          " steps");
  const auto removed = scores.first(count), shown = scores.last(count);
  PerturbationCurves curves;
  curves.deletion.assign(removed.begin(), removed.end());
  curves.deletion.push_back(shown.front());  // the baseline alone
  curves.insertion.assign(shown.begin(), shown.end());
  curves.insertion.push_back(removed.front());  // the whole picture
  curves.deletion_auc = area_under(steps.shares, curves.deletion);
  curves.insertion_auc = area_under(steps.shares, curves.insertion);
  return curves;
}

}  // namespace pellucid
