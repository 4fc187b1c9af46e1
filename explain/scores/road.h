// road.h: ROAD, remove and debias (Rong et al., ICML 2022): how the score changes as pixels give way
// to what their neighbours let expect, which hides the shape of what was removed.
//
//   MoRF      the pixels with the greatest values of the map are removed first
//   LeRF      those with the least
//   road      mean over 10, 20 … 90 % of (score with so many removed − score of the picture)
//   combined  (LeRF − MoRF) / 2: the greater the better; 0 for a map at random
//
// As pytorch-grad-cam's ROADCombined: at p percent, ⌊p (P − 1) / 100⌋ + 1 of P pixels are removed,
// those at or beyond numpy's percentile, and imputed pixels get noise of deviation 0.01. Unlike
// there, equal values are taken in row-major order (ranking.h), so that a map with a large plateau
// does not lose all its pixels at once.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "explain/ranking.h"
#include "runtime/random.h"

namespace pellucid {

inline constexpr std::array<int, 9> kRoadPercentages = {10, 20, 30, 40, 50, 60, 70, 80, 90};
inline constexpr double kRoadNoise = 0.01;
inline constexpr std::uint64_t kRoadNoiseStream = 0x524F414400000000;  // "ROAD", + percentage

// order: a map's ranking(). (pixels): 1 where a pixel is among the `percentage` of 0 … 99 percent
// that go first.
std::vector<std::uint8_t> removed_pixels(std::span<const std::int32_t> order, int percentage);

// (values) of deviation kRoadNoise, the same for all pictures, maps and orders of a percentage.
std::vector<double> road_noise(std::size_t values, int percentage, std::uint64_t seed);

// picture: (height, width, channels) in [0, 1]; removed: (height, width); noise: as many values as the
// picture → with the removed pixels imputed (linear_imputer.h), plus their noise. Values may leave
// [0, 1] by it. Throws Error if all pixels are removed.
std::vector<float> road_picture(std::span<const float> picture,
                                std::span<const std::uint8_t> removed,
                                std::span<const double> noise, int height, int width, int channels);

struct RoadCurves {
  std::vector<double> morf, lerf;  // scores at kRoadPercentages
  double mean_morf = 0, mean_lerf = 0, combined = 0;
};

// whole: the score of the picture.
RoadCurves road_curves(std::vector<double> morf, std::vector<double> lerf, double whole);

}  // namespace pellucid
