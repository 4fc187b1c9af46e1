#include "explain/localisation.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "explain/ranking.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

void check_fit(std::span<const float> map, const LesionArea& area) {
  require(map.size() == area.inside.size() && !map.empty(), "localisation: a map of ", map.size(),
          " values and a lesion mask of ", area.inside.size());
}

}  // namespace

double LesionArea::share() const {
  const auto count = std::count(inside.begin(), inside.end(), 1);
  return inside.empty() ? 0 : static_cast<double>(count) / static_cast<double>(inside.size());
}

LesionArea area_of_mask(std::span<const std::uint8_t> mask, int height, int width) {
  LesionArea area{height, width, std::vector<std::uint8_t>(mask.size())};
  std::transform(mask.begin(), mask.end(), area.inside.begin(),
                 [](std::uint8_t value) { return value != 0; });
  return area;
}

LesionArea area_of_circle(const Circle& circle, int height, int width) {
  LesionArea area{height, width, {}};
  for (int row = 0; row < height; ++row)
    for (int column = 0; column < width; ++column)
      area.inside.push_back(std::hypot(column + 0.5 - circle.x, row + 0.5 - circle.y) <=
                            circle.radius);
  return area;
}

bool points_into(std::span<const float> map, const LesionArea& area) {
  check_fit(map, area);
  const auto [low, high] = std::minmax_element(map.begin(), map.end());
  if (*low == *high) return false;
  for (std::size_t i = 0; i < map.size(); ++i)
    if (map[i] == *high && area.inside[i]) return true;
  return false;
}

bool points_into(const Explanation& e, const LesionArea& area) {
  if (e.segments.empty()) return points_into(e.map, area);
  check_fit(e.map, area);
  return !e.uniform && area.inside[static_cast<std::size_t>(e.peak[0]) * e.width + e.peak[1]];
}

std::optional<double> mass_accuracy(std::span<const float> map, const LesionArea& area) {
  check_fit(map, area);
  double inside = 0, all = 0;
  for (std::size_t i = 0; i < map.size(); ++i) {
    const double value = std::max(map[i], 0.0f);
    all += value;
    if (area.inside[i]) inside += value;
  }
  return all > 0 ? std::optional(inside / all) : std::nullopt;
}

std::optional<double> rank_accuracy(std::span<const float> map, const LesionArea& area) {
  check_fit(map, area);
  const auto size = std::count(area.inside.begin(), area.inside.end(), 1);
  if (size == 0) return std::nullopt;
  const std::vector<std::int32_t> order = ranking(map, Relevance::most_first);
  const auto hits = std::count_if(order.begin(), order.begin() + size, [&](std::int32_t pixel) {
    return area.inside[static_cast<std::size_t>(pixel)];
  });
  return static_cast<double>(hits) / static_cast<double>(size);
}

std::array<int, 2> superpixel_middle(std::span<const std::int32_t> labels, std::int32_t label,
                                     int width) {
  double row_sum = 0, column_sum = 0, count = 0;
  const auto each_pixel = [&](const auto& visit) {
    for (std::size_t i = 0; i < labels.size(); ++i)
      if (labels[i] == label) visit(static_cast<int>(i) / width, static_cast<int>(i) % width);
  };
  each_pixel([&](int row, int column) {
    row_sum += row;
    column_sum += column;
    ++count;
  });
  std::array<int, 2> nearest{};
  double distance = std::numeric_limits<double>::infinity();
  each_pixel([&](int row, int column) {
    const double d = std::hypot(row - row_sum / count, column - column_sum / count);
    if (d >= distance) return;
    distance = d;
    nearest = {row, column};
  });
  return nearest;
}

std::array<int, 2> superpixel_peak(std::span<const float> map, std::span<const std::int32_t> labels,
                                   int width) {
  const auto first = std::max_element(map.begin(), map.end()) - map.begin();
  return superpixel_middle(labels, labels[static_cast<std::size_t>(first)], width);
}

std::array<int, 2> peak_position(std::span<const float> map, int width) {
  const auto at = static_cast<int>(std::max_element(map.begin(), map.end()) - map.begin());
  return {at / width, at % width};
}

}  // namespace pellucid
