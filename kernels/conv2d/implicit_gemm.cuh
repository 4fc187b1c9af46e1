// implicit_gemm.cuh: the matrix product behind fprop v3 and dgrad v2.
//
// computes   out[m, j] = Σ_t A(m, t) · B(t, j) in the order of t, where row m is a pixel, column j
//            an output channel, and t = (r·S + s)·channels + channel a tap of the filter. A is the
//            im2col matrix, which is never stored: its elements are gathered from the image.
// mapping    a block computes a tile of kPixels × kColumns; a thread 4 pixels × 8 columns of it:
//
//              columns →   0…7 8…15                       threads of a 256×16 tile
//              pixel   0   t0   t1   │ thread (g, f) has pixels g, g + 64, g + 128, g + 192
//              pixel   1   t2   t3   │ and columns 8f … 8f + 7, so that the lanes of a warp read
//                …                   │ neighbouring pixels and, of B, only two addresses
//              pixel  63   t126 t127 │
//
//            row y of the grid takes group y: a convolution of its own channels, of its own columns
// idea       16 taps at a time go through shared memory. A thread reads 4 float4 of A and 8 of B
//            for 128 multiply-adds, and an element of A is gathered once for all columns of the tile
// limits     at most 65,535 groups; 2^30 > padded extents and filter reach (conv2d.cpp checks them)
#pragma once

#include "kernels/conv2d/conv2d.h"
#include "kernels/device/float8.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {
namespace {

template <int kPixelsOfTile, int kColumnsOfTile>
struct GemmTile {
  static constexpr int kPixels = kPixelsOfTile, kColumns = kColumnsOfTile;
  static constexpr int kDepth = 16;  // taps a step
  static constexpr int kQuads = kDepth / 4;
  static constexpr int kThreadPixels = 4, kThreadColumns = 8;
  static constexpr int kPixelGroups = kPixels / kThreadPixels;
  static constexpr int kColumnGroups = kColumns / kThreadColumns;
  static constexpr int kThreads = kPixelGroups * kColumnGroups;
  // 20 floats a row: eight lanes that read float4 of neighbouring rows then meet all 32 banks.
  static constexpr int kPitch = kDepth + 4;
  static_assert(kPixels % kThreadPixels == 0 && kColumns % kThreadColumns == 0);
  static_assert(kThreads % 32 == 0 && kThreads <= 1024);
  static_assert(kPixels * kQuads % kThreads == 0, "every thread gathers as many float4 of A");

  // A thread's 8 columns are two float4: side by side in a narrow tile, half a tile apart in a wide
  // one, where eight neighbouring groups then read 128 neighbouring bytes.
  static constexpr int kGroupStep = kColumnGroups >= 8 ? 4 : 8;
  static constexpr int kQuadGap = kColumnGroups >= 8 ? kColumns / 2 : 4;

  alignas(16) float a[kPixels][kPitch];
  alignas(16) float b[kDepth][kColumns];
  int image_row[kPixels], h[kPixels], w[kPixels];  // where a row of A gathers from
};
using NarrowGemmTile = GemmTile<256, 16>;
using WideGemmTile = GemmTile<64, 64>;

// Blocks a multiprocessor should hold: asks for at most 128 registers a thread. Left to itself,
// ptxas aims at more blocks on some architectures, and spills.
constexpr int kBlocksOfGemm = 4;

// In `h` of rows past the last pixel: no tap of a filter leads from here into an image.
constexpr int kOutsideImage = -(1 << 30);

struct GemmTap {
  int r, s, channel;

