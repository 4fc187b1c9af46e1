// weighted_gram_moment.cuh: weighted_gram's sums seen as one matrix product Rᵀ C.
//
// R has a column for each feature and one of ones (number M). C has the weighted feature columns
// w·x_q (q < M), the weight w (q = M), the targets w·y_d (q = M + 1 + d), and w·y_d²
// (q = M + 1 + D + d).
#pragma once

#include "kernels/device/vector.cuh"
#include "kernels/least_squares/least_squares.h"

namespace pellucid::PELLUCID_BACKEND {

__device__ __forceinline__ int moment_rows(const WeightedGramArgs& a) { return a.features + 1; }
__device__ __forceinline__ int moment_columns(const WeightedGramArgs& a) {
  return a.features + 1 + 2 * a.columns;
}

__device__ __forceinline__ unsigned coalition_word(const WeightedGramArgs& a, std::int64_t n,
                                                   int word) {
  return a.bits[n * ((a.features + 31) / 32) + word];
}

// Columns 32·group … + 31 of row n of R, as bits.
__device__ __forceinline__ unsigned moment_row_bits(const WeightedGramArgs& a, std::int64_t n,
                                                    int group) {
  unsigned bits = 32 * group < a.features ? coalition_word(a, n, group) : 0;
  if (a.features / 32 == group) bits |= 1u << a.features % 32;
  return bits;
}

// Row n of C at q; 0 beyond its last column.
__device__ __forceinline__ double moment_column(const WeightedGramArgs& a, std::int64_t n, int q) {
  const double w = a.weights[n];
  if (q < a.features) return coalition_word(a, n, q / 32) >> q % 32 & 1u ? w : 0;
  if (q == a.features) return w;
  const int d = q - a.features - 1;
  if (d < a.columns) return w * a.targets[n * a.columns + d];
  if (d >= 2 * a.columns) return 0;
  const double y = a.targets[n * a.columns + d - a.columns];
  return w * y * y;
}

// Stores (Rᵀ C)[i, q]; entries that nobody asked for are dropped.
__device__ __forceinline__ void store_moment(const WeightedGramArgs& a, int i, int q, double sum) {
  if (i < a.features) {
    const std::int64_t row = i;
    if (q < a.features) a.gram[row * a.features + q] = sum;
    else if (q > a.features && q - a.features - 1 < a.columns)
      a.rhs[row * a.columns + q - a.features - 1] = sum;
  } else if (i == a.features && q >= a.features && q < moment_columns(a)) {
    a.totals[q - a.features] = sum;
  }
}

}  // namespace pellucid::PELLUCID_BACKEND
