// predict.h: what a model says about pictures, without a tape.
#pragma once

#include <vector>

#include "nn/data/image_set.h"
#include "nn/graph/model.h"

namespace pellucid {

// (rows, classes), row-major, and what is predicted_class() (nn/graph/probabilities.h) of each row.
struct Predictions {
  int classes = 0;
  std::vector<float> logits;
  std::vector<float> probabilities;  // none of values and winners
  std::vector<std::int32_t> predicted;

  int rows() const { return static_cast<int>(predicted.size()); }
};

// batch ≥ 1 pictures at a time; the batch size changes memory and speed, not a bit of the result.
Predictions predict(Stream& stream, const Model& model, const ImageSet& images, int batch = 16);

// Of pictures already on the device, x: (N, h, w, c) in [0, 1].
Predictions predict(Stream& stream, const Model& model, const Tensor& x, int batch = 16);

// Mean unweighted cross-entropy, in double from the logits. labels[n] in 0 … classes − 1.
double mean_loss(const Predictions& predictions, const std::vector<std::int32_t>& labels);

}  // namespace pellucid
