// ablation.h: Ablation-CAM's channel weights (Desai & Ramaswamy, WACV 2020, eq. 3).
//
//   w_k = (s − s_k) / s,   s_k = score of the class with channel k of the layer's output at 0
//
// w_k is 0 if s is. Where s is a negative logit the weights have the other sign, as in the paper.
#pragma once

#include <string>
#include <vector>

#include "explain/target.h"
#include "nn/graph/model.h"

namespace pellucid {

class Ablation {
 public:
  // Model and stream must outlive it.
  Ablation(Stream& stream, const Model& model, std::string layer);

  // cut: the output of the layer, (1, h, w, channels), and what else is read behind it (Graph::cut), for
  // one image, whose logits are given. The forward passes, one a channel, begin behind the layer. Throws
  // Error if a score is not finite.
  std::vector<float> weights(std::span<const Tensor> cut, std::span<const float> logits, int label,
                             Score score) const;

 private:
  std::vector<Tensor> repeated(std::span<const Tensor> cut, int count) const;

  Stream& stream_;
  const Model& model_;
  std::string layer_;
  ActivationShape shape_;
  // The layer's output as kernels/mask sees it: a picture whose superpixels are the channels.
  int words_;
  Tensor labels_;  // (places · channels): the channel
  Tensor bits_;    // (channels, words): all channels on but one
  Tensor fill_;    // (places · channels): 0
};

}  // namespace pellucid
