// cpu: pixels assigned in parallel over rows, centres updated in parallel over centres.
#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/superpixel/slic.h"
#include "kernels/superpixel/slic_window.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {
namespace {

// centres: (K, 2 + C)
void assign(const SlicArgs& a, const SlicPlan& plan, const double* centres) {
#pragma omp parallel for schedule(dynamic, 8)
  for (int y = 0; y < a.h; ++y) {
    std::vector<double> nearest(static_cast<std::size_t>(a.w),
                                std::numeric_limits<double>::infinity());
    const double* features = a.features + y * a.w * a.c;
    std::int32_t* labels = a.labels + y * a.w;
    for (int k = 0; k < plan.centres; ++k) {
      const double* centre = centres + k * (2 + a.c);
      if (!slic_window(centre[0], plan.reach_y, a.h).holds(y)) continue;
      const SlicWindow cols = slic_window(centre[1], plan.reach_x, a.w);
      const double dy = centre[0] - y;
      for (int x = cols.begin; x < cols.end; ++x) {
        const double dx = centre[1] - x;
        double distance = std::fma(dx, dx, dy * dy) * plan.weight;
        for (int i = 0; i < a.c; ++i) {
          const double t = features[x * a.c + i] - centre[2 + i];
          distance = std::fma(t, t, distance);
        }
        double& least = nearest[static_cast<std::size_t>(x)];
        if (distance < least) least = distance, labels[x] = k;
      }
    }
  }
}

// sums: (columns of the image, 1 + 2 + C), count first; overwritten.
void update(const SlicArgs& a, const SlicPlan& plan, int k, double* centre,
            std::vector<double>& sums) {
  const SlicWindow rows = slic_window(centre[0], plan.reach_y, a.h),
                   cols = slic_window(centre[1], plan.reach_x, a.w);
  const int values = 3 + a.c;
  sums.assign(static_cast<std::size_t>(values * (cols.end - cols.begin)), 0);
  for (int y = rows.begin; y < rows.end; ++y)
    for (int x = cols.begin; x < cols.end; ++x) {
      const int pixel = y * a.w + x;
      if (a.labels[pixel] != k) continue;
      double* column = sums.data() + values * (x - cols.begin);
      column[0] += 1, column[1] += y, column[2] += x;
      for (int i = 0; i < a.c; ++i) column[3 + i] += a.features[pixel * a.c + i];
    }
  if (sums.empty()) return;
  double* total = sums.data();
  for (int x = 1; x < cols.end - cols.begin; ++x)
    for (int i = 0; i < values; ++i) total[i] += total[values * x + i];
  for (int i = 1; i < values; ++i) centre[i - 1] = total[0] > 0 ? total[i] / total[0] : kSlicGone;
}

}  // namespace

void slic(Stream& stream, const SlicArgs& a) {
  const Cost one = slic_assign_cost(a), other = slic_update_cost(a);
  const Cost all{a.iterations * (one.flops + other.flops),
                 a.iterations * (one.bytes + other.bytes)};
  const LaunchScope scope(stream, {"slic_cpu", {}, {}, 0, all});
  const SlicPlan plan = slic_plan(a);
  std::vector<double> centres = slic_first_centres(a);
  std::fill_n(a.labels, a.h * a.w, -1);
  for (int iteration = 0; iteration < a.iterations; ++iteration) {
    assign(a, plan, centres.data());
#pragma omp parallel
    {
      std::vector<double> sums;
#pragma omp for schedule(dynamic, 4)
      for (int k = 0; k < plan.centres; ++k)
        update(a, plan, k, centres.data() + k * (2 + a.c), sums);
    }
  }
}

}  // namespace pellucid::cpu
