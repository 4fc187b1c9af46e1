// model_parser.h: from the JSON description of a model (its schema: nn/graph/model.h) to its layers.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nn/op/layer.h"
#include "runtime/formats/json.h"

namespace pellucid {

struct ParsedModel {
  std::string name;
  ActivationShape input;
  std::vector<std::string> class_names;
  std::vector<std::unique_ptr<Layer>> layers;
};

inline constexpr int kModelMaxExtent = 1 << 14;    // of a picture
inline constexpr int kModelMaxChannels = 1 << 16;  // also filters, outputs and classes
inline constexpr int kModelMaxWindow = 1 << 10;    // also stride, padding and dilation
// Each layer has its own random stream among the 256 of a step.
inline constexpr std::size_t kModelMaxLayers = 255;
inline constexpr std::size_t kModelMaxName = 64;  // characters, of the model and of a layer

// Throws Error "FILE: WHAT (found …; expected …)", naming the layer.
ParsedModel parse_model(const Json& description, const std::string& file);

}  // namespace pellucid
