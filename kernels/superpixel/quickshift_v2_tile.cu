// quickshift_v2_tile.cu: quick shift, a block a tile of 32×8 pixels, windows in shared memory.
//
// computes   quickshift.h;   features: (H, W, C), noise: (H, W) or null, labels: (H, W)
// mapping    block (x, y) takes rows 8y … 8y + 7 and columns 32x … 32x + 31, a thread a pixel; it
//            first loads the tile with its halo of ⌈3·kernel_size⌉ pixels on all sides, a plane a
//            channel, so that a warp reads 32 neighbouring doubles
// idea       with kernel_size 4 a value is loaded 7 times from global memory instead of 625; a
//            pixel's own features stay in registers, since C is known at compile time
// limits     as v1, but C = 1 or 3; (C + 1)·(8 + 2·halo)·(32 + 2·halo)·8 bytes of shared memory, at
//            most 64 KiB (C = 1: kernel_size ≤ 7)
// cost       as v1
// next       the search for the parent could go outwards and stop at the first distance found
#include "kernels/device/shared.cuh"
#include "kernels/device/warp.cuh"
#include "kernels/superpixel/forest.h"
#include "kernels/superpixel/quickshift_pixel.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

constexpr int kQuickshiftThreads = kQuickshiftTileW * kQuickshiftTileH;
static_assert(kQuickshiftTileW == kWarp, "a warp takes a row of the tile");

// The tile and its halo, clipped to the image: rows × cols pixels from (top, left) on.
struct QuickshiftTile {
  int top, left, rows, cols;
  __device__ __forceinline__ int at(int row, int col) const {
    return (row - top) * cols + (col - left);
  }
};

__device__ __forceinline__ QuickshiftTile quickshift_tile(const QuickshiftArgs& a, int reach) {
  const int row = static_cast<int>(blockIdx.y) * kQuickshiftTileH,
            col = static_cast<int>(blockIdx.x) * kQuickshiftTileW;
  const int top = max(row - reach, 0), left = max(col - reach, 0);
  return {top, left, min(row + kQuickshiftTileH + reach, a.h) - top,
          min(col + kQuickshiftTileW + reach, a.w) - left};
}

// planes: (C, rows, cols) in shared memory. A barrier must follow.
template <int C>
__device__ __forceinline__ void quickshift_load(const QuickshiftArgs& a, const QuickshiftTile& tile,
                                                double* planes) {
  const int size = tile.rows * tile.cols;
  for (int i = thread_rank(); i < size; i += kQuickshiftThreads) {
    const int pixel = (tile.top + i / tile.cols) * a.w + tile.left + i % tile.cols;
    for (int c = 0; c < C; ++c) planes[c * size + i] = a.features[pixel * C + c];
  }
}

// density: (H, W)
template <int C>
__global__ void __launch_bounds__(kQuickshiftThreads)
    quickshift_v2_density_kernel(QuickshiftArgs a, int reach, double* density) {
  double* planes = reinterpret_cast<double*>(dynamic_shared_floats());
  const QuickshiftTile tile = quickshift_tile(a, reach);
  quickshift_load<C>(a, tile, planes);
  __syncthreads();  // other threads loaded most of a thread's window
  const int row = static_cast<int>(blockIdx.y) * kQuickshiftTileH + static_cast<int>(threadIdx.y),
            col = static_cast<int>(blockIdx.x) * kQuickshiftTileW + static_cast<int>(threadIdx.x);
  if (row >= a.h || col >= a.w) return;
  const int size = tile.rows * tile.cols, pixel = row * a.w + col;
  const double scale = -0.5 / (a.kernel_size * a.kernel_size);
  const double* own = planes + tile.at(row, col);
  double sum = a.noise ? a.noise[pixel] : 0;
  for (int r = max(row - reach, 0); r <= min(row + reach, a.h - 1); ++r)
    for (int c = max(col - reach, 0); c <= min(col + reach, a.w - 1); ++c) {
      const double* other = planes + tile.at(r, c);
      sum += exp(quickshift_distance(own, size, other, size, C, row - r, col - c) * scale);
    }
  density[pixel] = sum;
}

