// agreement.h: how far two maps of a picture say the same.
#pragma once

#include <optional>
#include <span>
#include <vector>

namespace pellucid {

// (pixels): 1 for the least value; equal ones share the mean of their ranks.
std::vector<double> average_ranks(std::span<const float> map);

// Spearman's rank correlation in [−1, 1], of maps (pixels) or of their average_ranks(). Nothing if
// one is constant. Throws Error if the sizes differ.
std::optional<double> spearman(std::span<const float> a, std::span<const float> b);
std::optional<double> correlation(std::span<const double> a, std::span<const double> b);

// Of the `share` of pixels with the greatest values of each map (ranking.h), rounded, at least one:
// the part that both have, in [0, 1]; `share` by chance. 0 < share ≤ 1. Throws Error if the sizes
// differ.
double top_overlap(std::span<const float> a, std::span<const float> b, double share);

}  // namespace pellucid
