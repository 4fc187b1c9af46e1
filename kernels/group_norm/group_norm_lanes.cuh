// group_norm_lanes.cuh: what the tuned variants of group_norm share.
#pragma once

#include "kernels/device/axes.cuh"
#include "kernels/group_norm/group_norm.h"

namespace pellucid::PELLUCID_BACKEND {
namespace {

// A thread that keeps its values in registers has at most this many.
constexpr int kNormValues = 8;

__device__ __forceinline__ std::int64_t parameter_base(const AxesShape& shape,
                                                       const AxesSteps& affine,
                                                       const AxesPlace& at) {
  return affine.base(shape, at.group) + std::int64_t{at.column} * affine.k[2];
}

__device__ __forceinline__ float inverse_of(float squares, int positions, float epsilon) {
  return 1.0f / sqrtf(squares / static_cast<float>(positions) + epsilon);
}

// y at position p, which lies at x[i].
__device__ __forceinline__ void write_normalised(const GroupNormArgs& a, std::int64_t i,
                                                 std::int64_t parameter, int p, float x, float mean,
                                                 float inverse) {
  const std::int64_t of = parameter + a.affine.offset(a.shape, p);
  a.y[i] = fmaf((x - mean) * inverse, a.gamma ? a.gamma[of] : 1.0f, a.beta ? a.beta[of] : 0.0f);
}

// x̂ and g = dy · gamma at one position.
struct NormTerm {
  float normalised, scaled;
};
__device__ __forceinline__ NormTerm norm_term(const GroupNormBackwardArgs& a, std::int64_t i,
                                              std::int64_t parameter, int p, float mean,
                                              float inverse) {
  const float dy = a.dy[i];
  return {(a.x[i] - mean) * inverse,
          a.gamma ? dy * a.gamma[parameter + a.affine.offset(a.shape, p)] : dy};
}

// What is written of a term; the means are those of g and of g·x̂ over the group.
__device__ __forceinline__ void write_derivative(const GroupNormBackwardArgs& a, std::int64_t i,
                                                 NormTerm term, float inverse, float mean_g,
                                                 float mean_product) {
  if (a.dx) a.dx[i] = inverse * fmaf(-term.normalised, mean_product, term.scaled - mean_g);
  if (a.product) a.product[i] = a.dy[i] * term.normalised;
}

}  // namespace
}  // namespace pellucid::PELLUCID_BACKEND
