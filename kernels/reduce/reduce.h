// reduce.h: reductions of each row of a (rows, cols) array: sum, maximum, first position of it.
//
//   sum     y[r] = Σ_c x[r,c], in a fixed order
//   max     y[r] = max_c x[r,c]
//   argmax  index[r] = the smallest c with x[r,c] = max
//
// rows, cols ≥ 1, fp32. A whole array is one row.
#pragma once

#include <cstdint>

#include "kernels/variant.h"

namespace pellucid {

struct RowSumArgs {
  const float* x;  // (rows, cols)
  float* y;        // (rows)
  int rows;
  std::int64_t cols;
};

struct RowMaxArgs {
  const float* x;       // (rows, cols)
  float* y;             // (rows) or null
  std::int32_t* index;  // (rows) or null
  int rows;
  std::int64_t cols;  // ≤ 2^31 − 1
};

void row_sum(Stream& stream, const RowSumArgs& args);
void row_max(Stream& stream, const RowMaxArgs& args);

const VariantTable<RowSumArgs>& row_sum_variants();
const VariantTable<RowMaxArgs>& row_max_variants();

template <class T>
void row_sum_reference(const T* x, T* y, int rows, std::int64_t cols);
template <class T>
void row_max_reference(const T* x, T* y, std::int32_t* index, int rows, std::int64_t cols);

}  // namespace pellucid
