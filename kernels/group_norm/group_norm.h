// group_norm.h: normalisation of each group of values by its own mean and variance, forward and backward:
// layer norm (Ba, Kiros & Hinton 2016), instance norm (Ulyanov, Vedaldi & Lempitsky 2016) and group norm
// (Wu & He 2018) differ in the axes alone, as PyTorch's LayerNorm, InstanceNorm2d and GroupNorm.
//
//   of the m values x_p at the positions of one result (kernels/axes.h):
//   mean     = Σ x_p / m
//   inverse  = 1 / √(Σ (x_p − mean)² / m + epsilon)       (the biased variance)
//   x̂_p      = (x_p − mean) · inverse
//   y_p      = x̂_p · gamma + beta
//   backward   g_p  = dy_p · gamma
//              dx_p = inverse · (g_p − Σ g_q / m − x̂_p · Σ g_q·x̂_q / m)
//              product_p = dy_p · x̂_p, whose sum over all axes without parameters is the gradient of gamma,
//              as that of dy is the one of beta
//
// fp32. gamma and beta have an extent of x on each axis or none, as `affine` says; a null gamma counts as 1,
// a null beta as 0. Squares are summed about a mean and never cancel. The order of the sums depends on the
// shape of one group alone, so that an image's bits do not depend on its batch.
#pragma once

#include "kernels/axes.h"
#include "kernels/variant.h"

namespace pellucid {

struct GroupNormArgs {
  AxesShape shape;
  AxesSteps affine;
  const float* x;      // (n, r0, k0, r1, k1, r2, k2)
  float* y;            // like x; not x itself
  const float* gamma;  // where `affine` steps to, or null
  const float* beta;   // the same
  float* mean;         // (n, k0, k1, k2)
  float* inverse;      // (n, k0, k1, k2)
  float epsilon;
};

struct GroupNormBackwardArgs {
  AxesShape shape;
  AxesSteps affine;
  const float* x;        // (n, r0, k0, r1, k1, r2, k2), the forward's
  const float* dy;       // like x
  const float* gamma;    // the forward's, or null
  const float* mean;     // (n, k0, k1, k2), the forward's
  const float* inverse;  // the same
  float* dx;             // like x, or null; neither x nor dy
  float* product;        // like x, or null; neither x nor dy
};

// Throw Error for an extent < 1, for more than 2^30 positions, and for an epsilon that is negative or not
// finite.
void group_norm(Stream& stream, const GroupNormArgs& args);
void group_norm_backward(Stream& stream, const GroupNormBackwardArgs& args);

const VariantTable<GroupNormArgs>& group_norm_variants();
const VariantTable<GroupNormBackwardArgs>& group_norm_backward_variants();

// The specification and the tests' oracle, accumulating in double. T: float or double. Null pointers as above.
template <class T>
void group_norm_reference(const AxesShape& shape, const AxesSteps& affine, const T* x, T* y,
                          const T* gamma, const T* beta, T* mean, T* inverse, double epsilon);
template <class T>
void group_norm_backward_reference(const AxesShape& shape, const AxesSteps& affine, const T* x,
                                   const T* dy, const T* gamma, const T* mean, const T* inverse,
                                   T* dx, T* product);

Cost group_norm_cost(const GroupNormArgs& args);
Cost group_norm_backward_cost(const GroupNormBackwardArgs& args);

}  // namespace pellucid

PELLUCID_DECLARE_KERNEL(group_norm_v1_naive, GroupNormArgs)
PELLUCID_DECLARE_KERNEL(group_norm_v2_lanes, GroupNormArgs)
PELLUCID_DECLARE_KERNEL(group_norm_v3_split, GroupNormArgs)
PELLUCID_DECLARE_KERNEL(group_norm_backward_v1_naive, GroupNormBackwardArgs)
PELLUCID_DECLARE_KERNEL(group_norm_backward_v2_lanes, GroupNormBackwardArgs)
PELLUCID_DECLARE_KERNEL(group_norm_backward_v3_split, GroupNormBackwardArgs)
namespace pellucid::cpu {
void group_norm(Stream& stream, const GroupNormArgs& args);
void group_norm_backward(Stream& stream, const GroupNormBackwardArgs& args);
}  // namespace pellucid::cpu
