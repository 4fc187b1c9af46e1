// conv2d_quads.cuh: what the fused kernels share whose threads hold a quad of outputs: the tile of a
// block, its halo and weights in shared memory, and what becomes of a quad.
#pragma once

#include "kernels/alignment.h"
#include "kernels/conv2d/relu_pool/conv2d_quads_size.h"
#include "kernels/conv2d/relu_pool/conv2d_relu_pool.cuh"
#include "kernels/device/float8.cuh"
#include "kernels/device/shared.cuh"
#include "kernels/device/vector.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {
namespace {

constexpr int kQuadRows = Conv2dQuadsTile::kRows, kQuadColumns = Conv2dQuadsTile::kColumns;
constexpr int kQuadFilters = Conv2dQuadsTile::kFilters;
constexpr int kQuadChannels = Conv2dQuadsTile::kChannels;
constexpr int kQuadThreadColumns = kQuadColumns / 2;
constexpr int kQuadThreads = kQuadRows / 2 * kQuadThreadColumns;
static_assert(kQuadThreads == 128 && kQuadFilters == 16 && kQuadChannels == 4);

// The halo tile lies in shared memory as (channels, rows, pitch).
struct QuadTile {
  int rows, columns, pitch;
  int p_count, q_count, p_tiles, q_tiles, filter_tiles;
  bool vector;  // four channels of a pixel can be read at once
};

// Channels first_c … first_c + channels − 1 of the tile whose first output is (first_p, first_q).
__device__ __forceinline__ void load_quad_halo(const Conv2dReluPoolArgs& a, const QuadTile& tile,
                                               int n, int first_p, int first_q, int first_c,
                                               int channels, float* halo) {
  const Conv2dShape& d = a.shape;
  const int plane = tile.rows * tile.pitch;
  // A thread's next pixel is kQuadThreads further on: a division for the first one only.
  const int step_rows = kQuadThreads / tile.columns, step_columns = kQuadThreads % tile.columns;
  int row = static_cast<int>(threadIdx.x) / tile.columns;
  int column = static_cast<int>(threadIdx.x) % tile.columns;
  while (row < tile.rows) {
    const int h = first_p * d.stride_h - d.pad_h + row;
    const int w = first_q * d.stride_w - d.pad_w + column;
    const bool inside = h >= 0 && h < d.h && w >= 0 && w < d.w;
    float* to = halo + row * tile.pitch + column;
    const float* from = inside ? input_pixel(a, n, std::int64_t{h} * d.w + w) + first_c : nullptr;
    if (tile.vector) {
      const float4 x = inside ? load4(from) : make_float4(0, 0, 0, 0);
      to[0] = x.x;
      to[plane] = x.y;
      to[2 * plane] = x.z;
      to[3 * plane] = x.w;
    } else {
      for (int c = 0; c < channels; ++c) to[c * plane] = inside ? from[c] : 0.0f;
    }
    row += step_rows;
    column += step_columns;
    if (column >= tile.columns) {
      column -= tile.columns;
      ++row;
    }
  }
}

// A thread loads one filter's weights of every eighth place in the window.
__device__ __forceinline__ void load_quad_weights(const Conv2dReluPoolArgs& a, int first_k,
                                                  int first_c, int channels, float* weights) {
  const Conv2dShape& d = a.shape;
  const int filter = static_cast<int>(threadIdx.x) % kQuadFilters, k = first_k + filter;
  const int places = d.r * d.s;
  for (int place = static_cast<int>(threadIdx.x) / kQuadFilters; place < places;
       place += kQuadThreads / kQuadFilters) {
    const float* from = a.w + (static_cast<long long>(k) * places + place) * d.c + first_c;
    for (int c = 0; c < channels; ++c)
      weights[(place * channels + c) * kQuadFilters + filter] = k < d.k ? from[c] : 0.0f;
  }
}

// Where a thread works.
struct QuadPlace {
  int n, first_p, first_q, first_k;
  int i, j;  // of the thread in its block
};

__device__ __forceinline__ QuadPlace quad_place(const QuadTile& tile) {
  const int thread = static_cast<int>(threadIdx.x), block = static_cast<int>(blockIdx.x);
  QuadPlace at;
  at.first_k = block % tile.filter_tiles * kQuadFilters;
  int place = block / tile.filter_tiles;
  at.first_q = place % tile.q_tiles * kQuadColumns;
  place /= tile.q_tiles;
  at.first_p = place % tile.p_tiles * kQuadRows;
  at.n = place / tile.p_tiles;
  at.i = thread / kQuadThreadColumns;
  at.j = thread % kQuadThreadColumns;
  return at;
}

// sums: of the outputs (2i, 2j), (2i, 2j + 1), (2i + 1, 2j), (2i + 1, 2j + 1), 16 filters each.
__device__ __forceinline__ void write_quad(const Conv2dReluPoolArgs& a, const QuadTile& tile,
                                           const QuadPlace& at, const Float8 (&sums)[4][2]) {
  const Conv2dShape& d = a.shape;
  PELLUCID_UNROLL
  for (int f = 0; f < kQuadFilters; ++f) {
    const int k = at.first_k + f;
    if (k >= d.k) break;
    const float bias = a.bias ? a.bias[k] : 0.0f;
    float z[4];
    PELLUCID_UNROLL
    for (int o = 0; o < 4; ++o) {
      const float sum = sums[o][f / 8].at[f % 8];
      z[o] = running_max(0.0f, a.bias ? sum + bias : sum);
    }
    const int p = at.first_p + 2 * at.i, q = at.first_q + 2 * at.j;
    if (a.pool == 2) {
      const int rows = tile.p_count / 2, columns = tile.q_count / 2;
      if (p / 2 < rows && q / 2 < columns)
        a.y[((static_cast<long long>(at.n) * rows + p / 2) * columns + q / 2) * d.k + k] =
            running_max(running_max(running_max(z[0], z[1]), z[2]), z[3]);
      continue;
    }
    PELLUCID_UNROLL
    for (int o = 0; o < 4; ++o) {
      const int row = p + o / 2, column = q + o % 2;
      if (row < tile.p_count && column < tile.q_count)
        a.y[((static_cast<long long>(at.n) * tile.p_count + row) * tile.q_count + column) * d.k +
            k] = z[o];
    }
  }
}

inline void launch_quads(Stream& stream, const char* name, const Conv2dReluPoolArgs& a,
                         void (*kernel)(Conv2dReluPoolArgs, QuadTile)) {
  const Conv2dShape& d = a.shape;
  const Conv2dQuadsSize size = conv2d_quads_size(d);
  const QuadTile tile{static_cast<int>(size.rows),
                      static_cast<int>(size.columns),
                      static_cast<int>(size.pitch),
                      d.p(),
                      d.q(),
                      static_cast<int>(blocks_for(d.p(), kQuadRows)),
                      static_cast<int>(blocks_for(d.q(), kQuadColumns)),
                      static_cast<int>(blocks_for(d.k, kQuadFilters)),
                      d.c % kQuadChannels == 0 && aligned16({a.x, a.masked.image, a.masked.fill})};
  const long long blocks = 1LL * d.n * tile.p_tiles * tile.q_tiles * tile.filter_tiles;
  launch(stream,
         {name, blocks_for(blocks, 1), kQuadThreads, static_cast<std::size_t>(size.shared_bytes),
          conv2d_relu_pool_cost(a)},
         kernel, a, tile);
}

}  // namespace
}  // namespace pellucid::PELLUCID_BACKEND
