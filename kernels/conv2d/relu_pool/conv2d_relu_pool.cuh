// conv2d_relu_pool.cuh: what the fused kernels share: where their input comes from.
#pragma once

#include "kernels/conv2d/relu_pool/conv2d_relu_pool.h"
#include "kernels/device/running_max.cuh"
#include "runtime/launch/backend.h"

namespace pellucid::PELLUCID_BACKEND {

// The C channels of pixel h·W + w of image n, or of what mask n shows there.
__device__ __forceinline__ const float* input_pixel(const Conv2dReluPoolArgs& a, std::int64_t n,
                                                    std::int64_t pixel) {
  const std::int64_t pixels = std::int64_t{a.shape.h} * a.shape.w;
  if (a.x) return a.x + (n * pixels + pixel) * a.shape.c;
  const MaskedImage& m = a.masked;
  const std::int64_t at = (m.image_of ? m.image_of[n] : 0) * pixels + pixel;
  const bool on = superpixel_on(m.bits + n * m.words, m.labels[at]);
  return (on ? m.image : m.fill) + at * a.shape.c;
}

}  // namespace pellucid::PELLUCID_BACKEND
