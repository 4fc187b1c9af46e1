// transpose.h: each of N matrices transposed.
//
//   y[n,c,r] = x[n,r,c]     x: (N, R, C), y: (N, C, R), fp32; y may not overlap x
//
// A layer's activations, (N, H·W, K), become K feature maps, (N, K, H·W).
#pragma once

#include "kernels/variant.h"

namespace pellucid {

struct TransposeArgs {
  const float* x;  // (N, R, C)
  float* y;        // (N, C, R)
  int n, rows, cols;
};

// Throws Error for an extent < 1, N > 65,535 or rows of more than 32·65,535 values.
void transpose(Stream& stream, const TransposeArgs& args);
const VariantTable<TransposeArgs>& transpose_variants();
void transpose_reference(const TransposeArgs& args);
Cost transpose_cost(const TransposeArgs& args);

}  // namespace pellucid

PELLUCID_DECLARE_KERNEL(transpose_v1_naive, TransposeArgs)
PELLUCID_DECLARE_KERNEL(transpose_v2_tiled, TransposeArgs)
PELLUCID_DECLARE_KERNEL(transpose_v3_rows, TransposeArgs)
namespace pellucid::cpu {
void transpose(Stream& stream, const TransposeArgs& args);
}
