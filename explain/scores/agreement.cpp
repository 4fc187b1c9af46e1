#include "explain/scores/agreement.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "explain/ranking.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

void check_sizes(std::size_t a, std::size_t b) {
  require(a == b && a > 0, "agreement of maps of ", a, " and ", b, " pixels");
}

}  // namespace

std::vector<double> average_ranks(std::span<const float> map) {
  const std::vector<std::int32_t> order = ranking(map, Relevance::least_first);
  const auto value = [&](std::size_t rank) { return map[static_cast<std::size_t>(order[rank])]; };
  std::vector<double> ranks(map.size());
  for (std::size_t first = 0, end = 0; first < order.size(); first = end) {
    while (end < order.size() && value(end) == value(first)) ++end;
    for (std::size_t i = first; i < end; ++i)
      ranks[static_cast<std::size_t>(order[i])] = static_cast<double>(first + end + 1) / 2;
  }
  return ranks;
}

std::optional<double> correlation(std::span<const double> a, std::span<const double> b) {
  check_sizes(a.size(), b.size());
  const double count = static_cast<double>(a.size());
  const double mean_a = std::accumulate(a.begin(), a.end(), 0.0) / count;
  const double mean_b = std::accumulate(b.begin(), b.end(), 0.0) / count;
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - mean_a) * (b[i] - mean_b);
    aa += (a[i] - mean_a) * (a[i] - mean_a);
    bb += (b[i] - mean_b) * (b[i] - mean_b);
  }
  if (aa == 0 || bb == 0) return std::nullopt;
  return std::clamp(ab / std::sqrt(aa * bb), -1.0, 1.0);
}

std::optional<double> spearman(std::span<const float> a, std::span<const float> b) {
  check_sizes(a.size(), b.size());
  return correlation(average_ranks(a), average_ranks(b));
}

double top_overlap(std::span<const float> a, std::span<const float> b, double share) {
  check_sizes(a.size(), b.size());
  const auto count =
      static_cast<std::size_t>(std::max(1.0, std::round(share * static_cast<double>(a.size()))));
  std::vector<bool> chosen(a.size());
  const std::vector<std::int32_t> of_a = ranking(a, Relevance::most_first),
                                  of_b = ranking(b, Relevance::most_first);
  for (const std::int32_t pixel : std::span(of_a).first(count))
    chosen[static_cast<std::size_t>(pixel)] = true;
  std::size_t common = 0;
  for (const std::int32_t pixel : std::span(of_b).first(count))
    common += chosen[static_cast<std::size_t>(pixel)];
  return static_cast<double>(common) / static_cast<double>(count);
}

}  // namespace pellucid
