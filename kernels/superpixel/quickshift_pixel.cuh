// quickshift_pixel.cuh: what the quick shift kernels share, so that they round alike.
#pragma once

#include "kernels/superpixel/quickshift.h"
#include "runtime/launch/backend.h"

namespace pellucid::PELLUCID_BACKEND {

// ‖f(p) − f(q)‖² + dr² + dc²; p[i·p_stride], q[i·q_stride] are the C features. Squares are rounded
// before they are added (an fma with 0 cannot be fused with the sum that follows), colour first,
// then rows, then columns, as scikit-image does: the last bit decides ties.
__device__ __forceinline__ double quickshift_distance(const double* p, int p_stride,
                                                      const double* q, int q_stride, int c, int dr,
                                                      int dc) {
  double distance = 0;
  for (int i = 0; i < c; ++i) {
    const double t = p[i * p_stride] - q[i * q_stride];
    distance += fma(t, t, 0.0);
  }
  return distance + static_cast<double>(dr * dr) + static_cast<double>(dc * dc);
}

// The nearest denser pixel so far.
struct QuickshiftNearest {
  double distance;
  std::int32_t index;
};

__device__ __forceinline__ std::int32_t quickshift_cut(QuickshiftNearest nearest,
                                                       std::int32_t pixel, double max_dist) {
  return sqrt(nearest.distance) > max_dist ? pixel : nearest.index;
}

}  // namespace pellucid::PELLUCID_BACKEND
