#include "nn/graph/probabilities.h"

#include <algorithm>
#include <cmath>

#include "kernels/activation/activation.h"
#include "nn/autograd/functions.h"

namespace pellucid {

Tensor probabilities(Stream& stream, const Tensor& logits, Outputs outputs) {
  if (outputs == Outputs::values || outputs == Outputs::winners) return {};
  if (outputs == Outputs::classes) {
    const NoGradient off;
    return softmax(stream, Variable(logits)).value();
  }
  const Tensor p = Tensor::empty(stream, logits.shape());
  activation(stream,
             {{ActivationFunction::sigmoid}, logits.data<float>(), p.data<float>(), p.count()});
  return p;
}

std::vector<float> host_probabilities(Stream& stream, const Tensor& logits, Outputs outputs) {
  const Tensor p = probabilities(stream, logits, outputs);
  return p.defined() ? p.to_host<float>(stream) : std::vector<float>();
}

int predicted_class(std::span<const float> logits, Outputs outputs) {
  const auto less = [&](float a, float b) {
    return outputs == Outputs::winners ? std::abs(a) < std::abs(b) : a < b;
  };
  return static_cast<int>(std::max_element(logits.begin(), logits.end(), less) - logits.begin());
}

}  // namespace pellucid
