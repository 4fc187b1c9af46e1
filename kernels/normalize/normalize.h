// normalize.h: min-max normalisation of each row to [0, 1].
//
//   y[r,c] = (x[r,c] − min_r) / (max_r − min_r + ε);  a constant row gives 0 everywhere
//
// x, y: (rows, cols), fp32, finite, with max − min finite too; rows, cols ≥ 1; y may be x.
#pragma once

#include <cstdint>

#include "kernels/variant.h"

namespace pellucid {

struct MinMaxArgs {
  const float* x;
  float* y;
  int rows;
  std::int64_t cols;
  float epsilon = 0;  // ≥ 0; what libraries add in place of looking for constant rows
};

// Throws Error for rows or cols < 1, ε < 0.
void normalize_min_max(Stream& stream, const MinMaxArgs& args);

const VariantTable<MinMaxArgs>& normalize_min_max_variants();

template <class T>
void normalize_min_max_reference(const T* x, T* y, int rows, std::int64_t cols, double epsilon = 0);

Cost normalize_min_max_cost(const MinMaxArgs& args);

}  // namespace pellucid

PELLUCID_DECLARE_KERNEL(normalize_min_max_v1_naive, MinMaxArgs)
PELLUCID_DECLARE_KERNEL(normalize_min_max_v2_block, MinMaxArgs)
PELLUCID_DECLARE_KERNEL(normalize_min_max_v3_split, MinMaxArgs)
namespace pellucid::cpu {
void normalize_min_max(Stream& stream, const MinMaxArgs& args);
}  // namespace pellucid::cpu
