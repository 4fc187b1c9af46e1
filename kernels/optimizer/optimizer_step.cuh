// optimizer_step.cuh: the update of one parameter, shared by the naive and the vector kernels, with
// the fused multiply-adds spelt out so that every variant rounds alike.
#pragma once

#include "kernels/device/vector.cuh"
#include "kernels/optimizer/optimizer.h"
#include "runtime/launch/backend.h"

namespace pellucid::PELLUCID_BACKEND {

__device__ __forceinline__ void adam_step(const AdamStep& a, float& w, float g, float& m,
                                          float& v) {
  m = fmaf(a.beta1, m, (1 - a.beta1) * g);
  v = fmaf(a.beta2, v, (1 - a.beta2) * g * g);
  w = fmaf(-a.step_size, m / (sqrtf(v) + a.epsilon), w);
}

// Parameters first … first + 3 of an array that is aligned to 16 bytes.
__device__ __forceinline__ void adam_four(const AdamArray& a, const AdamStep& step,
                                          std::int64_t first) {
  if (first + kVector <= a.count) {
    float4 w = load4(a.w + first), m = load4(a.m + first), v = load4(a.v + first);
    const float4 g = load4(a.g + first);
    adam_step(step, w.x, g.x, m.x, v.x);
    adam_step(step, w.y, g.y, m.y, v.y);
    adam_step(step, w.z, g.z, m.z, v.z);
    adam_step(step, w.w, g.w, m.w, v.w);
    store4(a.w + first, w);
    store4(a.m + first, m);
    store4(a.v + first, v);
  } else {
    for (std::int64_t i = first; i < a.count; ++i) adam_step(step, a.w[i], a.g[i], a.m[i], a.v[i]);
  }
}

__device__ __forceinline__ void sgd_step(const SgdArgs& a, float& w, float g, float& m) {
  m = fmaf(a.momentum, m, g);
  w = fmaf(-a.learning_rate, m, w);
}

}  // namespace pellucid::PELLUCID_BACKEND
