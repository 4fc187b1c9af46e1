// cholesky_solve_v2_shared.cu: symmetric positive definite systems, one block, in shared memory.
//
// computes   A x = b as L Lᵀ x = b;   a: (n, n), b: (n, D), row-major
// mapping    factorise column by column: thread t scales rows k + 1 + t, …; then warp w updates
//            rows k + 1 + w, k + 9 + w, …, lane l their columns k + 1 + l, …; back: warp w takes
//            right-hand sides w, w + 8, …, its lanes the columns of a row of L
// idea       the right-hand sides are D more rows below A, so that factorising it also solves
//            L y = b; each column is used at once on all that is left, in parallel, from shared
//            memory; two barriers a column
// limits     n, D ≥ 1 with 8·(n(n+1)/2 + n + n·D) ≤ 64 KiB: n ≤ 123 for D = 3
// cost       n³/3 + 2n²D flops; 8·(n(n+1)/2 + 2nD) bytes
// next       v3 takes 32 columns at a time and any n
#include "kernels/device/shared.cuh"
#include "kernels/device/warp.cuh"
#include "kernels/least_squares/least_squares.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

constexpr int kCholeskyBlock = 256;
constexpr int kCholeskyWarps = kCholeskyBlock / kWarp;
static_assert(kCholeskyBlock % kWarp == 0);

// Where row i of the lower triangle begins; rows n … n + D − 1, of n elements each, are the
// right-hand sides.
__device__ __forceinline__ int triangle_row(int i, int n) {
  return i < n ? i * (i + 1) / 2 : n * (n + 1) / 2 + (i - n) * n;
}

__global__ void cholesky_solve_v2_shared_kernel(CholeskySolveArgs a) {
  double* triangle = reinterpret_cast<double*>(dynamic_shared_floats());  // (rows of triangle_row)
  const int n = a.n, rows = n + a.columns;
  double* column = triangle + triangle_row(rows, n);  // (n): column k of L
  const int thread = static_cast<int>(threadIdx.x), lane = lane_id(), warp = warp_id();
  const double tolerance = kPivotTolerance * n;

  for (int i = warp; i < rows; i += kCholeskyWarps)
    for (int j = lane; j < n && j <= i; j += kWarp)
      triangle[triangle_row(i, n) + j] =
          i < n ? a.a[std::int64_t{i} * n + j] : a.b[std::int64_t{j} * a.columns + i - n];
  __syncthreads();  // everything must be there before the first column

  int failed = 0;  // the same in every thread
  for (int k = 0; k < n; ++k) {
    const double pivot = triangle[triangle_row(k, n) + k];
    if (!(pivot > tolerance * a.a[std::int64_t{k} * n + k])) {
      failed = k + 1;
      break;
    }
    const double root = sqrt(pivot);
    for (int i = k + 1 + thread; i < rows; i += kCholeskyBlock) {
      double& element = triangle[triangle_row(i, n) + k];
      element /= root;
      if (i < n) column[i] = element;
    }
    __syncthreads();  // column k must be complete before it is used; all have read the pivot
    if (thread == 0) triangle[triangle_row(k, n) + k] = root;
    for (int i = k + 1 + warp; i < rows; i += kCholeskyWarps) {
      double* row = triangle + triangle_row(i, n);
      const double factor = row[k];
      for (int j = k + 1 + lane; j < n && j <= i; j += kWarp) row[j] -= factor * column[j];
    }
    __syncthreads();  // the updates must be done before the next column reads them
  }
  if (thread == 0) *a.failed = failed;
  if (failed) {
    for (int i = thread; i < n * a.columns; i += kCholeskyBlock) a.b[i] = 0;
    return;
  }

  for (int k = n - 1; k >= 0; --k) {  // Lᵀ x = y, from below
    const double* row = triangle + triangle_row(k, n);
    for (int d = warp; d < a.columns; d += kCholeskyWarps) {
      double* y = triangle + triangle_row(n + d, n);
      const double x = y[k] / row[k];
      for (int j = lane; j < k; j += kWarp) y[j] -= row[j] * x;
      if (lane == 0) a.b[std::int64_t{k} * a.columns + d] = x;
    }
    __syncthreads();  // y[k − 1] was updated by another lane
  }
}

void cholesky_solve_v2_shared(Stream& stream, const CholeskySolveArgs& a) {
  const std::size_t shared =
      cholesky_shared_bytes(static_cast<std::size_t>(a.n), static_cast<std::size_t>(a.columns));
  launch(stream, {"cholesky_solve_v2_shared", 1, kCholeskyBlock, shared, cholesky_solve_cost(a)},
         cholesky_solve_v2_shared_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
