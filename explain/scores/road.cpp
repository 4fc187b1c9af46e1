#include "explain/scores/road.h"

#include <algorithm>
#include <numeric>

#include "explain/scores/linear_imputer.h"
#include "runtime/error.h"
#include "runtime/normal_noise.h"

namespace pellucid {

std::vector<std::uint8_t> removed_pixels(std::span<const std::int32_t> order, int percentage) {
  require(!order.empty() && percentage >= 0 && percentage <= 99, "ROAD: ", percentage,
          " percent of ", order.size(), " pixels; 0 to 99 of at least one");
  const std::size_t count = static_cast<std::size_t>(percentage) * (order.size() - 1) / 100 + 1;
  std::vector<std::uint8_t> removed(order.size());
  for (const std::int32_t pixel : order.first(count)) removed[static_cast<std::size_t>(pixel)] = 1;
  return removed;
}

std::vector<double> road_noise(std::size_t values, int percentage, std::uint64_t seed) {
  return normal_noise(values, {seed, kRoadNoiseStream + static_cast<unsigned>(percentage)},
                      kRoadNoise);
}

std::vector<float> road_picture(std::span<const float> picture,
                                std::span<const std::uint8_t> removed,
                                std::span<const double> noise, int height, int width,
                                int channels) {
  std::vector<float> out = impute(picture, removed, height, width, channels);
  for (std::size_t i = 0; i < out.size(); ++i)
    if (removed[i / static_cast<std::size_t>(channels)]) out[i] += static_cast<float>(noise[i]);
  return out;
}

RoadCurves road_curves(std::vector<double> morf, std::vector<double> lerf, double whole) {
  const auto mean_difference = [whole](const std::vector<double>& scores) {
    return std::accumulate(scores.begin(), scores.end(), 0.0) / static_cast<double>(scores.size()) -
           whole;
  };
  RoadCurves out;
  out.mean_morf = mean_difference(morf);
  out.mean_lerf = mean_difference(lerf);
  out.combined = (out.mean_lerf - out.mean_morf) / 2;
  out.morf = std::move(morf);
  out.lerf = std::move(lerf);
  return out;
}

}  // namespace pellucid
