// cam.h: class activation maps from a layer's activations and their gradient, all that are asked for
// in one pass over both.
//
//   A, G (activation, gradient): (N, H, W, K), G = ∂score/∂A; Σ over the H·W places ij, or over k
//
//   gradcam     w_k = 1/(H·W) · Σ_ij G                                   map = Σ_k w_k · A
//   gradcam++   w_k = Σ_ij α · max(G, 0), α = G² / (2·G² + S·G³ + ε)     map = Σ_k w_k · A
//               S = Σ_ij A; other forms: GradCamPlusPlusForm
//   hirescam                                                             map = Σ_k G · A
//   xgradcam    w_k = Σ_ij G·A / (Σ_ij A + ε)                            map = Σ_k w_k · A
//   layercam                                                             map = Σ_k max(G, 0) · A
//
// Grad-CAM: Selvaraju et al., ICCV 2017, eq. 1 and 2. Grad-CAM++: Chattopadhay et al., WACV 2018,
// eq. 7 and 19. HiResCAM: Draelos & Carin 2020, eq. 4. XGrad-CAM: Fu et al., BMVC 2020, eq. 8.
// LayerCAM: Jiang et al., TIP 2021, eq. 6 and 7. With `relu` a map is max(map, 0). A quotient whose
// denominator is 0 is 0: with ε = 0, a channel that is 0 everywhere has no weight.
//
// The layer's output is A: for maps of the rectified layer, hand over activations after the ReLU. On
// one before it S may be negative, and Grad-CAM++'s α has poles and XGrad-CAM's quotient one at
// Σ A = −ε, which no ε removes.
// All sums have an order of their own that depends on H, W and K alone, so an image's bits change
// neither with N nor with what else is asked for.
#pragma once

#include "kernels/variant.h"

namespace pellucid {

enum class GradientCam { gradcam, gradcam_plus_plus, hirescam, xgradcam, layercam };
constexpr int kGradientCams = 5;

// Whether a map is a sum of channels, each with one weight.
constexpr bool has_channel_weights(GradientCam method) {
  return method == GradientCam::gradcam || method == GradientCam::gradcam_plus_plus ||
         method == GradientCam::xgradcam;
}

// Grad-CAM++ as its paper has it, and as two libraries do.
enum class GradCamPlusPlusForm {
  paper,       // as above
  mean,        // S = 1/(H·W) · Σ_ij A, and w_k = 1/(H·W) · Σ_ij …   (xplique)
  normalised,  // α divided by Σ_ij α                                 (tf-keras-vis)
};

// What is wanted of a method; `map` null: nothing.
struct GradientCamOutput {
  float* map = nullptr;     // (N, H, W)
  float* peak = nullptr;    // (N), the map's maximum; not null with a map
  float* weight = nullptr;  // (N, K); not null with a map that has_channel_weights
};

struct GradientCamArgs {
  const float* activation;  // (N, H, W, K)
  const float* gradient;    // (N, H, W, K)
  int n, h, w, k;
  GradientCamOutput out[kGradientCams];  // by GradientCam
  bool relu = true;
  GradCamPlusPlusForm form = GradCamPlusPlusForm::paper;
  float plus_plus_epsilon = 0;  // ≥ 0
  float xgradcam_epsilon = 0;   // ≥ 0

  GradientCamOutput& operator[](GradientCam method) { return out[static_cast<int>(method)]; }
};

// Throws Error for an extent < 1, H·W ≥ 2^31, ε < 0, or an output that is missing.
void gradient_cam(Stream& stream, const GradientCamArgs& args);

// gradient_cam_v3_split (Grad-CAM alone, many blocks an image), gradient_cam_v2_fused (one launch, the same
// bits) and gradient_cam_v1_unfused (a launch a step of each method), equal to the reference.
const VariantTable<GradientCamArgs>& gradient_cam_variants();

// Of the fused kernel: channels · maps with channel weights, which lie in 32 KiB of shared memory.
constexpr int kFusedCamWeights = 8192;
bool gradient_cam_is_fused(const GradientCamArgs& args);
bool gradient_cam_is_split(const GradientCamArgs& args);

// One method in double. weight: (N, K), or null where there are none.
template <class T>
void gradient_cam_reference(GradientCam method, const T* activation, const T* gradient, int n,
                            int h, int w, int k, bool relu, GradCamPlusPlusForm form,
                            double epsilon, T* weight, T* map, T* peak);

Cost gradient_cam_cost(const GradientCamArgs& args);

}  // namespace pellucid

PELLUCID_DECLARE_KERNEL(gradient_cam_v1_unfused, GradientCamArgs)
PELLUCID_DECLARE_KERNEL(gradient_cam_v2_fused, GradientCamArgs)
PELLUCID_DECLARE_KERNEL(gradient_cam_v3_split, GradientCamArgs)
namespace pellucid::cpu {
void gradient_cam(Stream& stream, const GradientCamArgs& args);
}  // namespace pellucid::cpu
