// linear_tile.cuh: the matrix product behind the v2 variants of forward, dgrad and wgrad.
//
// computes   C[m,n] = bias[n] + Σ_k A(m,k)·B(n,k), k upwards;   C: (M, N), row-major
//            an operand lies in memory as (rows, K) or as (K, rows): the three passes of a layer
//            are the same product with other operands lying down
// mapping    a block of 256 threads computes a tile of 64×64 of C, thread t its 4×4 part in row
//            t / 16, column t % 16 of a 16×16 grid; the tiles of C are numbered along grid.x, those of
//            one product of a batch (kernels/linear/matmul.h) after those of another
// idea       64 rows of A and of B, 16 deep, lie in shared memory, k-major: a thread reads 8 floats
//            of it for 16 multiply-adds, and each element of A and B is read once a tile from
//            memory. The next 16-deep slice is on its way into registers while this one is
//            multiplied
// limits     M, N, K ≥ 1; a block tile is 2 · 16 · 68 · 4 = 8704 bytes of shared memory
// cost       2·M·N·K flops; A is read ⌈N/64⌉ times and B ⌈M/64⌉ times from L2 or memory
#pragma once

#include "kernels/device/row_load.cuh"
#include "kernels/linear/linear.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {
namespace {

constexpr int kTileRows = 64;   // of A and of B
constexpr int kTileDepth = 16;  // of k
constexpr int kTileThreads = 256;
constexpr int kTileGrid = 16;  // threads along either side of the tile
constexpr int kPatch = kTileRows / kTileGrid;
// Four floats more than the tile: column stores of an operand then meet two to a bank, not sixteen,
// and rows stay aligned to 16 bytes.
constexpr int kTilePitch = kTileRows + 4;
static_assert(kTileGrid * kTileGrid == kTileThreads && kPatch == 4, "a thread owns 4×4 of C");
static_assert(kTileRows * kTileDepth == kTileThreads * 4, "a thread loads one float4 an operand");
static_assert(kTilePitch % 4 == 0, "rows of the tile are read as float4");

// Which index of an operand runs along memory.
enum class Contiguous { depth, rows };

struct TileArgs {
  const float* a;
  const float* b;
  const float* bias;  // (N) or null
  float* c;
  int m, n, k;
  int a_width, b_width, c_width;  // load_width() of each
  int batch = 1, b_count = 1;     // products, and the matrices of b, which they take in turn
};

struct alignas(16) TileBuffer {
  float at[kTileDepth][kTilePitch];
};

// This thread's four elements of the slice that starts at (first_row, first_k), 0 outside.
template <Contiguous kContiguous>
__device__ __forceinline__ float4 fetch_slice(const float* data, int rows, int depth, int width,
                                              int first_row, int first_k) {
  const int t = static_cast<int>(threadIdx.x);
  if constexpr (kContiguous == Contiguous::depth) {
    const int row = first_row + t / (kTileDepth / 4), k = first_k + t % (kTileDepth / 4) * 4;
    const int available = row < rows ? depth - k : 0;
    return load_row4(data + static_cast<long long>(row) * depth + k, available, width);
  } else {
    const int k = first_k + t / (kTileRows / 4), row = first_row + t % (kTileRows / 4) * 4;
    const int available = k < depth ? rows - row : 0;
    return load_row4(data + static_cast<long long>(k) * rows + row, available, width);
  }
}

template <Contiguous kContiguous>
__device__ __forceinline__ void store_slice(TileBuffer& tile, float4 four) {
  const int t = static_cast<int>(threadIdx.x);
  if constexpr (kContiguous == Contiguous::depth) {
    const int row = t / (kTileDepth / 4), k = t % (kTileDepth / 4) * 4;
    tile.at[k][row] = four.x;
    tile.at[k + 1][row] = four.y;
    tile.at[k + 2][row] = four.z;
    tile.at[k + 3][row] = four.w;
  } else {
    store4(&tile.at[t / (kTileRows / 4)][t % (kTileRows / 4) * 4], four);
  }
}

// kBatched: of a batch of products; what that takes of registers one product keeps.
template <Contiguous kA, Contiguous kB, bool kBatched>
__global__ void __launch_bounds__(kTileThreads, kBatched ? 3 : 1)
    linear_tile_kernel(TileArgs args) {
  __shared__ TileBuffer a_tile, b_tile;
  const int column_tiles = (args.n + kTileRows - 1) / kTileRows;
  int row_tile = static_cast<int>(blockIdx.x) / column_tiles;
  const int first_n = static_cast<int>(blockIdx.x) % column_tiles * kTileRows;
  if constexpr (kBatched) {
    const int row_tiles = (args.m + kTileRows - 1) / kTileRows, product = row_tile / row_tiles;
    row_tile %= row_tiles;
    args.a += std::int64_t{product} * args.m * args.k;
    args.b += std::int64_t{product % args.b_count} * args.k * args.n;
    args.c += std::int64_t{product} * args.m * args.n;
  }
  const int first_m = row_tile * kTileRows;
  const int patch_m = static_cast<int>(threadIdx.x) / kTileGrid * kPatch;
  const int patch_n = static_cast<int>(threadIdx.x) % kTileGrid * kPatch;

  float sums[kPatch][kPatch] = {};
  float4 next_a = fetch_slice<kA>(args.a, args.m, args.k, args.a_width, first_m, 0);
  float4 next_b = fetch_slice<kB>(args.b, args.n, args.k, args.b_width, first_n, 0);
  for (int first_k = 0; first_k < args.k; first_k += kTileDepth) {
    __syncthreads();  // the slice before this one has been multiplied by all
    store_slice<kA>(a_tile, next_a);
    store_slice<kB>(b_tile, next_b);
    __syncthreads();  // the slice is complete
    const int next_k = first_k + kTileDepth;
    if (next_k < args.k) {
      next_a = fetch_slice<kA>(args.a, args.m, args.k, args.a_width, first_m, next_k);
      next_b = fetch_slice<kB>(args.b, args.n, args.k, args.b_width, first_n, next_k);
    }
    for (int k = 0; k < kTileDepth; ++k) {
      const float4 a4 = load4(&a_tile.at[k][patch_m]), b4 = load4(&b_tile.at[k][patch_n]);
      const float a[kPatch] = {a4.x, a4.y, a4.z, a4.w}, b[kPatch] = {b4.x, b4.y, b4.z, b4.w};
      for (int i = 0; i < kPatch; ++i)
        for (int j = 0; j < kPatch; ++j) sums[i][j] = fmaf(a[i], b[j], sums[i][j]);
    }
  }

  const int n = first_n + patch_n;
  for (int i = 0; i < kPatch; ++i) {
    const int m = first_m + patch_m + i;
    if (m >= args.m || n >= args.n) continue;
    float* c = args.c + static_cast<long long>(m) * args.n + n;
    float out[kPatch];
    for (int j = 0; j < kPatch; ++j)
      out[j] = args.bias && n + j < args.n ? sums[i][j] + args.bias[n + j] : sums[i][j];
    if (args.c_width == 4) store4(c, make_float4(out[0], out[1], out[2], out[3]));
    else
      for (int j = 0; j < kPatch && n + j < args.n; ++j) c[j] = out[j];
  }
}

template <Contiguous kA, Contiguous kB>
void launch_linear_tile(Stream& stream, const char* name, Cost cost, TileArgs args) {
  args.a_width = load_width(args.a, kA == Contiguous::depth ? args.k : args.m);
  args.b_width = load_width(args.b, kB == Contiguous::depth ? args.k : args.n);
  args.c_width = load_width(args.c, args.n);
  const long long tiles =
      1LL * args.batch * blocks_for(args.m, kTileRows) * blocks_for(args.n, kTileRows);
  launch(stream, {name, blocks_for(tiles, 1), kTileThreads, 0, cost},
         args.batch > 1 ? linear_tile_kernel<kA, kB, true> : linear_tile_kernel<kA, kB, false>,
         args);
}

}  // namespace
}  // namespace pellucid::PELLUCID_BACKEND
