#include <cmath>
#include <limits>

#include "kernels/superpixel/slic.h"
#include "kernels/superpixel/slic_window.h"

namespace pellucid {

void slic_reference(const SlicArgs& a) {
  const SlicPlan plan = slic_plan(a);
  const int values = 2 + a.c;
  std::vector<double> centres = slic_first_centres(a);
  std::vector<double> nearest(static_cast<std::size_t>(a.h) * static_cast<std::size_t>(a.w));
  for (int p = 0; p < a.h * a.w; ++p) a.labels[p] = -1;
  for (int iteration = 0; iteration < a.iterations; ++iteration) {
    nearest.assign(nearest.size(), std::numeric_limits<double>::infinity());
    for (int k = 0; k < plan.centres; ++k) {
      const double* centre = centres.data() + k * values;
      const SlicWindow rows = slic_window(centre[0], plan.reach_y, a.h),
                       cols = slic_window(centre[1], plan.reach_x, a.w);
      for (int y = rows.begin; y < rows.end; ++y)
        for (int x = cols.begin; x < cols.end; ++x) {
          const int p = y * a.w + x;
          const double dy = centre[0] - y, dx = centre[1] - x;
          double distance = std::fma(dx, dx, dy * dy) * plan.weight;
          for (int i = 0; i < a.c; ++i) {
            const double t = a.features[p * a.c + i] - centre[2 + i];
            distance = std::fma(t, t, distance);
          }
          if (!(distance < nearest[static_cast<std::size_t>(p)])) continue;
          nearest[static_cast<std::size_t>(p)] = distance;
          a.labels[p] = k;
        }
    }
    for (int k = 0; k < plan.centres; ++k) {
      double* centre = centres.data() + k * values;
      const SlicWindow rows = slic_window(centre[0], plan.reach_y, a.h),
                       cols = slic_window(centre[1], plan.reach_x, a.w);
      const auto mean = [&](const auto& value) {
        double sum = 0;
        int count = 0;
        for (int x = cols.begin; x < cols.end; ++x) {
          double column = 0;
          for (int y = rows.begin; y < rows.end; ++y)
            if (a.labels[y * a.w + x] == k) column += value(y, x), ++count;
          sum += column;
        }
        return count ? sum / count : kSlicGone;
      };
      centre[0] = mean([](int y, int) { return y; });
      centre[1] = mean([](int, int x) { return x; });
      for (int i = 0; i < a.c; ++i)
        centre[2 + i] = mean([&](int y, int x) { return a.features[(y * a.w + x) * a.c + i]; });
    }
  }
}

}  // namespace pellucid
