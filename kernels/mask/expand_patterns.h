// expand_patterns.h: feature maps of masked images, put together from the rows that were computed
// once a pattern (kernels/mask_patterns.h), with the maximum pooling that may follow.
//
//   z[n,h,w,c] = x[patterns.row(h·W + w, first_mask + n), c]
//   y[n,i,j,c] = max of z over rows pool·i … pool·i + pool − 1 and the same columns; NaN stays NaN
//
// Rows and columns beyond the last whole window are dropped, as in pool2d.h without padding.
#pragma once

#include "kernels/mask_patterns.h"
#include "kernels/variant.h"

namespace pellucid {

struct ExpandPatternsArgs {
  const float* x;         // (rows, C)
  MaskPatterns patterns;  // of (H, W)
  float* y;               // (N, H / pool, W / pool, C)
  int first_mask, n;
  int h, w, c;
  int pool = 1;  // side of the pooling windows, and their stride; 1: no pooling

  constexpr int pooled_h() const { return h / pool; }
  constexpr int pooled_w() const { return w / pool; }
};

// Throws Error for an extent < 1, a pool < 1 or larger than H or W, or more than 2^31 − 1 values of
// one image.
void expand_patterns(Stream& stream, const ExpandPatternsArgs& args);
const VariantTable<ExpandPatternsArgs>& expand_patterns_variants();
void expand_patterns_reference(const ExpandPatternsArgs& args);
Cost expand_patterns_cost(const ExpandPatternsArgs& args);

}  // namespace pellucid

PELLUCID_DECLARE_KERNEL(expand_patterns_v1_naive, ExpandPatternsArgs)
PELLUCID_DECLARE_KERNEL(expand_patterns_v2_pairs, ExpandPatternsArgs)
namespace pellucid::cpu {
void expand_patterns(Stream& stream, const ExpandPatternsArgs& args);
}
