#include "explain/activation/cam_methods.h"

#include "runtime/error.h"
#include "runtime/formats/nearest.h"

namespace pellucid {
namespace {

struct Names {
  CamMethod method;
  const char* name;
  const char* title;
};

constexpr Names kNames[] = {
    {CamMethod::gradcam, "gradcam", "Grad-CAM"},
    {CamMethod::gradcam_plus_plus, "gradcam++", "Grad-CAM++"},
    {CamMethod::hirescam, "hirescam", "HiResCAM"},
    {CamMethod::xgradcam, "xgradcam", "XGrad-CAM"},
    {CamMethod::layercam, "layercam", "LayerCAM"},
    {CamMethod::ablationcam, "ablationcam", "Ablation-CAM"},
    {CamMethod::eigencam, "eigencam", "Eigen-CAM"},
    {CamMethod::scorecam, "scorecam", "Score-CAM"},
};

const Names& names_of(CamMethod method) { return kNames[static_cast<int>(method)]; }

}  // namespace

std::string_view to_string(CamMethod method) { return names_of(method).name; }
std::string_view title_of(CamMethod method) { return names_of(method).title; }

const std::vector<CamMethod>& cam_methods() {
  static const std::vector<CamMethod> all = [] {
    std::vector<CamMethod> methods;
    for (const Names& names : kNames) methods.push_back(names.method);
    return methods;
  }();
  return all;
}

std::optional<CamMethod> parse_cam_method(std::string_view name) {
  for (const Names& names : kNames)
    if (name == names.name) return names.method;
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
