// least_squares.h: weighted least squares on coalitions: the sums over the rows, and the solve.
//
// Row n of X has a bit for each of M features, a weight w_n and D targets y_nd. One pass gives
//
//   gram[i,j]  = Σ_n w_n x_ni x_nj     whose diagonal is also Σ_n w_n x_ni, since x² = x
//   rhs[i,d]   = Σ_n w_n x_ni y_nd
//   totals     = Σ_n w_n,  Σ_n w_n y_nd,  Σ_n w_n y_nd²
//
// from which every weighted regression on these rows follows, with or without intercept (centred:
// gram − g gᵀ / Σw), on any subset of the features. Everything is fp64: a row's weight may be 10^-4
// of another's, the centred matrix is a difference of two large ones, and there are few numbers.
// The order of a sum depends on M, N and D alone.
#pragma once

#include <cstdint>

#include "kernels/variant.h"

namespace pellucid {

struct WeightedGramArgs {
  const std::uint32_t* bits;  // (rows, ⌈features / 32⌉): bit j % 32 of word j / 32; unused bits 0
  const double* weights;      // (rows)
  const double* targets;      // (rows, columns)
  double* gram;               // (features, features), both triangles, equal bit for bit
  double* rhs;                // (features, columns)
  double* totals;             // (1 + 2·columns)
  int features;               // M, 1 … 1024
  int columns;                // D, ≥ 1
  std::int64_t rows;          // N, ≥ 1
};

// A x = b for a symmetric positive definite A and D right-hand sides at once, as L Lᵀ x = b.
struct CholeskySolveArgs {
  double* a;             // (n, n); its lower triangle is read and may be overwritten
  double* b;             // (n, columns): right-hand sides in, solutions out; 0 if it failed
  std::int32_t* failed;  // (1): 0, or k + 1: A is not positive definite as far as fp64 can tell,
                         // since pivot k is not above kPivotTolerance · n · a[k,k] (or is NaN)
  int n;                 // 1 … 1024
  int columns;           // D, ≥ 1
};

// Cancelling to n roundings of the element that the pivot started from leaves only noise.
constexpr double kPivotTolerance = 0x1p-52;

// Throw Error for sizes out of range.
void weighted_gram(Stream& stream, const WeightedGramArgs& args);
void cholesky_solve(Stream& stream, const CholeskySolveArgs& args);

const VariantTable<WeightedGramArgs>& weighted_gram_variants();
const VariantTable<CholeskySolveArgs>& cholesky_solve_variants();

void weighted_gram_reference(const WeightedGramArgs& args);
void cholesky_solve_reference(const CholeskySolveArgs& args);

Cost weighted_gram_cost(const WeightedGramArgs& args);
Cost cholesky_solve_cost(const CholeskySolveArgs& args);

constexpr int kLeastSquaresFeatures = 1024;

// weighted_gram_v2: rows a block sums. More features, more tiles: then longer parts fill a GPU too
// and leave less to join.
constexpr std::int64_t gram_part_rows(int features) { return features <= 256 ? 128 : 1024; }

// cholesky_solve_v2's limit: a block has 64 KiB on every architecture since Turing.
constexpr std::size_t kCholeskySharedBytes = 64 * 1024;

// cholesky_solve_v2 keeps the triangle of A, one column of L and the solutions in shared memory.
constexpr std::size_t cholesky_shared_bytes(std::size_t n, std::size_t columns) {
  return sizeof(double) * (n * (n + 1) / 2 + n + n * columns);
}

}  // namespace pellucid

PELLUCID_DECLARE_KERNEL(weighted_gram_v1_naive, WeightedGramArgs)
PELLUCID_DECLARE_KERNEL(weighted_gram_v2_split, WeightedGramArgs)
PELLUCID_DECLARE_KERNEL(cholesky_solve_v1_naive, CholeskySolveArgs)
PELLUCID_DECLARE_KERNEL(cholesky_solve_v2_shared, CholeskySolveArgs)
PELLUCID_DECLARE_KERNEL(cholesky_solve_v3_panels, CholeskySolveArgs)
namespace pellucid::cpu {
void weighted_gram(Stream& stream, const WeightedGramArgs& args);
void cholesky_solve(Stream& stream, const CholeskySolveArgs& args);
}  // namespace pellucid::cpu
