// model_parser.h: from the JSON description of a model (its schema: nn/model.h) to its layers.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nn/json.h"
#include "nn/layer.h"

namespace pellucid {

struct ParsedModel {
  std::string name;
  ActivationShape input;
  std::vector<std::string> class_names;
  std::vector<std::unique_ptr<Layer>> layers;
};

// Throws Error naming the file, the layer and the values.
ParsedModel parse_model(const Json& description, const std::string& file);

}  // namespace pellucid
