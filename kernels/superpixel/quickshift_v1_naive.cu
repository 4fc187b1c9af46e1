// quickshift_v1_naive.cu: quick shift, one thread a pixel, all loads from global memory.
//
// computes   quickshift.h;   features: (H, W, C), noise: (H, W) or null, labels: (H, W)
// mapping    thread t of the grid takes pixel t in both passes: density, then parent
// idea       the definition as written; neighbouring windows overlap in L1 and L2
// limits     H·W·C < 2^31, C = 1 … 3, kernel_size ≤ 100 (the operator checks them)
// cost       H·W·(2⌈3·kernel_size⌉ + 1)² pairs a pass, an exp each in the first
// next       v2 reads the windows of a tile from shared memory
#include "kernels/device/vector.cuh"
#include "kernels/superpixel/forest.h"
#include "kernels/superpixel/quickshift_pixel.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

// density: (H, W)
__global__ void quickshift_v1_density_kernel(QuickshiftArgs a, int reach, double* density) {
  const std::int64_t t = grid_thread();
  if (t >= std::int64_t{a.h} * a.w) return;
  const int pixel = static_cast<int>(t), row = pixel / a.w, col = pixel % a.w;
  const double scale = -0.5 / (a.kernel_size * a.kernel_size);
  const double* own = a.features + pixel * a.c;
  double sum = a.noise ? a.noise[pixel] : 0;
  for (int r = max(row - reach, 0); r <= min(row + reach, a.h - 1); ++r)
    for (int c = max(col - reach, 0); c <= min(col + reach, a.w - 1); ++c) {
      const double* other = a.features + (r * a.w + c) * a.c;
      sum += exp(quickshift_distance(own, 1, other, 1, a.c, row - r, col - c) * scale);
    }
  density[pixel] = sum;
}

// density, parent: (H, W)
__global__ void quickshift_v1_parent_kernel(QuickshiftArgs a, int reach, const double* density,
                                            std::int32_t* parent) {
  const std::int64_t t = grid_thread();
  if (t >= std::int64_t{a.h} * a.w) return;
  const int pixel = static_cast<int>(t), row = pixel / a.w, col = pixel % a.w;
  const double* own = a.features + pixel * a.c;
  QuickshiftNearest nearest{INFINITY, pixel};
  for (int r = max(row - reach, 0); r <= min(row + reach, a.h - 1); ++r)
    for (int c = max(col - reach, 0); c <= min(col + reach, a.w - 1); ++c) {
      const int other = r * a.w + c;
      if (!(density[other] > density[pixel])) continue;
      const double distance =
          quickshift_distance(own, 1, a.features + other * a.c, 1, a.c, row - r, col - c);
      if (distance < nearest.distance) nearest = {distance, other};
    }
  parent[pixel] = quickshift_cut(nearest, pixel, a.max_dist);
}

void quickshift_v1_naive(Stream& stream, const QuickshiftArgs& a) {
  constexpr int block = 128;
  const int pixels = a.h * a.w, reach = quickshift_reach(a.kernel_size);
  const auto count = static_cast<std::size_t>(pixels);
  const Buffer densities(stream.arena(), sizeof(double) * count);
  const Buffer parents(stream.arena(), sizeof(std::int32_t) * count);
  auto* density = static_cast<double*>(densities.data());
  auto* parent = static_cast<std::int32_t*>(parents.data());
  const unsigned grid = blocks_for(pixels, block);
  launch(stream, {"quickshift_v1_naive_density", grid, block, 0, quickshift_density_cost(a)},
         quickshift_v1_density_kernel, a, reach, density);
  launch(stream, {"quickshift_v1_naive_parent", grid, block, 0, quickshift_parent_cost(a)},
         quickshift_v1_parent_kernel, a, reach, density, parent);
  forest_labels(stream, {parent, a.labels, a.count, pixels});
}

}  // namespace pellucid::PELLUCID_BACKEND
