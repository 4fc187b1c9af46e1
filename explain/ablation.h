// ablation.h: Ablation-CAM's channel weights (Desai & Ramaswamy, WACV 2020, eq. 3).
//
//   w_k = (s − s_k) / s,   s_k = score of the class with channel k of the layer's output at 0
//
// w_k is 0 if s is. Where s is a negative logit the weights have the other sign, as in the paper.
#pragma once

#include <string>
#include <vector>

#include "explain/target.h"
#include "nn/model.h"

namespace pellucid {

// activation: (1, h, w, channels), the output of `layer` for one image, whose logits are given.
// The forward passes, one a channel, begin behind the layer. Throws Error if a score is not finite.
std::vector<float> ablation_weights(Stream& stream, const Model& model, const std::string& layer,
                                    const Tensor& activation, std::span<const float> logits,
                                    int label, Score score);

}  // namespace pellucid
