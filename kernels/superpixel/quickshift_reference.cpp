#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "kernels/superpixel/forest.h"
#include "kernels/superpixel/quickshift.h"

namespace pellucid {

void quickshift_reference(const QuickshiftArgs& a) {
  const int reach = quickshift_reach(a.kernel_size);
  const auto distance = [&](int row, int col, int r, int c) {
    double sum = 0;
    for (int i = 0; i < a.c; ++i) {
      const double t =
          a.features[(row * a.w + col) * a.c + i] - a.features[(r * a.w + c) * a.c + i];
      sum += t * t;
    }
    return sum + (row - r) * (row - r) + (col - c) * (col - c);
  };
  const auto for_window = [&](int row, int col, const auto& visit) {
    for (int r = std::max(row - reach, 0); r <= std::min(row + reach, a.h - 1); ++r)
      for (int c = std::max(col - reach, 0); c <= std::min(col + reach, a.w - 1); ++c) visit(r, c);
  };

  std::vector<double> density(static_cast<std::size_t>(a.h) * static_cast<std::size_t>(a.w));
  std::vector<std::int32_t> parent(density.size());
  for (int row = 0, p = 0; row < a.h; ++row)
    for (int col = 0; col < a.w; ++col, ++p) {
      double& sum = density[static_cast<std::size_t>(p)];
      sum = a.noise ? a.noise[p] : 0;
      for_window(row, col, [&](int r, int c) {
        sum += std::exp(-distance(row, col, r, c) / (2 * a.kernel_size * a.kernel_size));
      });
    }
  for (int row = 0, p = 0; row < a.h; ++row)
    for (int col = 0; col < a.w; ++col, ++p) {
      double nearest = std::numeric_limits<double>::infinity();
      std::int32_t& best = parent[static_cast<std::size_t>(p)];
      best = p;
      for_window(row, col, [&](int r, int c) {
        const int q = r * a.w + c;
        if (!(density[static_cast<std::size_t>(q)] > density[static_cast<std::size_t>(p)])) return;
        const double d = distance(row, col, r, c);
        if (d < nearest) nearest = d, best = q;
      });
      if (std::sqrt(nearest) > a.max_dist) best = p;
    }
  forest_labels_reference({parent.data(), a.labels, a.count, a.h * a.w});
}

}  // namespace pellucid
