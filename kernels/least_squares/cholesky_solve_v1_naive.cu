// cholesky_solve_v1_naive.cu: symmetric positive definite systems, one block, in global memory.
//
// computes   A x = b as L Lᵀ x = b;   a: (n, n), b: (n, D), row-major
// mapping    column by column, thread t takes rows k + t, k + t + 256, … of column k of L; then
//            thread t solves right-hand sides t, t + 256, …
// idea       L[i,k] = (a[i,k] − Σ_{p<k} L[i,p] L[k,p]) / L[k,k] as written
// limits     1 ≤ n ≤ 1024, D ≥ 1
// cost       n³/3 + 2n²D flops; a warp's loads of a column touch 32 rows
// next       v2 keeps the triangle in shared memory and updates all of it after each column
#include "kernels/device/warp.cuh"
#include "kernels/least_squares/least_squares.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

constexpr int kCholeskyNaiveBlock = 256;
static_assert(kCholeskyNaiveBlock % kWarp == 0);

__global__ void cholesky_solve_v1_naive_kernel(CholeskySolveArgs a) {
  __shared__ int failed;
  const int n = a.n, thread = static_cast<int>(threadIdx.x);
  const double tolerance = kPivotTolerance * n;
  if (thread == 0) failed = 0;
  for (int k = 0; k < n; ++k) {
    const double* pivot_row = a.a + std::int64_t{k} * n;
    for (int i = k + thread; i < n; i += kCholeskyNaiveBlock) {
      double* row = a.a + std::int64_t{i} * n;
      const double given = row[k];
      double left = given;
      for (int p = 0; p < k; ++p) left -= row[p] * pivot_row[p];
      if (i > k) row[k] = left;
      else if (left > tolerance * given)  // i == k: thread 0
        row[k] = sqrt(left);
      else failed = k + 1;
    }
    __syncthreads();  // the pivot must be known before rows divide by it
    if (failed) break;
    for (int i = k + 1 + thread; i < n; i += kCholeskyNaiveBlock)
      a.a[std::int64_t{i} * n + k] /= pivot_row[k];
    __syncthreads();  // the column must be complete before the next pivot reads its row
  }
  if (thread == 0) *a.failed = failed;
  for (int d = thread; d < a.columns; d += kCholeskyNaiveBlock) {
    double* b = a.b + d;  // stride D
    const std::int64_t stride = a.columns;
    for (int i = 0; i < n; ++i) {
      const double* row = a.a + std::int64_t{i} * n;
      double left = failed ? 0 : b[i * stride];
      if (!failed) {
        for (int p = 0; p < i; ++p) left -= row[p] * b[p * stride];
        left /= row[i];
      }
      b[i * stride] = left;
    }
    if (failed) continue;
    for (int i = n - 1; i >= 0; --i) {
      double left = b[i * stride];
      for (int p = i + 1; p < n; ++p) left -= a.a[std::int64_t{p} * n + i] * b[p * stride];
      b[i * stride] = left / a.a[std::int64_t{i} * n + i];
    }
  }
}

void cholesky_solve_v1_naive(Stream& stream, const CholeskySolveArgs& a) {
  launch(stream, {"cholesky_solve_v1_naive", 1, kCholeskyNaiveBlock, 0, cholesky_solve_cost(a)},
         cholesky_solve_v1_naive_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
