// slic_v2_shared.cu: SLIC's assignment and update, centres in shared memory, a block a centre.
//
// computes   slic.h, without connecting;   features: (H, W, C), labels: (H, W)
// mapping    assign: block b takes 128 pixels, a thread a pixel; the centres pass through shared
//            memory, 128 at a time, each with its window found by the thread that loads it
//            update: block b takes value b mod (2 + C) of centre b / (2 + C); thread t sums columns
//            t, t + 64, … of the window from top to bottom; thread 0 joins them from left to right
// idea       a centre is loaded once a block, not once a pixel; a window is summed by 64 threads
//            that read neighbouring columns, in the same order of additions as v1
// limits     as v1; a window has at most 2048 columns
// cost       as v1
// next       a block could skip the centres whose windows miss all of its pixels
#include <utility>

#include "kernels/device/vector.cuh"
#include "kernels/superpixel/slic_pixel.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

constexpr int kSlicBlock = 128;  // pixels of a block, centres of a pass
constexpr int kSlicColumnBlock = 64;
constexpr int kSlicMaxValues = 5;  // y, x, three colours
static_assert(kSlicBlock % 32 == 0 && kSlicColumnBlock % 32 == 0);

// centres: (K, 2 + C)
__global__ void __launch_bounds__(kSlicBlock)
    slic_v2_assign_kernel(SlicArgs a, SlicPlan plan, const double* centres) {
  __shared__ double shared_centres[kSlicBlock * kSlicMaxValues];
  __shared__ SlicWindow rows[kSlicBlock], cols[kSlicBlock];
  const int values = 2 + a.c;
  const std::int64_t t = grid_thread();
  const bool inside = t < std::int64_t{a.h} * a.w;
  const int pixel = inside ? static_cast<int>(t) : 0, y = pixel / a.w, x = pixel % a.w;
  const int own = static_cast<int>(threadIdx.x);
  double nearest = INFINITY;
  int label = -1;
  for (int first = 0; first < plan.centres; first += kSlicBlock) {
    const int count = min(kSlicBlock, plan.centres - first);
    if (own < count) {
      const double* centre = centres + (first + own) * values;
      for (int i = 0; i < values; ++i) shared_centres[own * values + i] = centre[i];
      rows[own] = slic_window(centre[0], plan.reach_y, a.h);
      cols[own] = slic_window(centre[1], plan.reach_x, a.w);
    }
    __syncthreads();  // all centres must be there before they are compared
    for (int k = 0; inside && k < count; ++k) {
      if (!rows[k].holds(y) || !cols[k].holds(x)) continue;
      const double distance = slic_distance(shared_centres + k * values, a.features + pixel * a.c,
                                            a.c, y, x, plan.weight);
      if (distance < nearest) {
        nearest = distance;
        label = first + k;
      }
    }
    __syncthreads();  // the next pass overwrites the centres
  }
  if (label >= 0) a.labels[pixel] = label;
}

// from, to: (K, 2 + C); two arrays, since other blocks still read the window's place from `from`.
__global__ void __launch_bounds__(kSlicColumnBlock)
    slic_v2_update_kernel(SlicArgs a, SlicPlan plan, const double* from, double* to) {
  __shared__ double sums[kSlicMaxColumns];
  __shared__ int counts[kSlicMaxColumns];
  const int values = 2 + a.c, block = static_cast<int>(blockIdx.x), k = block / values,
            value = block % values;
  const double* centre = from + k * values;
  const SlicWindow rows = slic_window(centre[0], plan.reach_y, a.h),
                   cols = slic_window(centre[1], plan.reach_x, a.w);
  for (int x = cols.begin + static_cast<int>(threadIdx.x); x < cols.end; x += kSlicColumnBlock) {
    double column = 0;
    int count = 0;
    for (int y = rows.begin; y < rows.end; ++y)
      if (a.labels[y * a.w + x] == k) {
        column += slic_value(a, y, x, value);
        ++count;
      }
    sums[x - cols.begin] = column;
    counts[x - cols.begin] = count;
  }
  __syncthreads();  // all columns must be summed before thread 0 joins them
  if (threadIdx.x != 0) return;
  double sum = 0;
  int count = 0;
  for (int i = 0; i < cols.end - cols.begin; ++i) {
    sum += sums[i];
    count += counts[i];
  }
  to[block] = count ? sum / count : kSlicGone;
}

void slic_v2_shared(Stream& stream, const SlicArgs& a) {
  const int columns = slic_window_columns(a);
  require(columns <= kSlicMaxColumns, "slic_v2_shared: a window may have ", kSlicMaxColumns,
          " columns, got ", columns);
  const SlicPlan plan = slic_plan(a);
  const std::vector<double> first = slic_first_centres(a);
  const std::size_t bytes = sizeof(double) * first.size();
  const Buffer one(stream.arena(), bytes), other(stream.arena(), bytes);
  auto *from = static_cast<double*>(one.data()), *to = static_cast<double*>(other.data());
  stream.copy_to_device(from, first.data(), bytes);
  const int pixels = a.h * a.w;
  stream.fill_bytes(a.labels, 0xFF, sizeof(std::int32_t) * static_cast<std::size_t>(pixels));
  const unsigned pixel_grid = blocks_for(pixels, kSlicBlock),
                 value_grid = blocks_for(static_cast<long long>(first.size()), 1);
  for (int iteration = 0; iteration < a.iterations; ++iteration) {
    launch(stream, {"slic_v2_shared_assign", pixel_grid, kSlicBlock, 0, slic_assign_cost(a)},
           slic_v2_assign_kernel, a, plan, from);
    launch(stream, {"slic_v2_shared_update", value_grid, kSlicColumnBlock, 0, slic_update_cost(a)},
           slic_v2_update_kernel, a, plan, from, to);
    std::swap(from, to);
  }
}

}  // namespace pellucid::PELLUCID_BACKEND