// density, parent: (H, W)
template <int C>
__global__ void __launch_bounds__(kQuickshiftThreads)
    quickshift_v2_parent_kernel(QuickshiftArgs a, int reach, const double* density,
                                std::int32_t* parent) {
  double* planes = reinterpret_cast<double*>(dynamic_shared_floats());
  const QuickshiftTile tile = quickshift_tile(a, reach);
  const int size = tile.rows * tile.cols;
  double* densities = planes + C * size;  // (rows, cols)
  quickshift_load<C>(a, tile, planes);
  for (int i = thread_rank(); i < size; i += kQuickshiftThreads)
    densities[i] = density[(tile.top + i / tile.cols) * a.w + tile.left + i % tile.cols];
  __syncthreads();  // other threads loaded most of a thread's window
  const int row = static_cast<int>(blockIdx.y) * kQuickshiftTileH + static_cast<int>(threadIdx.y),
            col = static_cast<int>(blockIdx.x) * kQuickshiftTileW + static_cast<int>(threadIdx.x);
  if (row >= a.h || col >= a.w) return;
  const int pixel = row * a.w + col;
  const double* own = planes + tile.at(row, col);
  const double own_density = densities[tile.at(row, col)];
  QuickshiftNearest nearest{INFINITY, pixel};
  for (int r = max(row - reach, 0); r <= min(row + reach, a.h - 1); ++r)
    for (int c = max(col - reach, 0); c <= min(col + reach, a.w - 1); ++c) {
      const int at = tile.at(r, c);
      if (!(densities[at] > own_density)) continue;
      const double distance =
          quickshift_distance(own, size, planes + at, size, C, row - r, col - c);
      if (distance < nearest.distance) nearest = {distance, r * a.w + c};
    }
  parent[pixel] = quickshift_cut(nearest, pixel, a.max_dist);
}

namespace {

template <int C>
void quickshift_tiles(Stream& stream, const QuickshiftArgs& a) {
  const std::size_t bytes = quickshift_tile_bytes(a);
  require(bytes <= kQuickshiftSharedBytes, "quickshift_v2_tile: kernel_size ", a.kernel_size,
          " takes ", bytes, " bytes of shared memory, the limit is ", kQuickshiftSharedBytes);
  const int reach = quickshift_reach(a.kernel_size);
  const auto count = static_cast<std::size_t>(a.h) * static_cast<std::size_t>(a.w);
  const Buffer densities(stream.arena(), sizeof(double) * count);
  const Buffer parents(stream.arena(), sizeof(std::int32_t) * count);
  auto* density = static_cast<double*>(densities.data());
  auto* parent = static_cast<std::int32_t*>(parents.data());
  const Dim3 grid{blocks_for(a.w, kQuickshiftTileW), blocks_for(a.h, kQuickshiftTileH)},
      block{kQuickshiftTileW, kQuickshiftTileH};
  const std::size_t density_bytes = bytes / (C + 1) * C;
  launch(stream,
         {"quickshift_v2_tile_density", grid, block, density_bytes, quickshift_density_cost(a)},
         quickshift_v2_density_kernel<C>, a, reach, density);
  launch(stream, {"quickshift_v2_tile_parent", grid, block, bytes, quickshift_parent_cost(a)},
         quickshift_v2_parent_kernel<C>, a, reach, density, parent);
  forest_labels(stream, {parent, a.labels, a.count, a.h * a.w});
}

}  // namespace

void quickshift_v2_tile(Stream& stream, const QuickshiftArgs& a) {
  require(a.c != 2, "quickshift_v2_tile: channels must be 1 or 3, got 2");
  if (a.c == 1) quickshift_tiles<1>(stream, a);
  else quickshift_tiles<3>(stream, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
