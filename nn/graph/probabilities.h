// probabilities.h: what the logits of a network mean, by the kind of its outputs (nn/graph/graph_json.h).
#pragma once

#include <span>
#include <vector>

#include "nn/graph/graph_json.h"
#include "runtime/tensor.h"

namespace pellucid {

// logits: (N, classes) → (N, classes): softmax of each row, or of labels the logistic function of each. Undefined for
// outputs that are values or winners' sums.
Tensor probabilities(Stream& stream, const Tensor& logits, Outputs outputs);
// The same on the host; empty where there are none.
std::vector<float> host_probabilities(Stream& stream, const Tensor& logits, Outputs outputs);

// The class that is predicted: the first with the largest logit; of winners' sums the first with the largest
// absolute value, since 0 belongs to classes that win nowhere.
int predicted_class(std::span<const float> logits, Outputs outputs);

}  // namespace pellucid
