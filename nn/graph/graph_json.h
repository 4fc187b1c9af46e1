// graph_json.h: from the JSON description of a model (its schema: nn/graph/model.h) to its graph.
#pragma once

#include <string>
#include <vector>

#include "nn/graph/graph.h"
#include "runtime/formats/json.h"

namespace pellucid {

// What the last layer gives: logits of classes of which one is true (probabilities by softmax), of labels each for
// itself (by the logistic function), values that no probability belongs to, or, of a segmenter, of each class the sum of
// its logits over the places where it wins (nn/op/winner_sum.cpp), which is 0 of classes that win nowhere.
enum class Outputs { classes, labels, values, winners };
std::string_view to_string(Outputs outputs);

struct ParsedModel {
  std::string name;
  std::vector<std::string> class_names;
  Graph graph;
  Outputs outputs = Outputs::classes;
};

inline constexpr std::size_t kModelMaxLayers = 16'383;
// A layer that draws has its own random stream among the 256 of a step.
inline constexpr std::size_t kModelMaxDrawingLayers = 255;
inline constexpr std::size_t kModelMaxName = 64, kLayerMaxName = 256;  // characters

// Of names: letters, digits, '_' and '-'; of a layer's, which is part of tensors' names and of command lines, also
// ".", "/" and ":", which networks from elsewhere have.
bool is_model_name_character(char c);
bool is_layer_name_character(char c);

// Throws Error "FILE: WHAT (found …; expected …)", naming the layer.
ParsedModel parse_model(const Json& description, const std::string& file);

}  // namespace pellucid
