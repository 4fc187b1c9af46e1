// gradient_cam.cuh: what the variants of gradient_cam compute of one element.
#pragma once

#include "kernels/cam/cam.h"
#include "runtime/launch/backend.h"

namespace pellucid::PELLUCID_BACKEND {

__device__ __forceinline__ float quotient_or_zero(float a, float b) { return b == 0 ? 0 : a / b; }

// Grad-CAM++'s α = G² / (2·G² + S·G³ + ε). Without ε it is divided by G², which underflows where G
// does not.
__device__ __forceinline__ float plus_plus_alpha(float g, float s, float epsilon) {
  if (g == 0) return 0;
  const float factor = fmaf(s, g, 2.0f);
  return epsilon == 0 ? quotient_or_zero(1, factor)
                      : quotient_or_zero(g * g, fmaf(g * g, factor, epsilon));
}

// S from Σ A, and w from Σ α·max(G, 0) and Σ α.
__device__ __forceinline__ float plus_plus_scale(GradCamPlusPlusForm form, float activation_sum,
                                                 int places) {
  return form == GradCamPlusPlusForm::mean ? activation_sum / static_cast<float>(places)
                                           : activation_sum;
}
__device__ __forceinline__ float plus_plus_weight(GradCamPlusPlusForm form, float weight_sum,
                                                  float alpha_sum, int places) {
  return form == GradCamPlusPlusForm::mean         ? weight_sum / static_cast<float>(places)
         : form == GradCamPlusPlusForm::normalised ? quotient_or_zero(weight_sum, alpha_sum)
                                                   : weight_sum;
}

}  // namespace pellucid::PELLUCID_BACKEND
