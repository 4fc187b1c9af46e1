#include "kernels/axes.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "runtime/error.h"

namespace pellucid {
namespace {

constexpr std::int64_t kMostExtent = std::numeric_limits<int>::max();

// Axes of extent 1 vanish, neighbours that are treated alike are joined.
std::vector<Axis> joined_axes(std::span<const Axis> axes) {
  std::vector<Axis> joined;
  for (const Axis& axis : axes) {
    if (axis.extent == 1) continue;
    if (!joined.empty() && joined.back().reduced == axis.reduced &&
        joined.back().has_parameter == axis.has_parameter)
      joined.back().extent *= axis.extent;
    else joined.push_back(axis);
  }
  return joined;
}

}  // namespace

std::optional<MergedAxes> merge_axes(std::span<const Axis> axes) {
  std::vector<Axis> joined = joined_axes(axes);
  MergedAxes merged;
  if (!joined.empty() && !joined.front().reduced && !joined.front().has_parameter) {
    merged.shape.n = joined.front().extent;
    joined.erase(joined.begin());
  }
  // From the last axis to the first: a kept one needs a place whose reduced axis is free as well.
  int place = 2;
  std::int64_t positions = 1, step = 1;
  for (auto axis = joined.rbegin(); axis != joined.rend(); ++axis) {
    if (axis->extent > kMostExtent) return std::nullopt;
    const auto taken = [&] {
      return merged.shape.r[place] > 1 || (!axis->reduced && merged.shape.k[place] > 1);
    };
    while (place >= 0 && taken()) --place;
    if (place < 0) return std::nullopt;
    const auto extent = static_cast<int>(axis->extent);
    (axis->reduced ? merged.shape.r : merged.shape.k)[place] = extent;
    if (axis->reduced) positions *= extent;
    if (axis->has_parameter) {
      (axis->reduced ? merged.parameter.r : merged.parameter.k)[place] = static_cast<int>(step);
      step *= extent;
    }
    if (positions > kMostPositions || step > kMostExtent) return std::nullopt;
  }
  return merged;
}

void check_axes(const char* name, const AxesShape& shape) {
  std::int64_t least = shape.n;
  double positions = 1;
  for (int i = 0; i < 3; ++i) {
    least = std::min<std::int64_t>({least, shape.r[i], shape.k[i]});
    positions *= shape.r[i];
  }
  require(least >= 1, name, ": every extent must be at least 1, got ", least);
  require(positions <= kMostPositions, name, ": a result may be of at most ", kMostPositions,
          " values, got ", positions);
}

}  // namespace pellucid
