// reduce.h: reductions of each row of a (rows, cols) array: sum, maximum, first position of it.
//
//   sum     y[r] = Σ_c x[r,c], in a fixed order
//   max     y[r] = max_c x[r,c]
//   argmax  index[r] = the smallest c with x[r,c] = max
//
// rows, cols ≥ 1, fp32. A whole array is one row. The order of a sum depends on cols alone, so a
// row's bits do not change with the number of rows. A NaN never wins a maximum; a row with nothing
// above −∞ has maximum −∞ at index 0.
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

// Throw Error for rows or cols < 1, and row_max for cols ≥ 2^31 or both outputs null.
void row_sum(Stream& stream, const RowSumArgs& args);
void row_max(Stream& stream, const RowMaxArgs& args);

const VariantTable<RowSumArgs>& row_sum_variants();
const VariantTable<RowMaxArgs>& row_max_variants();

template <class T>
void row_sum_reference(const T* x, T* y, int rows, std::int64_t cols);
template <class T>
void row_max_reference(const T* x, T* y, std::int32_t* index, int rows, std::int64_t cols);

Cost row_sum_cost(const RowSumArgs& args);
Cost row_max_cost(const RowMaxArgs& args);

// The v3 variants cut a row into parts of this many columns, a block each.
constexpr std::int64_t kReducePart = 16384;

}  // namespace pellucid

PELLUCID_DECLARE_KERNEL(row_sum_v1_naive, RowSumArgs)
PELLUCID_DECLARE_KERNEL(row_sum_v2_warp, RowSumArgs)
PELLUCID_DECLARE_KERNEL(row_sum_v3_split, RowSumArgs)
PELLUCID_DECLARE_KERNEL(row_max_v1_naive, RowMaxArgs)
PELLUCID_DECLARE_KERNEL(row_max_v2_warp, RowMaxArgs)
PELLUCID_DECLARE_KERNEL(row_max_v3_split, RowMaxArgs)
namespace pellucid::cpu {
void row_sum(Stream& stream, const RowSumArgs& args);
void row_max(Stream& stream, const RowMaxArgs& args);
}  // namespace pellucid::cpu
