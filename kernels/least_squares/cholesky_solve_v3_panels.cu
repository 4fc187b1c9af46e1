// cholesky_solve_v3_panels.cu: symmetric positive definite systems of any size, by panels.
//
// computes   A x = b as L Lᵀ x = b;   a: (n, n), b: (n, D), row-major
// mapping    rows n … n + D − 1 are the right-hand sides, as in v2. For each panel of 32 columns:
//            panel    a block takes 32 of the rows below; each block factors the panel's diagonal
//                     block for itself, then thread r solves row r against it
//            update   a block takes a 32 × 32 tile of what is left, thread t its column t % 32 of
//                     rows t / 32, t / 32 + 8, …
//            Then one block goes back through the panels, a thread a column of L
// idea       what is left of A is read and written once for 32 columns instead of once for each,
//            and by the whole GPU
// limits     1 ≤ n ≤ 1024, D ≥ 1
// cost       n³/3 + 2n²D flops; ⌈n/32⌉ passes over what is left; 2·⌈n/32⌉ + 1 launches
// next       a panel's first tile could be updated and factored while the others are still updated
#include <algorithm>

#include "kernels/device/warp.cuh"
#include "kernels/least_squares/least_squares.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

constexpr int kPanel = kWarp;
constexpr int kPanelBlock = 256;
constexpr int kPanelWarps = kPanelBlock / kWarp;
constexpr int kPanelPitch = kPanel + 1;  // columns of a tile fall into different banks
constexpr int kPanelBackBlock = 1024;
static_assert(kPanel % kPanelWarps == 0 && kPanelBackBlock % kWarp == 0);

struct PanelScratch {
  double* given;     // (n): the diagonal of A as it came
  double* diagonal;  // (⌈n / 32⌉, 32, 32): the diagonal blocks of L, 1 on the diagonal beyond n
};

// Element (row, column) of A above its right-hand sides.
__device__ __forceinline__ double* panel_element(const CholeskySolveArgs& a, int row, int column) {
  return row < a.n ? a.a + std::int64_t{row} * a.n + column
                   : a.b + std::int64_t{column} * a.columns + row - a.n;
}

// tile: rows first_row …, columns first_column … of A and b; 0 beyond them.
__device__ __forceinline__ void load_panel_tile(const CholeskySolveArgs& a,
                                                double (*tile)[kPanelPitch], int first_row,
                                                int first_column) {
  const int column = first_column + lane_id();
  for (int r = warp_id(); r < kPanel; r += kPanelWarps) {
    const int row = first_row + r;
    tile[r][lane_id()] = row < a.n + a.columns && column < a.n ? *panel_element(a, row, column) : 0;
  }
}

__global__ void cholesky_solve_v3_begin_kernel(CholeskySolveArgs a, PanelScratch scratch) {
  for (int k = static_cast<int>(threadIdx.x); k < a.n; k += kPanelBlock)
    scratch.given[k] = a.a[std::int64_t{k} * a.n + k];
  if (threadIdx.x == 0) *a.failed = 0;
}

__global__ void cholesky_solve_v3_panel_kernel(CholeskySolveArgs a, PanelScratch scratch,
                                               int panel) {
  __shared__ double diagonal[kPanel][kPanelPitch];
  __shared__ double rows[kPanel][kPanelPitch];
  const int first = panel * kPanel, width = min(kPanel, a.n - first);
  const int first_row = first + width + static_cast<int>(blockIdx.x) * kPanel;
  const int lane = lane_id(), warp = warp_id(), thread = static_cast<int>(threadIdx.x);
  load_panel_tile(a, diagonal, first, first);
  load_panel_tile(a, rows, first_row, first);
  __syncthreads();  // both tiles must be there

  // Nothing stops after a bad pivot: what follows is not used, and the last kernel stores zeros.
  int failed = 0;  // the same in every thread
  for (int k = 0; k < width; ++k) {
    const double pivot = diagonal[k][k];
    if (!failed && !(pivot > kPivotTolerance * a.n * scratch.given[first + k]))
      failed = first + k + 1;
    const double root = sqrt(pivot);
    __syncthreads();  // everyone has the pivot before it is replaced
    if (warp == 0 && lane >= k && lane < width)
      diagonal[lane][k] = lane == k ? root : diagonal[lane][k] / root;
    __syncthreads();  // the column must be complete before it is used
    for (int i = k + 1 + warp; i < width; i += kPanelWarps)
      if (lane > k && lane <= i) diagonal[i][lane] -= diagonal[i][k] * diagonal[lane][k];
    __syncthreads();  // the updates must be done before the next column reads them
  }
  if (blockIdx.x == 0) {
    // Only this block may look at the flag: it also sets it.
    if (thread == 0 && failed && *a.failed == 0) *a.failed = failed;
    for (int r = warp; r < kPanel; r += kPanelWarps)
      scratch.diagonal[(std::int64_t{panel} * kPanel + r) * kPanel + lane] =
          r < width && lane <= r ? diagonal[r][lane] : r == lane;
  }

  if (warp == 0)
    for (int c = 0; c < width; ++c) {
      double left = rows[lane][c];
      for (int p = 0; p < c; ++p) left -= rows[lane][p] * diagonal[c][p];
      rows[lane][c] = left / diagonal[c][c];
    }
  __syncthreads();  // warp 0 solved the rows that all store
  for (int r = warp; r < kPanel; r += kPanelWarps)
    if (first_row + r < a.n + a.columns && lane < width)
      *panel_element(a, first_row + r, first + lane) = rows[r][lane];
}

