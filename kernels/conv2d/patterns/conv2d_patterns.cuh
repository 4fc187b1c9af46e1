// conv2d_patterns.cuh: where the input of a row of conv2d_patterns lies.
#pragma once

#include "kernels/conv2d/patterns/conv2d_patterns.h"
#include "runtime/launch/backend.h"

namespace pellucid::PELLUCID_BACKEND {

// The C channels that `mask` shows at input pixel (h, w), or null outside the image.
__device__ __forceinline__ const float* pattern_pixel(const Conv2dPatternsArgs& a, int mask, int h,
                                                      int w) {
  const Conv2dShape& d = a.shape;
  if (h < 0 || h >= d.h || w < 0 || w >= d.w) return nullptr;
  const int pixel = h * d.w + w;
  if (a.x) return a.x + std::int64_t{a.input.row(pixel, mask)} * d.c;
  const MaskedImage& m = a.masked;
  const bool on = superpixel_on(m.bits + std::int64_t{mask} * m.words, m.labels[pixel]);
  return (on ? m.image : m.fill) + std::int64_t{pixel} * d.c;
}

}  // namespace pellucid::PELLUCID_BACKEND
