// conv2d_relu_pool_v2_quads.cu: direct convolution whose threads hold whole pooling windows.
//
// computes   conv2d_relu_pool.h
// mapping    a block computes a 16 × 32 tile of one image's convolution outputs for 16 filters;
//            thread (i, j) of its 8 × 16 the 2 × 2 outputs at (2i, 2j), which is one pooling window:
//
//              x with its halo, 4 channels, in shared memory     ┌ 2j, 2j+1 ┐
//              ┌────────────────────────────────┐             2i │  z    z  │ × 16 filters
//              │ (16−1)·stride + reach rows     │   →       2i+1 │  z    z  │ in registers → 1 × 16
//              │ (32−1)·stride + reach columns  │                └──────────┘
//              └────────────────────────────────┘
//
// idea       ReLU and pooling need no exchange between threads, and a masked image is put together
//            while it is loaded: neither the image nor the convolution's output is ever in memory.
//            More than 4 channels come through shared memory four at a time
// limits     pool 1 or 2; the halo tile and 16 filters must fit into 48 KiB of shared memory
// cost       2·N·P·Q·K·R·S·C flops; x is read ⌈K/16⌉ times, plus the halos
// next       double buffering of the four channels
#include "kernels/alignment.h"
#include "kernels/conv2d/conv2d_quads_size.h"
#include "kernels/conv2d/conv2d_relu_pool.cuh"
#include "kernels/device/float8.cuh"
#include "kernels/device/shared.cuh"
#include "runtime/launch.h"

