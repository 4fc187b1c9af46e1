#include "explain/ranking.h"

#include <algorithm>
#include <numeric>

namespace pellucid {

std::vector<std::int32_t> ranking(std::span<const float> map, Relevance order) {
  std::vector<std::int32_t> pixels(map.size());
  std::iota(pixels.begin(), pixels.end(), 0);
  const auto value = [&](std::int32_t pixel) { return map[static_cast<std::size_t>(pixel)]; };
  std::stable_sort(pixels.begin(), pixels.end(), [&](std::int32_t a, std::int32_t b) {
    return order == Relevance::most_first ? value(a) > value(b) : value(a) < value(b);
  });
  return pixels;
}

}  // namespace pellucid
