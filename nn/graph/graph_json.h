// graph_json.h: from the JSON description of a model (its schema: nn/graph/model.h) to its graph.
#pragma once

#include <string>
#include <vector>

#include "nn/graph/graph.h"
#include "runtime/formats/json.h"

namespace pellucid {

struct ParsedModel {
  std::string name;
  std::vector<std::string> class_names;
  Graph graph;
};

// Each layer has its own random stream among the 256 of a step.
inline constexpr std::size_t kModelMaxLayers = 255;
inline constexpr std::size_t kModelMaxName = 64;  // characters, of the model and of a layer

// Throws Error "FILE: WHAT (found …; expected …)", naming the layer.
ParsedModel parse_model(const Json& description, const std::string& file);

}  // namespace pellucid
