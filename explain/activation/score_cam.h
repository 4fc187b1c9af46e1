// score_cam.h: Score-CAM's channel weights (Wang et al., CVPR 2020 workshops, algorithm 1).
//
//   M_k = A_k enlarged to the picture and stretched to [0, 1];  w = softmax over k of score(x ∘ M_k)
//
// The paper subtracts the score of a baseline, which the softmax does not see.
#pragma once

#include <string>
#include <vector>

#include "explain/activation/cam_methods.h"
#include "explain/target.h"
#include "nn/plan/plan.h"

namespace pellucid {

class ScoreCam {
 public:
  // Model and stream must outlive it.
  ScoreCam(Stream& stream, const Model& model, const std::string& layer, ScoreCamForm form);

  // x: (1, height, width, c), one image; activation: (1, h, w, channels), what the layer makes of it. A
  // forward pass a channel; masks and masked images never leave the device. Throws Error if a score is
  // not finite.
  std::vector<float> weights(const Tensor& x, const Tensor& activation, int label,
                             Score score) const;

 private:
  Tensor masks(const Tensor& channels) const;

  Stream& stream_;
  Plan plan_;
  std::string layer_;
  ActivationShape shape_;
  ScoreCamForm form_;
};

}  // namespace pellucid
