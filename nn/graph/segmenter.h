// segmenter.h: networks that say a class of each place, and which places they are asked about.
#pragma once

#include <span>

#include "nn/graph/model.h"

namespace pellucid {

// The segmenter whose scores are the sums of each class's logits over the places where `mask` is not 0, not
// those where the class wins. Its weights are the model's tensors. mask: (h, w) of Graph::segmentation(). Throws
// Error for a model that is no segmenter, and a mask of another size or without a place inside.
Model masked_segmenter(Stream& stream, const Model& model, std::span<const float> mask);

}  // namespace pellucid