  __device__ __forceinline__ void advance(int by, int s_count, int channels) {
    channel += by;
    while (channel >= channels) {
      channel -= channels;
      if (++s == s_count) {
        s = 0;
        ++r;
      }
    }
  }
};

template <class Tile>
__device__ __forceinline__ void multiply_tile(const Tile& tile, int pixel_group, int column_group,
                                              Float8 (&sums)[4]) {
  PELLUCID_UNROLL
  for (int quad = 0; quad < Tile::kQuads; ++quad) {
    float4 a[4];
    PELLUCID_UNROLL
    for (int i = 0; i < 4; ++i)
      a[i] = load4(&tile.a[pixel_group + i * Tile::kPixelGroups][quad * 4]);
    PELLUCID_UNROLL
    for (int depth = 0; depth < 4; ++depth) {
      const Float8 b =
          load8<Tile::kQuadGap>(&tile.b[quad * 4 + depth][column_group * Tile::kGroupStep]);
      PELLUCID_UNROLL
      for (int i = 0; i < 4; ++i)
        multiply_add(sums[i],
                     depth == 0   ? a[i].x
                     : depth == 1 ? a[i].y
                     : depth == 2 ? a[i].z
                                  : a[i].w,
                     b);
    }
  }
}

// Gathers the block's pixels for the 16 taps that begin at this thread's `tap` − its quad.
template <bool kVector, class Tile, class Operation>
__device__ __forceinline__ void gather_pixels(Tile& tile, const Operation& op, GemmTap tap) {
  const int thread = static_cast<int>(threadIdx.x);
  const int quad = thread % Tile::kQuads;
  for (int j = 0; j < (kVector ? 1 : 4); ++j) {
    for (int row = thread / Tile::kQuads; row < Tile::kPixels;
         row += Tile::kThreads / Tile::kQuads) {
      const int at =
          tap.r < op.r_count ? op.source(tile.image_row[row], tile.h[row], tile.w[row], tap) : -1;
      float* to = &tile.a[row][quad * 4 + j];
      if constexpr (kVector) {
        store4(to, at < 0 ? make_float4(0, 0, 0, 0) : load4(op.image + at));
      } else {
        *to = at < 0 ? 0.0f : op.image[at];
      }
    }
    if (!kVector) tap.advance(1, op.s_count, op.channels);
  }
}

// Operation: a POD with r_count, s_count, channels and columns (of one group), pixels, image, bias, out,
//   pitch (of a pixel of out), vector_out and
//   enter_group(group)               moves image, weights, bias and out to a group
//   place(pixel, image_row, h, w)        the origin of the pixel's filter window in the image
//   source(image_row, h, w, tap)         offset of A's element in `image`, −1 where it is zero
//   load_weights(tile, first_tap, first_column)   fills tile.b, zero past the last tap or column
template <class Tile, bool kVector, class Operation>
__global__ void __launch_bounds__(Tile::kThreads, kBlocksOfGemm)
    implicit_gemm_kernel(Operation op) {
  __shared__ Tile tile;
  op.enter_group(static_cast<int>(blockIdx.y));
  const int thread = static_cast<int>(threadIdx.x);
  const int column_tiles = (op.columns + Tile::kColumns - 1) / Tile::kColumns;
  const long long first_pixel =
      static_cast<long long>(static_cast<int>(blockIdx.x) / column_tiles) * Tile::kPixels;
  const int first_column = static_cast<int>(blockIdx.x) % column_tiles * Tile::kColumns;

  for (int row = thread; row < Tile::kPixels; row += Tile::kThreads) {
    tile.image_row[row] = tile.w[row] = 0;
    tile.h[row] = kOutsideImage;
    if (first_pixel + row < op.pixels)
      op.place(static_cast<int>(first_pixel + row), tile.image_row[row], tile.h[row], tile.w[row]);
  }

  const int column_group = thread % Tile::kColumnGroups, pixel_group = thread / Tile::kColumnGroups;
  const int taps = op.r_count * op.s_count * op.channels;
  GemmTap tap{0, 0, 0};
  tap.advance(thread % Tile::kQuads * 4, op.s_count, op.channels);
  Float8 sums[4] = {};
  for (int first_tap = 0; first_tap < taps; first_tap += Tile::kDepth) {
    __syncthreads();  // the places are written; the previous step has been multiplied by all
    gather_pixels<kVector>(tile, op, tap);
    op.load_weights(tile, first_tap, first_column);
    __syncthreads();
    multiply_tile(tile, pixel_group, column_group, sums);
    tap.advance(Tile::kDepth, op.s_count, op.channels);
  }

  PELLUCID_UNROLL
  for (int i = 0; i < 4; ++i) {
    const long long pixel = first_pixel + pixel_group + i * Tile::kPixelGroups;
    if (pixel >= op.pixels) continue;
    PELLUCID_UNROLL
    for (int quad = 0; quad < 2; ++quad) {
      const int column = first_column + column_group * Tile::kGroupStep + quad * Tile::kQuadGap;
      float* out = op.out + pixel * op.pitch + column;
      float values[4];
      PELLUCID_UNROLL
      for (int j = 0; j < 4; ++j)
        values[j] = op.bias && column + j < op.columns
                        ? sums[i].at[quad * 4 + j] + op.bias[column + j]
                        : sums[i].at[quad * 4 + j];
      if (op.vector_out && column < op.columns) {
        store4(out, make_float4(values[0], values[1], values[2], values[3]));
      } else {
        PELLUCID_UNROLL
        for (int j = 0; j < 4; ++j)
          if (column + j < op.columns) out[j] = values[j];
      }
    }
  }
}

template <class Tile, class Operation>
void launch_gemm_tile(Stream& stream, const char* name, Cost cost, const Operation& op, int groups,
                      bool vector) {
  const long long tiles = static_cast<long long>(blocks_for(op.pixels, Tile::kPixels)) *
                          blocks_for(op.columns, Tile::kColumns);
  launch(stream,
         {name, {blocks_for(tiles, 1), static_cast<unsigned>(groups)}, Tile::kThreads, 0, cost},
         vector ? implicit_gemm_kernel<Tile, true, Operation>
                : implicit_gemm_kernel<Tile, false, Operation>,
         op);
}

// The tile is chosen by the columns alone, never by the batch.
template <class Operation>
void launch_implicit_gemm(Stream& stream, const char* name, Cost cost, const Operation& op,
                          int groups, bool vector) {
  if (op.columns <= NarrowGemmTile::kColumns)
    launch_gemm_tile<NarrowGemmTile>(stream, name, cost, op, groups, vector);
  else launch_gemm_tile<WideGemmTile>(stream, name, cost, op, groups, vector);
}

}  // namespace
}  // namespace pellucid::PELLUCID_BACKEND
