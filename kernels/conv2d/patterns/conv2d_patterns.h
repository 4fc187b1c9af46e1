// conv2d_patterns.h: convolution, ReLU and maximum pooling of a masked image, once for each pattern
// of masks that a place sees (kernels/mask_patterns.h) in place of once a mask.
//
//   y[t,k] = conv2d_relu_pool(what mask rows[t].mask shows)[rows[t].place, k]
//
// A place is i·(Q / pool) + j for the pooled output (i, j). The input is the masked image itself, or
// the rows of the layer before. On the cpu a row has the bits that conv2d_relu_pool gives; the GPU's
// variants may sum in another order than its do, the same one for any set of rows.
#pragma once

#include "kernels/conv2d/conv2d.h"
#include "kernels/mask_patterns.h"
#include "kernels/masked_image.h"

namespace pellucid {

struct Conv2dPatternsArgs {
  Conv2dShape shape;       // n is 1
  const float* x;          // rows of C values of the layer before, or null: the input is `masked`
  MaskPatterns input;      // of x: (H, W)
  MaskedImage masked;      // without image_of
  const PatternRow* rows;  // (count)
  int count;               // ≥ 1
  const float* w;          // (K, R, S, C)
  const float* bias;       // (K) or null
  float* y;                // (count, K)
  int pool = 1;            // side of the pooling windows, and their stride

  constexpr int pooled_p() const { return shape.p() / pool; }
  constexpr int pooled_q() const { return shape.q() / pool; }
  // The part of the input that a row depends on.
  constexpr int field_h() const {
    return (pool - 1) * shape.stride_h + (shape.r - 1) * shape.dilation_h + 1;
  }
  constexpr int field_w() const {
    return (pool - 1) * shape.stride_w + (shape.s - 1) * shape.dilation_w + 1;
  }
};

// Throws Error as conv2d_relu_pool does, for groups other than 1, for n other than 1 and for a count < 1.
void conv2d_patterns(Stream& stream, const Conv2dPatternsArgs& args);
const VariantTable<Conv2dPatternsArgs>& conv2d_patterns_variants();
void conv2d_patterns_reference(const Conv2dPatternsArgs& args);
Cost conv2d_patterns_cost(const Conv2dPatternsArgs& args);

}  // namespace pellucid

PELLUCID_DECLARE_KERNEL(conv2d_patterns_v1_naive, Conv2dPatternsArgs)
PELLUCID_DECLARE_KERNEL(conv2d_patterns_v2_fields, Conv2dPatternsArgs)
namespace pellucid::cpu {
void conv2d_patterns(Stream& stream, const Conv2dPatternsArgs& args);
}
