// cam.h: Grad-CAM (Selvaraju et al., ICCV 2017, eq. 1 and 2) from activations and their gradient.
//
//   weight[n,k]  = 1/(H·W) · Σ_{h,w} gradient[n,h,w,k]
//   signed[n,h,w] = Σ_k weight[n,k] · activation[n,h,w,k]
//   map[n,h,w]   = max(signed[n,h,w], 0)        (relu; signed itself if relu is off)
//   peak[n]      = max_{h,w} map[n,h,w]
//
// A (activation) and G (gradient): (N, H, W, K); map: (N, H, W); weight: (N, K); peak: (N); fp32.
#pragma once

#include "kernels/variant.h"

namespace pellucid {

struct GradCamArgs {
  const float* activation;  // (N, H, W, K)
  const float* gradient;    // (N, H, W, K)
  float* weight;            // (N, K)
  float* map;               // (N, H, W)
  float* peak;              // (N)
  int n, h, w, k;
  bool relu = true;
};

// Throws Error for an extent < 1, or k above 4096.
void grad_cam(Stream& stream, const GradCamArgs& args);

// grad_cam_fused (one launch) and grad_cam_unfused (a launch a step), equal to the reference.
const VariantTable<GradCamArgs>& grad_cam_variants();

template <class T>
void grad_cam_reference(const T* activation, const T* gradient, T* weight, T* map, T* peak, int n,
                        int h, int w, int k, bool relu);

}  // namespace pellucid
