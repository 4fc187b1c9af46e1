#include "nn/graph/segmenter.h"

#include <algorithm>

#include "runtime/error.h"

namespace pellucid {

Model masked_segmenter(Stream& stream, const Model& model, std::span<const float> mask) {
  const Graph& graph = model.graph();
  const int answer = graph.segmentation();
  require(answer > 0, "model ", model.name(),
          " is no segmenter: it does not say a class of each place");
  const ActivationShape& shape = graph.value(answer).shape;
  require(static_cast<std::int64_t>(mask.size()) * shape.c == shape.count(),
          "the places that are asked about: wrong number (found ", mask.size(), "; expected ",
          shape.h, "x", shape.w, ")");
  require(std::any_of(mask.begin(), mask.end(), [](float inside) { return inside != 0; }),
          "the places that are asked about: none (expected at least one)");
  Json description = model.description();
  // Layers and nodes are the same, and the last one makes the scores.
  description["layers"].back()["mask"] = true;
  description["outputs"] = to_string(Outputs::values);
  Model masked(description);
  for (std::size_t i = 0; i < masked.parameters().size(); ++i)
    masked.parameters()[i]->set_value(model.parameters()[i]->variable.value());
  std::vector<ModelBuffer*> buffers = masked.buffers();
  for (std::size_t i = 0; i + 1 < buffers.size(); ++i)
    buffers[i]->value = model.buffers()[i]->value;
  buffers.back()->value =
      Tensor::from_host(stream, {buffers.back()->size}, std::vector(mask.begin(), mask.end()));
  return masked;
}

}  // namespace pellucid
