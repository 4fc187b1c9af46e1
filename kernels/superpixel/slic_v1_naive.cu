// slic_v1_naive.cu: SLIC's assignment and update, one thread a pixel, then one a centre's value.
//
// computes   slic.h, without connecting;   features: (H, W, C), labels: (H, W)
// mapping    assign: thread t of the grid takes pixel t and asks every centre; update: thread t
//            takes value t mod (2 + C) of centre t / (2 + C) and sums its window
// idea       the definition as written. A centre sums its window itself, so no order is left to
//            chance, as it would be if pixels added to their centres
// limits     H·W·C < 2^31, C = 1 … 3 (the operator checks them)
// cost       an iteration: H·W·K tests, about 16·H·W distances; 16·H·W loads a value of the centres
// next       v2 shares the centres in shared memory and sums a window with a block
#include <utility>

#include "kernels/device/vector.cuh"
#include "kernels/superpixel/slic_pixel.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

// centres: (K, 2 + C)
__global__ void slic_v1_assign_kernel(SlicArgs a, SlicPlan plan, const double* centres) {
  const std::int64_t t = grid_thread();
  if (t >= std::int64_t{a.h} * a.w) return;
  const int pixel = static_cast<int>(t), y = pixel / a.w, x = pixel % a.w;
  double nearest = INFINITY;
  for (int k = 0; k < plan.centres; ++k) {
    const double* centre = centres + k * (2 + a.c);
    if (!slic_window(centre[0], plan.reach_y, a.h).holds(y) ||
        !slic_window(centre[1], plan.reach_x, a.w).holds(x))
      continue;
    const double distance = slic_distance(centre, a.features + pixel * a.c, a.c, y, x, plan.weight);
    if (distance < nearest) {
      nearest = distance;
      a.labels[pixel] = k;
    }
  }
}

// from, to: (K, 2 + C); two arrays, since others still read the window's place from `from`.
__global__ void slic_v1_update_kernel(SlicArgs a, SlicPlan plan, const double* from, double* to) {
  const std::int64_t t = grid_thread();
  const int values = 2 + a.c, k = static_cast<int>(t / values),
            value = static_cast<int>(t % values);
  if (k >= plan.centres) return;
  const double* centre = from + k * values;
  const SlicWindow rows = slic_window(centre[0], plan.reach_y, a.h),
                   cols = slic_window(centre[1], plan.reach_x, a.w);
  double sum = 0;
  int count = 0;
  for (int x = cols.begin; x < cols.end; ++x) {
    double column = 0;
    for (int y = rows.begin; y < rows.end; ++y)
      if (a.labels[y * a.w + x] == k) {
        column += slic_value(a, y, x, value);
        ++count;
      }
    sum += column;
  }
  to[t] = count ? sum / count : kSlicGone;
}

void slic_v1_naive(Stream& stream, const SlicArgs& a) {
  constexpr int block = 128;
  const SlicPlan plan = slic_plan(a);
  const std::vector<double> first = slic_first_centres(a);
  const std::size_t bytes = sizeof(double) * first.size();
  const Buffer one(stream.arena(), bytes), other(stream.arena(), bytes);
  auto *from = static_cast<double*>(one.data()), *to = static_cast<double*>(other.data());
  stream.copy_to_device(from, first.data(), bytes);
  const int pixels = a.h * a.w;
  stream.fill_bytes(a.labels, 0xFF, sizeof(std::int32_t) * static_cast<std::size_t>(pixels));
  const unsigned pixel_grid = blocks_for(pixels, block),
                 value_grid = blocks_for(static_cast<long long>(first.size()), block);
  for (int iteration = 0; iteration < a.iterations; ++iteration) {
    launch(stream, {"slic_v1_naive_assign", pixel_grid, block, 0, slic_assign_cost(a)},
           slic_v1_assign_kernel, a, plan, from);
    launch(stream, {"slic_v1_naive_update", value_grid, block, 0, slic_update_cost(a)},
           slic_v1_update_kernel, a, plan, from, to);
    std::swap(from, to);
  }
}

}  // namespace pellucid::PELLUCID_BACKEND
