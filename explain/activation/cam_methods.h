// cam_methods.h: the class activation maps by name, and the settings that libraries disagree about.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "explain/explainer.h"
#include "kernels/cam/cam.h"

namespace pellucid {

// The first five need the gradient (kernels/cam/cam.h); ablationcam: explain/activation/ablation.h; eigencam:
// kernels/principal_component, which knows of no class; scorecam: explain/activation/score_cam.h.
enum class CamMethod {
  gradcam,
  gradcam_plus_plus,
  hirescam,
  xgradcam,
  layercam,
  ablationcam,
  eigencam,
  scorecam
};

std::string_view to_string(CamMethod method);  // "gradcam++": of options, files and records
std::string_view title_of(CamMethod method);   // "Grad-CAM++": as the literature writes it
const std::vector<CamMethod>& cam_methods();
std::optional<CamMethod> parse_cam_method(std::string_view name);
// The kernel's method, or nothing if it needs no gradient.
std::optional<GradientCam> gradient_cam_of(CamMethod method);

// How Score-CAM makes a mask of a channel.
struct ScoreCamForm {
  bool stretch_first = false;  // stretched to [0, 1] at the layer's resolution, then enlarged
  bool align_corners = false;  // kernels/resize
  float epsilon = 0;           // ≥ 0, added to the range that it is divided by
};

// Settings under which a map is what another implementation computes:
//   paper          Grad-CAM++ by eq. 19, XGrad-CAM by eq. 8; no ε. Score-CAM's masks are enlarged with
//                  half-pixel centres, as all maps are here, then stretched
//   pgc            pytorch-grad-cam: ε of 1e-6 and 1e-7; Score-CAM's masks enlarged with aligned corners
//                  and stretched with ε = 1e-8; of several layers' maps, each stretched with ε = 1e-7
//   torch-cam      XGrad-CAM with ε = 1e-8, Score-CAM's masks stretched (ε = 1e-8), then enlarged. Its
//                  Grad-CAM++ divides a copy, so that α = G² whatever its documentation says; there is
//                  none here under this name
//   omnixai        OmniXAI: Grad-CAM++ with ε = 1e-8
//   xplique        Grad-CAM++ with means for sums. Its ε of 1e-4 stands in for a denominator of
//                  exactly 0; here such a quotient is 0
//   tf-keras-vis   Grad-CAM++ with α divided by its sum. Its factor exp(score) is left out: it is the
//                  same for a whole map
struct CamCompat {
  std::string name = "paper";
  GradCamPlusPlusForm form = GradCamPlusPlusForm::paper;
  float plus_plus_epsilon = 0, xgradcam_epsilon = 0;
  ScoreCamForm score_cam;
  float layers_epsilon = 0;  // ≥ 0, added to the range of a layer's map before several are averaged
  bool plus_plus = true;     // whether Grad-CAM++ is offered
};

// Throws UsageError naming the known ones.
CamCompat parse_cam_compat(const std::string& name);

// The family of these methods (explain/activation/cam_family.cpp).
std::unique_ptr<MethodFamily> cam_family();

}  // namespace pellucid
