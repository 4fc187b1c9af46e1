// resize_mix.cuh: one value of a bilinear resize; shared by the kernels, so that they round alike.
#pragma once

#include <cstdint>

#include "kernels/resize/resize.h"
#include "kernels/resize_axis.h"
#include "runtime/launch/backend.h"

namespace pellucid::PELLUCID_BACKEND {

// Value i of output row `row` of image n; i counts columns and channels: i = col·C + c. The form
// a + f·(b − a) leaves a constant picture constant.
__device__ __forceinline__ float resize_value(const ResizeArgs& a, std::int64_t n, ResizePoint row,
                                              int i) {
  const int col = i / a.c, c = i - col * a.c;
  const ResizePoint u = resize_point(col, a.w, a.q, a.align_corners);
  const float* top = a.x + (n * a.h + row.low) * a.w * a.c;
  const float* bottom = a.x + (n * a.h + row.high) * a.w * a.c;
  const int left = u.low * a.c + c, right = u.high * a.c + c;
  const float above = fmaf(u.fraction, top[right] - top[left], top[left]);
  const float below = fmaf(u.fraction, bottom[right] - bottom[left], bottom[left]);
  return fmaf(row.fraction, below - above, above);
}

}  // namespace pellucid::PELLUCID_BACKEND
