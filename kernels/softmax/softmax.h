// softmax.h: softmax and log-softmax along an axis, forward and backward.
//
//   softmax      y[r,c] = exp(x[r,c] − m_r) / Σ_j exp(x[r,j] − m_r),   m_r = max_j x[r,j]
//   log-softmax  y[r,c] = x[r,c] − m_r − log Σ_j exp(x[r,j] − m_r)
// The maximum is subtracted so that exp cannot overflow (Goodfellow et al., Deep Learning, §4.1).
// Backward from the forward's output y (exact derivative, no stored x):
//   softmax      dx[r,c] = y[r,c] · (dy[r,c] − Σ_j dy[r,j]·y[r,j])
//   log-softmax  dx[r,c] = dy[r,c] − exp(y[r,c]) · Σ_j dy[r,j]
//
// All arrays are (rows, cols, inner), row-major, fp32, every extent ≥ 1: each of the rows · inner columns
// is one r above. Outputs may not overlap inputs.
#pragma once

#include "kernels/variant.h"

namespace pellucid {

struct SoftmaxArgs {
  const float* x;  // (rows, cols, inner)
  float* y;        // (rows, cols, inner)
  int rows, cols;
  bool log = false;  // log-softmax
  int inner = 1;
};

struct SoftmaxBackwardArgs {
  const float* y;   // (rows, cols, inner), the forward's output
  const float* dy;  // (rows, cols, inner)
  float* dx;        // (rows, cols, inner)
  int rows, cols;
  bool log = false;
  int inner = 1;
};

void softmax(Stream& stream, const SoftmaxArgs& args);
void softmax_backward(Stream& stream, const SoftmaxBackwardArgs& args);

const VariantTable<SoftmaxArgs>& softmax_variants();
const VariantTable<SoftmaxBackwardArgs>& softmax_backward_variants();

// The specification and the tests' oracle: plain loops, accumulating in double. T: float or double.
template <class T>
void softmax_reference(const T* x, T* y, int rows, int cols, bool log, int inner = 1);
template <class T>
void softmax_backward_reference(const T* y, const T* dy, T* dx, int rows, int cols, bool log,
                                int inner = 1);

Cost softmax_cost(const SoftmaxArgs& args);
Cost softmax_backward_cost(const SoftmaxBackwardArgs& args);

}  // namespace pellucid

PELLUCID_DECLARE_KERNEL(softmax_v1_naive, SoftmaxArgs)
PELLUCID_DECLARE_KERNEL(softmax_v2_online, SoftmaxArgs)
PELLUCID_DECLARE_KERNEL(softmax_v3_lanes, SoftmaxArgs)
PELLUCID_DECLARE_KERNEL(softmax_backward_v1_naive, SoftmaxBackwardArgs)
PELLUCID_DECLARE_KERNEL(softmax_backward_v2_warp, SoftmaxBackwardArgs)
PELLUCID_DECLARE_KERNEL(softmax_backward_v3_lanes, SoftmaxBackwardArgs)
namespace pellucid::cpu {
void softmax(Stream& stream, const SoftmaxArgs& args);
void softmax_backward(Stream& stream, const SoftmaxBackwardArgs& args);
}  // namespace pellucid::cpu
