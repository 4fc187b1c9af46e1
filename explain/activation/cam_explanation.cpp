#include "explain/activation/cam_explanation.h"

#include "runtime/error.h"

namespace pellucid {
namespace {

const char* to_string(GradCamPlusPlusForm form) {
  return form == GradCamPlusPlusForm::paper  ? "paper"
         : form == GradCamPlusPlusForm::mean ? "mean"
                                             : "normalised";
}

}  // namespace

Json details_of(const CamOptions& options, const CamMap& map) {
  Json out = {{"layer", options.layer},
              {"relu", options.relu},
              {"raw_map",
               {{"height", map.raw_height},
                {"width", map.raw_width},
                {"high", map.raw_peak},
                {"values", map.raw}}}};
  if (!map.weights.empty()) out["channel_weights"] = map.weights;
  if (map.method == CamMethod::eigencam)
    out.update({{"class_dependent", false}, {"share", map.share}, {"residual", map.residual}});
  if (map.method == CamMethod::gradcam_plus_plus)
    out.update({{"compat", options.compat.name},
                {"form", to_string(options.compat.form)},
                {"epsilon", options.compat.plus_plus_epsilon}});
  if (map.method == CamMethod::scorecam)
    out.update({{"compat", options.compat.name},
                {"stretch_first", options.compat.score_cam.stretch_first},
                {"align_corners", options.compat.score_cam.align_corners},
                {"epsilon", options.compat.score_cam.epsilon}});
  if (map.method == CamMethod::xgradcam)
    out.update({{"compat", options.compat.name}, {"epsilon", options.compat.xgradcam_epsilon}});
  return out;
}

std::vector<Explanation> explanations_of(const Cam& cam, const CamExplanation& picture) {
  std::vector<Explanation> explanations;
  for (const CamMap& map : picture.maps) {
    Explanation out;
    out.method = to_string(map.method);
    out.title = title_of(map.method);
    out.caption = concat("layer ", cam.layer(), " (", map.raw_height, "x", map.raw_width, ")",
                         map.method == CamMethod::eigencam ? ", the same for every class" : "");
    out.prediction = {picture.logits, picture.probabilities, picture.predicted};
    out.target = picture.target;
    out.height = map.height;
    out.width = map.width;
    out.map = map.map;
    out.shown = map.shown;
    finish_map(out);
    out.details = details_of(cam.options(), map);
    out.cost = cam.cost();
    explanations.push_back(std::move(out));
  }
  return explanations;
}

}  // namespace pellucid
