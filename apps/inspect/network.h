// network.h: a network as pellucid-inspect tells it.
#pragma once

#include "nn/graph/model.h"

namespace pellucid {

// {"name", "input", "classes", "parameters", "map_layer", "layers": [{"name", "type", "inputs", "output",
// "parameters", "weights"}, …]}. map_layer: that an activation map looks at, null if no layer makes a picture.
// inputs: where a layer does not read the one before it alone.
Json describe_network(const Model& model);

}  // namespace pellucid
