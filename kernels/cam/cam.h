// cam.h: Grad-CAM (Selvaraju et al., ICCV 2017, eq. 1 and 2) from activations and their gradient.
//
//   weight[n,k]  = 1/(H·W) · Σ_{h,w} gradient[n,h,w,k]
//   signed[n,h,w] = Σ_k weight[n,k] · activation[n,h,w,k]
//   map[n,h,w]   = max(signed[n,h,w], 0)        (relu; signed itself if relu is off)
//   peak[n]      = max_{h,w} map[n,h,w]
//
// A (activation) and G (gradient): (N, H, W, K); map: (N, H, W); weight: (N, K); peak: (N); fp32.
// The layer's output is A: for a map of the rectified layer, hand over activations after the ReLU.
// All sums have an order of their own that depends on H, W and K alone, so an image's bits do not
// change with N.
#pragma once

#include "kernels/variant.h"

namespace pellucid {

// The fused kernel keeps an image's weights in shared memory: 16 KiB.
constexpr int kGradCamMaxChannels = 4096;

struct GradCamArgs {
  const float* activation;  // (N, H, W, K)
  const float* gradient;    // (N, H, W, K)
  float* weight;            // (N, K)
  float* map;               // (N, H, W)
  float* peak;              // (N)
  int n, h, w, k;
  bool relu = true;
};

// Throws Error for an extent < 1, k above kGradCamMaxChannels, or H·W ≥ 2^31.
void grad_cam(Stream& stream, const GradCamArgs& args);

// grad_cam_v2_fused (one launch) and grad_cam_v1_unfused (a launch a step), equal to the reference.
const VariantTable<GradCamArgs>& grad_cam_variants();

template <class T>
void grad_cam_reference(const T* activation, const T* gradient, T* weight, T* map, T* peak, int n,
                        int h, int w, int k, bool relu);

Cost grad_cam_cost(const GradCamArgs& args);

}  // namespace pellucid

PELLUCID_DECLARE_KERNEL(grad_cam_v1_unfused, GradCamArgs)
PELLUCID_DECLARE_KERNEL(grad_cam_v2_fused, GradCamArgs)
namespace pellucid::cpu {
void grad_cam(Stream& stream, const GradCamArgs& args);
}  // namespace pellucid::cpu
