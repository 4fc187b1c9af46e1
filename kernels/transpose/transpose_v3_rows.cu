// transpose_v3_rows.cu: transposed matrices of at most 32 columns, 128 whole rows a block.
//
// computes   transpose.h;   x: (N, R, C), y: (N, C, R)
// mapping    block (i, n) turns rows 128i … of matrix n; its threads move the 128·C values side by side,
//            then warp w writes of columns w / 4, w / 4 + 2, … the 32 rows from 32·(w mod 4) on
// idea       whole rows of C values lie side by side, so that no lane is idle where C is less than a warp;
//            v2 leaves 32 − C of 32
// limits     C ≤ 32, N ≤ 65,535 (grid.y)
// cost       8·N·R·C bytes
// next       two rows a lane as float2 where R is even
#include "kernels/device/warp.cuh"
#include "kernels/transpose/transpose.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {
namespace {

constexpr int kStripRows = 128, kStripBlock = 256, kStripCols = 32;
constexpr int kRowGroups = kStripRows / kWarp, kStripWarps = kStripBlock / kWarp;
static_assert(kStripWarps % kRowGroups == 0, "a warp keeps its rows from column to column");

}  // namespace

__global__ void transpose_v3_rows_kernel(TransposeArgs a) {
  __shared__ float strip[kStripRows * (kStripCols + 1)];
  const int stride = a.cols | 1;  // odd: the rows of a column lie in different banks
  const std::int64_t matrix = std::int64_t{a.rows} * a.cols;
  const std::int64_t first_row = std::int64_t{blockIdx.x} * kStripRows;
  const float* x = a.x + blockIdx.y * matrix + first_row * a.cols;
  float* y = a.y + blockIdx.y * matrix + first_row;
  const std::int64_t left = a.rows - first_row;
  const int rows = left < kStripRows ? static_cast<int>(left) : kStripRows;
  for (int i = static_cast<int>(threadIdx.x); i < rows * a.cols; i += kStripBlock)
    strip[i / a.cols * stride + i % a.cols] = x[i];
  __syncthreads();  // columns are read of rows that other warps have put there
  const int row = warp_id() % kRowGroups * kWarp + lane_id();
  if (row >= rows) return;
  for (int c = warp_id() / kRowGroups; c < a.cols; c += kStripWarps / kRowGroups)
    y[std::int64_t{c} * a.rows + row] = strip[row * stride + c];
}

void transpose_v3_rows(Stream& stream, const TransposeArgs& a) {
  require(a.cols <= kStripCols, "transpose_v3_rows takes at most ", kStripCols, " columns, got ",
          a.cols);
  launch(stream,
         {"transpose_v3_rows",
          {blocks_for(a.rows, kStripRows), static_cast<unsigned>(a.n)},
          kStripBlock,
          0,
          transpose_cost(a)},
         transpose_v3_rows_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
