// optimizer_step.cuh: the update of one parameter, shared by the naive and the vector kernels, with
// the fused multiply-adds spelt out so that every variant rounds alike.
#pragma once

#include "kernels/optimizer/optimizer.h"
#include "runtime/launch/backend.h"

namespace pellucid::PELLUCID_BACKEND {

__device__ __forceinline__ void adam_step(const AdamArgs& a, float& w, float g, float& m,
                                          float& v) {
  m = fmaf(a.beta1, m, (1 - a.beta1) * g);
  v = fmaf(a.beta2, v, (1 - a.beta2) * g * g);
  w = fmaf(-a.step_size, m / (sqrtf(v) + a.epsilon), w);
}

__device__ __forceinline__ void sgd_step(const SgdArgs& a, float& w, float g, float& m) {
  m = fmaf(a.momentum, m, g);
  w = fmaf(-a.learning_rate, m, w);
}

}  // namespace pellucid::PELLUCID_BACKEND
