// slic_pixel.cuh: what the SLIC kernels share, so that they round alike.
#pragma once

#include "kernels/superpixel/slic.h"
#include "kernels/superpixel/slic_window.h"
#include "runtime/launch/backend.h"

namespace pellucid::PELLUCID_BACKEND {

// centre: y, x and C colours; own: C colours of pixel (y, x).
__device__ __forceinline__ double slic_distance(const double* centre, const double* own, int c,
                                                int y, int x, double weight) {
  const double dy = centre[0] - y, dx = centre[1] - x;
  double distance = fma(dx, dx, dy * dy) * weight;
  for (int i = 0; i < c; ++i) {
    const double t = own[i] - centre[2 + i];
    distance = fma(t, t, distance);
  }
  return distance;
}

// What centre value `i` is the mean of: 0 the row, 1 the column, 2 … the colours.
__device__ __forceinline__ double slic_value(const SlicArgs& a, int y, int x, int i) {
  return i == 0 ? y : i == 1 ? x : a.features[(y * a.w + x) * a.c + i - 2];
}

}  // namespace pellucid::PELLUCID_BACKEND