namespace pellucid::PELLUCID_BACKEND {
namespace {

constexpr int kQuadRows = Conv2dQuadsTile::kRows, kQuadColumns = Conv2dQuadsTile::kColumns;
constexpr int kQuadFilters = Conv2dQuadsTile::kFilters;
constexpr int kQuadChannels = Conv2dQuadsTile::kChannels;
constexpr int kQuadThreadColumns = kQuadColumns / 2;
constexpr int kQuadThreads = kQuadRows / 2 * kQuadThreadColumns;
static_assert(kQuadThreads == 128 && kQuadFilters == 16);

// The halo tile lies in shared memory as (channels, rows, pitch).
struct QuadTile {
  int rows, columns, pitch;
  int p_count, q_count, p_tiles, q_tiles, filter_tiles;
};

// Channels first_c … first_c + channels − 1 of the tile whose first output is (first_p, first_q).
__device__ __forceinline__ void load_quad_halo(const Conv2dReluPoolArgs& a, const QuadTile& tile,
                                               int n, int first_p, int first_q, int first_c,
                                               int channels, float* halo) {
  const Conv2dShape& d = a.shape;
  const int plane = tile.rows * tile.pitch;
  for (int e = static_cast<int>(threadIdx.x); e < tile.rows * tile.columns; e += kQuadThreads) {
    const int row = e / tile.columns, column = e % tile.columns;
    const int h = first_p * d.stride_h - d.pad_h + row;
    const int w = first_q * d.stride_w - d.pad_w + column;
    const bool inside = h >= 0 && h < d.h && w >= 0 && w < d.w;
    float* to = halo + row * tile.pitch + column;
    const float* from = inside ? input_pixel(a, n, std::int64_t{h} * d.w + w) : nullptr;
    for (int c = 0; c < channels; ++c) to[c * plane] = inside ? from[first_c + c] : 0.0f;
  }
}

__device__ __forceinline__ void load_quad_weights(const Conv2dReluPoolArgs& a, int first_k,
                                                  int first_c, int channels, float* weights) {
  const Conv2dShape& d = a.shape;
  const int taps = d.r * d.s * channels;
  for (int e = static_cast<int>(threadIdx.x); e < taps * kQuadFilters; e += kQuadThreads) {
    const int k = first_k + e % kQuadFilters, tap = e / kQuadFilters;
    const long long at =
        (static_cast<long long>(k) * d.r * d.s + tap / channels) * d.c + first_c + tap % channels;
    weights[e] = k < d.k ? a.w[at] : 0.0f;
  }
}

}  // namespace

__global__ void __launch_bounds__(kQuadThreads)
    conv2d_relu_pool_v2_quads_kernel(Conv2dReluPoolArgs a, QuadTile tile) {
  const Conv2dShape& d = a.shape;
  const int most_channels = min(d.c, kQuadChannels);
  float* weights = dynamic_shared_floats();  // (R·S·channels, 16)
  float* halo = weights + d.r * d.s * most_channels * kQuadFilters;

  const int thread = static_cast<int>(threadIdx.x), block = static_cast<int>(blockIdx.x);
  const int first_k = block % tile.filter_tiles * kQuadFilters;
  int place = block / tile.filter_tiles;
  const int first_q = place % tile.q_tiles * kQuadColumns;
  place /= tile.q_tiles;
  const int first_p = place % tile.p_tiles * kQuadRows, n = place / tile.p_tiles;

  const int i = thread / kQuadThreadColumns, j = thread % kQuadThreadColumns;
  const int plane = tile.rows * tile.pitch;
  Float8 sums[4][2] = {};  // outputs (2i, 2j), (2i, 2j + 1), (2i + 1, 2j), (2i + 1, 2j + 1)
  for (int first_c = 0; first_c < d.c; first_c += kQuadChannels) {
    const int channels = min(kQuadChannels, d.c - first_c);
    if (first_c > 0) __syncthreads();  // until all have used the channels before
    load_quad_weights(a, first_k, first_c, channels, weights);
    load_quad_halo(a, tile, n, first_p, first_q, first_c, channels, halo);
    __syncthreads();

    const float* weight = weights;
    for (int r = 0; r < d.r; ++r) {
      for (int s = 0; s < d.s; ++s) {
        const float* pixel = halo + (2 * i * d.stride_h + r * d.dilation_h) * tile.pitch +
                             2 * j * d.stride_w + s * d.dilation_w;
        const float* below = pixel + d.stride_h * tile.pitch;
        for (int c = 0; c < channels; ++c, weight += kQuadFilters) {
          const Float8 low = load8<4>(weight), high = load8<4>(weight + 8);
          const float values[4] = {pixel[c * plane], pixel[c * plane + d.stride_w],
                                   below[c * plane], below[c * plane + d.stride_w]};
          PELLUCID_UNROLL
          for (int o = 0; o < 4; ++o) {
            multiply_add(sums[o][0], values[o], low);
            multiply_add(sums[o][1], values[o], high);
          }
        }
      }
    }
  }

  PELLUCID_UNROLL
  for (int f = 0; f < kQuadFilters; ++f) {
    const int k = first_k + f;
    if (k >= d.k) break;
    const float bias = a.bias ? a.bias[k] : 0.0f;
    float z[4];
    PELLUCID_UNROLL
    for (int o = 0; o < 4; ++o) {
      const float sum = sums[o][f / 8].at[f % 8];
      z[o] = relu_max(0.0f, a.bias ? sum + bias : sum);
    }
    const int p = first_p + 2 * i, q = first_q + 2 * j;
    if (a.pool == 2) {
      const int rows = tile.p_count / 2, columns = tile.q_count / 2;
      if (p / 2 < rows && q / 2 < columns)
        a.y[((static_cast<long long>(n) * rows + p / 2) * columns + q / 2) * d.k + k] =
            relu_max(relu_max(relu_max(z[0], z[1]), z[2]), z[3]);
      continue;
    }
    PELLUCID_UNROLL
    for (int o = 0; o < 4; ++o) {
      const int row = p + o / 2, column = q + o % 2;
      if (row < tile.p_count && column < tile.q_count)
        a.y[((static_cast<long long>(n) * tile.p_count + row) * tile.q_count + column) * d.k + k] =
            z[o];
    }
  }
}

void conv2d_relu_pool_v2_quads(Stream& stream, const Conv2dReluPoolArgs& a) {
  const Conv2dShape& d = a.shape;
  require(conv2d_fits_quads(a),
          "conv2d_relu_pool_v2_quads: needs pool 1 or 2 and a halo tile within 48 KiB of shared "
          "memory, got pool ",
          a.pool, ", filter ", d.r, "x", d.s, ", stride ", d.stride_h, "x", d.stride_w,
          ", dilation ", d.dilation_h, "x", d.dilation_w);
  const Conv2dQuadsSize size = conv2d_quads_size(d);
  const QuadTile tile{static_cast<int>(size.rows),
                      static_cast<int>(size.columns),
                      static_cast<int>(size.pitch),
                      d.p(),
                      d.q(),
                      static_cast<int>(blocks_for(d.p(), kQuadRows)),
                      static_cast<int>(blocks_for(d.q(), kQuadColumns)),
                      static_cast<int>(blocks_for(d.k, kQuadFilters))};
  const long long blocks = 1LL * d.n * tile.p_tiles * tile.q_tiles * tile.filter_tiles;
  launch(stream,
         {"conv2d_relu_pool_v2_quads", blocks_for(blocks, 1), kQuadThreads,
          static_cast<std::size_t>(size.shared_bytes), conv2d_relu_pool_cost(a)},
         conv2d_relu_pool_v2_quads_kernel, a, tile);
}

}  // namespace pellucid::PELLUCID_BACKEND
