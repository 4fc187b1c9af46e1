// conv2d_quads.cuh: what the fused kernels share whose threads hold a quad of outputs: the tile of a
// block, its halo and weights in shared memory, and what becomes of a quad.
#pragma once

#include "kernels/alignment.h"
#include "kernels/conv2d/relu_pool/conv2d_quads_size.h"
#include "kernels/conv2d/relu_pool/conv2d_relu_pool.cuh"
#include "kernels/device/float8.cuh"
#include "kernels/device/pack.cuh"
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

// Where the outputs of a quad lie: filter first_k of each, or, pooled, of the one that they become.
struct QuadOutputs {
  float* y[4];
  bool inside[4];
};

__device__ __forceinline__ QuadOutputs quad_outputs(const Conv2dReluPoolArgs& a,
                                                    const QuadTile& tile, const QuadPlace& at) {
  const int pool = a.pool, rows = tile.p_count / pool, columns = tile.q_count / pool;
  QuadOutputs to;
  PELLUCID_UNROLL
  for (int o = 0; o < 4; ++o) {
    const int row = (at.first_p + 2 * at.i + o / 2) / pool;
    const int column = (at.first_q + 2 * at.j + o % 2) / pool;
    to.inside[o] = row < rows && column < columns;
    const long long pixel = (static_cast<long long>(at.n) * rows + row) * columns + column;
    to.y[o] = a.y + pixel * a.shape.k + at.first_k;
  }
  return to;
}

// sums: of the outputs (2i, 2j), (2i, 2j + 1), (2i + 1, 2j), (2i + 1, 2j + 1), 16 filters each.
// kStore: filters a store. A lane's neighbours write other pixels: one filter a store would touch a sector of 32
// bytes for each four. It is a template argument, since a kernel that holds two ways keeps both in its tail.
template <int kStore>
__device__ __forceinline__ void write_quad(const Conv2dReluPoolArgs& a, const QuadTile& tile,
                                           const QuadPlace& at, const Float8 (&sums)[4][2]) {
  const QuadOutputs to = quad_outputs(a, tile, at);
  PELLUCID_UNROLL
  for (int f = 0; f < kQuadFilters; f += kStore) {
    if (at.first_k + f >= a.shape.k) break;
    Pack<float, kStore> bias = {}, z[4];
    if (a.bias) bias = load_pack<kStore>(a.bias + at.first_k + f);
    PELLUCID_UNROLL
    for (int o = 0; o < 4; ++o) PELLUCID_UNROLL
    for (int l = 0; l < kStore; ++l) {
      const float sum = sums[o][(f + l) / 8].at[(f + l) % 8];
      z[o].at[l] = running_max(0.0f, a.bias ? sum + bias.at[l] : sum);
    }
    if (a.pool == 2) {
      PELLUCID_UNROLL
      for (int o = 1; o < 4; ++o) PELLUCID_UNROLL
      for (int l = 0; l < kStore; ++l) z[0].at[l] = running_max(z[0].at[l], z[o].at[l]);
      if (to.inside[0]) store_pack<kStore>(to.y[0] + f, z[0]);
    } else {
      PELLUCID_UNROLL
      for (int o = 0; o < 4; ++o)
        if (to.inside[o]) store_pack<kStore>(to.y[o] + f, z[o]);
    }
  }
}

// The kernels that write four filters a store, two, and one.
using QuadKernel = void (*)(Conv2dReluPoolArgs, QuadTile);
struct QuadKernels {
  QuadKernel four, two, one;
};
inline void launch_quads(Stream& stream, const char* name, const Conv2dReluPoolArgs& a,
                         const QuadKernels& kernels) {
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
  const int store = pack_width(d.k, {a.y, a.bias});
  const long long blocks = 1LL * d.n * tile.p_tiles * tile.q_tiles * tile.filter_tiles;
  launch(stream,
         {name, blocks_for(blocks, 1), kQuadThreads, static_cast<std::size_t>(size.shared_bytes),
          conv2d_relu_pool_cost(a)},
         store == 4   ? kernels.four
         : store == 2 ? kernels.two
                      : kernels.one,
         a, tile);
}

}  // namespace
}  // namespace pellucid::PELLUCID_BACKEND
