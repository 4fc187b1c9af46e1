// transpose_v2_tiled.cu: transposed matrices, 32 × 32 values a block.
//
// computes   transpose.h;   x: (N, R, C), y: (N, C, R)
// mapping    block (i, j, n) turns rows 32i …, columns 32j … of matrix n; warp w moves rows w, w + 8, …
//            in and columns w, w + 8, … out, lane l the l-th value of each
// idea       the tile waits in shared memory, so that both reads and writes are of 32 neighbours; a row
//            of the tile has 33 words, else a column would lie in one bank
// limits     N ≤ 65,535 (grid.z), C ≤ 32·65,535 (grid.y)
// cost       8·N·R·C bytes
// next       a matrix of few columns leaves lanes idle: several of its rows could share a warp
#include "kernels/device/warp.cuh"
#include "kernels/transpose/transpose.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {
namespace {

constexpr int kTransposeTile = 32, kTransposeBlock = 256;
constexpr int kTransposeWarps = kTransposeBlock / kWarp;
static_assert(kTransposeTile == kWarp);

}  // namespace

__global__ void transpose_v2_tiled_kernel(TransposeArgs a) {
  __shared__ float tile[kTransposeTile][kTransposeTile + 1];
  const std::int64_t matrix = std::int64_t{a.rows} * a.cols;
  const float* x = a.x + blockIdx.z * matrix;
  float* y = a.y + blockIdx.z * matrix;
  const std::int64_t first_row = std::int64_t{blockIdx.x} * kTransposeTile,
                     first_col = std::int64_t{blockIdx.y} * kTransposeTile;
  for (int i = warp_id(); i < kTransposeTile; i += kTransposeWarps) {
    const std::int64_t r = first_row + i, c = first_col + lane_id();
    if (r < a.rows && c < a.cols) tile[i][lane_id()] = x[r * a.cols + c];
  }
  __syncthreads();  // columns are read of rows that other warps have put there
  for (int i = warp_id(); i < kTransposeTile; i += kTransposeWarps) {
    const std::int64_t c = first_col + i, r = first_row + lane_id();
    if (r < a.rows && c < a.cols) y[c * a.rows + r] = tile[lane_id()][i];
  }
}

void transpose_v2_tiled(Stream& stream, const TransposeArgs& a) {
  launch(stream,
         {"transpose_v2_tiled",
          {blocks_for(a.rows, kTransposeTile), blocks_for(a.cols, kTransposeTile),
           static_cast<unsigned>(a.n)},
          kTransposeBlock,
          0,
          transpose_cost(a)},
         transpose_v2_tiled_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
