// conv2d_relu_pool.h: convolution, ReLU and maximum pooling in one, for inference: what leaves a
// block of the network is a quarter of what the convolution computes, and only that is written. The
// input may be a masked image (kernels/masked_image.h), which is then never written either.
//
//   z[n,p,q,k] = max(0, conv2d(x)[n,p,q,k])                        conv2d.h; NaN stays NaN
//   y[n,i,j,k] = max of z over rows pool·i … pool·i + pool − 1 and the same columns
//
// Rows and columns beyond the last whole window are dropped, as in pool2d.h without padding.
#pragma once

#include "kernels/conv2d/conv2d.h"
#include "kernels/masked_image.h"

namespace pellucid {

struct Conv2dReluPoolArgs {
  Conv2dShape shape;
  const float* x;      // (N, H, W, C), or null: the input is `masked`
  MaskedImage masked;  // N masks over images (H, W, C)
  const float* w;      // (K, R, S, C)
  const float* bias;   // (K) or null
  float* y;            // (N, P / pool, Q / pool, K)
  int pool = 1;        // side of the pooling windows, and their stride; 1: no pooling

  constexpr int pooled_p() const { return shape.p() / pool; }
  constexpr int pooled_q() const { return shape.q() / pool; }
};

// Throws Error as conv2d_fprop does, for groups other than 1, and for a pool < 1 or larger than the
// convolution's output.
// Sums in a fixed order: an image's result does not depend on the batch, and a masked input gives
// the same bits as the masked images themselves.
void conv2d_relu_pool(Stream& stream, const Conv2dReluPoolArgs& args);
const VariantTable<Conv2dReluPoolArgs>& conv2d_relu_pool_variants();
void conv2d_relu_pool_reference(const Conv2dReluPoolArgs& args);
Cost conv2d_relu_pool_cost(const Conv2dReluPoolArgs& args);

}  // namespace pellucid

PELLUCID_DECLARE_KERNEL(conv2d_relu_pool_v1_naive, Conv2dReluPoolArgs)
PELLUCID_DECLARE_KERNEL(conv2d_relu_pool_v2_quads, Conv2dReluPoolArgs)
PELLUCID_DECLARE_KERNEL(conv2d_relu_pool_v3_rows, Conv2dReluPoolArgs)
namespace pellucid::cpu {
void conv2d_relu_pool(Stream& stream, const Conv2dReluPoolArgs& args);
}
