// probabilities.h: what the logits of a network mean, by the kind of its outputs (nn/graph/graph_json.h).
#pragma once

#include <vector>

#include "nn/graph/graph_json.h"
#include "runtime/tensor.h"

namespace pellucid {

// logits: (N, classes) → (N, classes): softmax of each row, or of labels the logistic function of each. Undefined for
// outputs that are values.
Tensor probabilities(Stream& stream, const Tensor& logits, Outputs outputs);
// The same on the host; empty for values.
std::vector<float> host_probabilities(Stream& stream, const Tensor& logits, Outputs outputs);

}  // namespace pellucid