// Subtracts the panel's part from the tiles below and right of it: block x takes tile (x / side,
// x % side), if that is not above the diagonal.
__global__ void cholesky_solve_v3_update_kernel(CholeskySolveArgs a, int panel, int side) {
  __shared__ double of_rows[kPanel][kPanelPitch], of_columns[kPanel][kPanelPitch];
  const int first = panel * kPanel, rest = first + kPanel;
  const int tile_row = static_cast<int>(blockIdx.x) / side,
            tile_column = static_cast<int>(blockIdx.x) % side;
  if (tile_column > tile_row) return;
  const int first_row = rest + tile_row * kPanel, first_column = rest + tile_column * kPanel;
  load_panel_tile(a, of_rows, first_row, first);
  load_panel_tile(a, of_columns, first_column, first);
  __syncthreads();  // both tiles must be there
  const int lane = lane_id(), column = first_column + lane;
  for (int r = warp_id(); r < kPanel; r += kPanelWarps) {
    const int row = first_row + r;
    double sum = 0;
    for (int p = 0; p < kPanel; ++p) sum += of_rows[r][p] * of_columns[lane][p];
    if (row < a.n + a.columns && column < a.n && column <= row)
      *panel_element(a, row, column) -= sum;
  }
}

// Lᵀ x = y, from below: y is in b.
__global__ void cholesky_solve_v3_back_kernel(CholeskySolveArgs a, PanelScratch scratch) {
  const int n = a.n, thread = static_cast<int>(threadIdx.x);
  if (*a.failed) {
    for (int i = thread; i < n * a.columns; i += kPanelBackBlock) a.b[i] = 0;
    return;
  }
  for (int first = (n - 1) / kPanel * kPanel; first >= 0; first -= kPanel) {
    const int width = min(kPanel, n - first);
    const double* diagonal = scratch.diagonal + std::int64_t{first} * kPanel;  // (32, 32)
    for (int d = thread; d < a.columns; d += kPanelBackBlock)
      for (int k = width - 1; k >= 0; --k) {
        double left = a.b[std::int64_t{first + k} * a.columns + d];
        for (int p = k + 1; p < width; ++p)
          left -= diagonal[p * kPanel + k] * a.b[std::int64_t{first + p} * a.columns + d];
        a.b[std::int64_t{first + k} * a.columns + d] = left / diagonal[k * kPanel + k];
      }
    __syncthreads();  // the panel's x must be complete before it is taken out of what is above
    for (int t = thread; t < first * a.columns; t += kPanelBackBlock) {
      const int j = t % first, d = t / first;
      double sum = 0;
      for (int k = 0; k < width; ++k)
        sum += a.a[std::int64_t{first + k} * n + j] * a.b[std::int64_t{first + k} * a.columns + d];
      a.b[std::int64_t{j} * a.columns + d] -= sum;
    }
    __syncthreads();  // and that must be done before the next panel reads it
  }
}

void cholesky_solve_v3_panels(Stream& stream, const CholeskySolveArgs& a) {
  const int panels = (a.n + kPanel - 1) / kPanel;
  const auto size = static_cast<std::size_t>(panels) * kPanel;
  const Buffer scratch_memory(stream.arena(), sizeof(double) * size * (1 + kPanel));
  auto* given = static_cast<double*>(scratch_memory.data());
  const PanelScratch scratch{given, given + size};
  launch(stream, {"cholesky_solve_v3_begin", 1, kPanelBlock, 0, {.bytes = 16.0 * a.n}},
         cholesky_solve_v3_begin_kernel, a, scratch);
  for (int panel = 0; panel < panels; ++panel) {
    const int below = a.n + a.columns - std::min(a.n, (panel + 1) * kPanel);
    const double rows = below;
    launch(stream,
           {"cholesky_solve_v3_panel",
            blocks_for(below, kPanel),
            kPanelBlock,
            0,
            {.flops = kPanel * kPanel * (rows + kPanel / 3.0), .bytes = 16.0 * kPanel * rows}},
           cholesky_solve_v3_panel_kernel, a, scratch, panel);
    if (panel + 1 == panels) break;  // below are right-hand sides only, and they are done
    const int side = static_cast<int>(blocks_for(below, kPanel));
    launch(stream,
           {"cholesky_solve_v3_update",
            blocks_for(1LL * side * side, 1),
            kPanelBlock,
            0,
            {.flops = kPanel * rows * rows, .bytes = 8 * rows * rows}},
           cholesky_solve_v3_update_kernel, a, panel, side);
  }
  launch(stream,
         {"cholesky_solve_v3_back",
          1,
          kPanelBackBlock,
          0,
          {.flops = 1.0 * a.n * a.n * a.columns, .bytes = 4.0 * a.n * a.n}},
         cholesky_solve_v3_back_kernel, a, scratch);
}

}  // namespace pellucid::PELLUCID_BACKEND
