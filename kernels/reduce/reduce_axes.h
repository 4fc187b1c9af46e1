// reduce_axes.h: a reduction of any axes of an array, and its derivative; formulas as in ONNX's Reduce….
//
//   x_p are the values of all positions of a result y (kernels/axes.h), m their number:
//   mean          y = Σ x_p / m                 dx_p = dy / m
//   sum           y = Σ x_p                     dx_p = dy
//   max, min      y = max x_p, min x_p          dx_p = dy at the first position that reaches y, else 0
//   prod          y = Π x_p                     dx_p = dy · Π_{q ≠ p} x_q
//   l1            y = Σ |x_p|                   dx_p = dy · sign(x_p), sign(0) = 0
//   l2            y = √(Σ x_p²)                 dx_p = dy · x_p / y, 0 where y = 0
//   sum_square    y = Σ x_p²                    dx_p = dy · 2·x_p
//   log_sum       y = log Σ x_p                 dx_p = dy / exp(y)
//   log_sum_exp   y = m + log Σ exp(x_p − m)    dx_p = dy · exp(x_p − y),   m = max x_p
//
// fp32. The order of a sum depends on the shape of one group alone, so that a result's bits do not change
// with the number of groups. A NaN never wins a maximum or minimum; where nothing is above −∞ the maximum
// is −∞ at position 0.
#pragma once

#include <cstdint>

#include "kernels/axes.h"
#include "kernels/variant.h"

namespace pellucid {

enum class Reduction {
  mean,
  sum,
  max,
  min,
  prod,
  l1,
  l2,
  sum_square,
  log_sum,
  log_sum_exp,
};

struct ReduceAxesArgs {
  AxesShape shape;
  Reduction function;
  const float* x;                 // (n, r0, k0, r1, k1, r2, k2)
  float* y;                       // (n, k0, k1, k2)
  std::int32_t* index = nullptr;  // of max and min, the position of y, like y; or null
};

struct ReduceAxesBackwardArgs {
  AxesShape shape;
  Reduction function;
  const float* x;             // like dx; may be null for mean, sum, max, min, log_sum
  const float* y;             // the forward's; may be null where the formula has no y
  const float* dy;            // (n, k0, k1, k2)
  const std::int32_t* index;  // of max and min the forward's, else null
  float* dx;                  // (n, r0, k0, r1, k1, r2, k2)
};

// Throw Error for an extent < 1 and for more than 2^30 positions.
void reduce_axes(Stream& stream, const ReduceAxesArgs& args);
void reduce_axes_backward(Stream& stream, const ReduceAxesBackwardArgs& args);

const VariantTable<ReduceAxesArgs>& reduce_axes_variants();
const VariantTable<ReduceAxesBackwardArgs>& reduce_axes_backward_variants();

// The specification and the tests' oracle, accumulating in double. T: float or double.
template <class T>
void reduce_axes_reference(const AxesShape& shape, Reduction function, const T* x, T* y);
template <class T>
void reduce_axes_backward_reference(const AxesShape& shape, Reduction function, const T* x,
                                    const T* dy, T* dx);

Cost reduce_axes_cost(const ReduceAxesArgs& args);
Cost reduce_axes_backward_cost(const ReduceAxesBackwardArgs& args);

}  // namespace pellucid

PELLUCID_DECLARE_KERNEL(reduce_axes_v1_naive, ReduceAxesArgs)
PELLUCID_DECLARE_KERNEL(reduce_axes_v2_lanes, ReduceAxesArgs)
PELLUCID_DECLARE_KERNEL(reduce_axes_v3_split, ReduceAxesArgs)
PELLUCID_DECLARE_KERNEL(reduce_axes_backward_v1_naive, ReduceAxesBackwardArgs)
PELLUCID_DECLARE_KERNEL(reduce_axes_backward_v2_strips, ReduceAxesBackwardArgs)
namespace pellucid::cpu {
void reduce_axes(Stream& stream, const ReduceAxesArgs& args);
void reduce_axes_backward(Stream& stream, const ReduceAxesBackwardArgs& args);
}  // namespace pellucid::cpu
