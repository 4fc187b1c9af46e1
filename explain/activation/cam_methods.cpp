#include "explain/activation/cam_methods.h"

#include "runtime/error.h"
#include "runtime/formats/nearest.h"

namespace pellucid {

extern const Method gradcam_method, gradcam_plus_plus_method, hirescam_method, xgradcam_method,
    layercam_method, ablationcam_method, eigencam_method, scorecam_method;
const Method gradcam_method{"gradcam", "Grad-CAM", 100, cam_family};
const Method gradcam_plus_plus_method{"gradcam++", "Grad-CAM++", 101, cam_family};
const Method hirescam_method{"hirescam", "HiResCAM", 102, cam_family};
const Method xgradcam_method{"xgradcam", "XGrad-CAM", 103, cam_family};
const Method layercam_method{"layercam", "LayerCAM", 104, cam_family};
const Method ablationcam_method{"ablationcam", "Ablation-CAM", 105, cam_family};
const Method eigencam_method{"eigencam", "Eigen-CAM", 106, cam_family};
const Method scorecam_method{"scorecam", "Score-CAM", 107, cam_family};

namespace {

// By CamMethod.
constexpr const Method* kMethods[] = {
    &gradcam_method,  &gradcam_plus_plus_method, &hirescam_method, &xgradcam_method,
    &layercam_method, &ablationcam_method,       &eigencam_method, &scorecam_method,
};

}  // namespace

std::string_view to_string(CamMethod method) { return kMethods[static_cast<int>(method)]->name; }
std::string_view title_of(CamMethod method) { return kMethods[static_cast<int>(method)]->title; }

const std::vector<CamMethod>& cam_methods() {
  static const std::vector<CamMethod> all = [] {
    std::vector<CamMethod> methods;
    for (std::size_t i = 0; i < std::size(kMethods); ++i)
      methods.push_back(static_cast<CamMethod>(i));
    return methods;
  }();
  return all;
}

std::optional<CamMethod> parse_cam_method(std::string_view name) {
  for (const CamMethod method : cam_methods())
    if (to_string(method) == name) return method;
  return std::nullopt;
}

std::optional<GradientCam> gradient_cam_of(CamMethod method) {
  if (static_cast<int>(method) >= kGradientCams) return std::nullopt;
  return static_cast<GradientCam>(static_cast<int>(method));
}

CamCompat parse_cam_compat(const std::string& name) {
  const std::vector<CamCompat> known = {
      {"paper", GradCamPlusPlusForm::paper, 0, 0, {}, 0},
      {"pgc", GradCamPlusPlusForm::paper, 1e-6f, 1e-7f, {false, true, 1e-8f}, 1e-7f},
      {"torch-cam", GradCamPlusPlusForm::paper, 0, 1e-8f, {true, false, 1e-8f}, 0, false},
      {"omnixai", GradCamPlusPlusForm::paper, 1e-8f, 0, {}, 0},
      {"xplique", GradCamPlusPlusForm::mean, 0, 0, {}, 0},
      {"tf-keras-vis", GradCamPlusPlusForm::normalised, 0, 0, {}, 0},
  };
  std::vector<std::string> names;
  for (const CamCompat& each : known) {
    if (each.name == name) return each;
    names.push_back(each.name);
  }
  throw UsageError(concat("unknown --compat '", name, "'", did_you_mean(name, names),
                          " (known: ", joined(names), ")"));
}

}  // namespace pellucid
