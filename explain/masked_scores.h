// masked_scores.h: a model's scores of pictures with some of their superpixels switched off.
//
// The pictures lie on the device side by side with their fills and label images, and masks of
// several of them go through the model in one launch (kernels/masked_image.h), so that a small
// network fills a GPU. A score does not depend on the company its mask was in.
#pragma once

#include <span>
#include <vector>

#include "explain/coalitions.h"
#include "explain/target.h"
#include "nn/inference.h"

namespace pellucid {

class MaskedScores {
 public:
  // The model must outlive it. batch: masks at a time, which changes no bit; 0: as many as the
  // caches like.
  // colour: pictures have the model's channels, else they are grey.
  MaskedScores(Stream& stream, const Model& model, int batch, bool colour = false);

  const ActivationShape& input() const { return plan_.input(); }
  int classes() const { return plan_.classes(); }
  // Masks that a launch takes; more are more launches.
  int masks_at_once() const;

  // Makes room for `pictures`; what was there is gone.
  void reset(int pictures);
  // image, fill: in [0, 1], (h, w), grey, of which a model with several channels gets one in each, or in
  // colour (h, w, c); labels: (h, w), each from 0 to the number of the masks' features − 1.
  void place(int picture, const std::vector<float>& image, const std::vector<float>& fill,
             const std::vector<std::int32_t>& labels);

  struct Masks {
    int picture = 0;
    const Coalitions* coalitions = nullptr;  // at least one row; it stays on the device
  };
  // For each of the masks (rows, classes) scores.
  std::vector<std::vector<double>> scores(std::span<const Masks> masks, Score score) const;

 private:
  using Selection = std::vector<std::size_t>;  // positions in the masks
  Tensor joined_bits(std::span<const Masks> masks, const Selection& chosen) const;
  std::vector<float> scores_of_one_width(std::span<const Masks> masks, const Selection& chosen,
                                         Score score) const;

  Stream& stream_;
  Inference plan_;
  int batch_;
  bool colour_;
  Tensor images_, fills_, labels_;  // (pictures, h, w, c) twice, (pictures, h, w)
};

}  // namespace pellucid
