#include "explain/scores/stability.h"

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "runtime/error.h"

namespace pellucid {

Sample perturbed_sample(const Sample& sample, double radius, std::uint64_t seed, int draw) {
  const int white = sample.pixels.white(), reach = static_cast<int>(white * radius);
  const RandomKey key{seed, kSensitivityStream + static_cast<unsigned>(draw)};
  Sample out = sample;
  out.pixels.visit([&](auto& values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      const int delta =
          static_cast<int>(random_below(key, i, static_cast<std::uint32_t>(2 * reach + 1))) - reach;
      values[i] = static_cast<std::remove_cvref_t<decltype(values[i])>>(
          std::clamp(values[i] + delta, 0, white));
    }
  });
  return out;
}

std::optional<double> relative_change(std::span<const float> map,
                                      std::span<const float> perturbed) {
  require(map.size() == perturbed.size(), "sensitivity of maps of ", map.size(), " and ",
          perturbed.size(), " pixels");
  double change = 0, norm = 0;
  for (std::size_t i = 0; i < map.size(); ++i) {
    change += std::pow(double{perturbed[i]} - map[i], 2);
    norm += std::pow(double{map[i]}, 2);
  }
  return norm > 0 ? std::optional(std::sqrt(change / norm)) : std::nullopt;
}

std::vector<Sensitivity> sensitivity_max(const Sample& sample,
                                         std::span<const Explanation> explanations, int draws,
                                         std::uint64_t seed, const ExplainSample& explain) {
  std::vector<Sensitivity> out(explanations.size());
  for (int draw = 0; draw < draws; ++draw) {
    const std::vector<Explanation> again =
        explain(perturbed_sample(sample, kSensitivityRadius, seed, draw));
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i].cost.add(again[i].cost);
      const auto change = relative_change(explanations[i].map, again[i].map);
      if (change) out[i].maximum = std::max(out[i].maximum.value_or(0), *change);
    }
  }
  return out;
}

}  // namespace pellucid
