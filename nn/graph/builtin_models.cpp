#include <filesystem>

#include "nn/graph/builtin_torchvision.h"
#include "nn/graph/model.h"
#include "runtime/error.h"
#include "runtime/formats/nearest.h"

namespace pellucid {
namespace {

// The network of Balve & Hendrix, "Interpretable breast cancer classification using CNNs on
// mammographic images", CHIL 2024: 1,386,177 parameters, about 137 million multiply-adds a picture.
constexpr const char* kBalve2024 = R"({
  "name": "balve2024",
  "input": [224, 224, 3],
  "layers": [
    {"type": "conv2d", "name": "conv1", "filters": 16, "kernel": [5, 5]},
    {"type": "relu", "name": "relu1"},
    {"type": "max_pool2d", "name": "pool1", "window": [2, 2]},
    {"type": "conv2d", "name": "conv2", "filters": 16, "kernel": [5, 5]},
    {"type": "relu", "name": "relu2"},
    {"type": "max_pool2d", "name": "pool2", "window": [2, 2]},
    {"type": "conv2d", "name": "conv3", "filters": 14, "kernel": [3, 3], "padding": "same"},
    {"type": "relu", "name": "relu3"},
    {"type": "max_pool2d", "name": "pool3", "window": [2, 2]},
    {"type": "max_pool2d", "name": "pool4", "window": [2, 2]},
    {"type": "flatten", "name": "flatten"},
    {"type": "linear", "name": "fc1", "outputs": 512},
    {"type": "relu", "name": "relu4"},
    {"type": "linear", "name": "fc2", "outputs": 256},
    {"type": "relu", "name": "relu5"},
    {"type": "linear", "name": "fc3", "outputs": 128},
    {"type": "relu", "name": "relu6"},
    {"type": "dropout", "name": "dropout", "rate": 0.5},
    {"type": "linear", "name": "fc4", "outputs": 3}
  ]
})";

// For 64×64 phantoms. A lesion covers about 3 % of the picture: the maximum over the map finds it
// where an average would drown it, and ties each class score to a place, so that Grad-CAM
// localises. A feature sees 20 pixels, little more than a mass: one that saw 24 could fire beside
// it.
constexpr const char* kTiny = R"({
  "name": "tiny",
  "input": [64, 64, 1],
  "layers": [
    {"type": "conv2d", "name": "conv1", "filters": 8, "kernel": [5, 5], "padding": "same"},
    {"type": "relu", "name": "relu1"},
    {"type": "max_pool2d", "name": "pool1", "window": [2, 2]},
    {"type": "conv2d", "name": "conv2", "filters": 16, "kernel": [3, 3], "padding": "same"},
    {"type": "relu", "name": "relu2"},
    {"type": "max_pool2d", "name": "pool2", "window": [2, 2]},
    {"type": "conv2d", "name": "conv3", "filters": 32, "kernel": [3, 3], "padding": "same"},
    {"type": "relu", "name": "relu3"},
    {"type": "average_pool2d", "name": "pool3", "window": [2, 2]},
    {"type": "max_pool2d", "name": "pool4", "window": [8, 8]},
    {"type": "flatten", "name": "flatten"},
    {"type": "linear", "name": "fc1", "outputs": 3}
  ]
})";

// As kTiny, with batch normalisation and two residual blocks, the second of which doubles the channels:
// its shortcut is a convolution of one pixel.
constexpr const char* kTinyResidual = R"({
  "name": "tiny_residual",
  "input": [64, 64, 1],
  "layers": [
    {"type": "conv2d", "name": "conv1", "filters": 8, "kernel": [5, 5], "padding": "same"},
    {"type": "batch_norm", "name": "bn1"},
    {"type": "relu", "name": "relu1"},
    {"type": "max_pool2d", "name": "pool1", "window": [2, 2]},
    {"type": "conv2d", "name": "conv2", "filters": 8, "kernel": [3, 3], "padding": "same"},
    {"type": "batch_norm", "name": "bn2"},
    {"type": "relu", "name": "relu2"},
    {"type": "conv2d", "name": "conv3", "filters": 8, "kernel": [3, 3], "padding": "same"},
    {"type": "batch_norm", "name": "bn3"},
    {"type": "add", "name": "add1", "inputs": ["bn3", "pool1"]},
    {"type": "relu", "name": "relu3"},
    {"type": "max_pool2d", "name": "pool2", "window": [2, 2]},
    {"type": "conv2d", "name": "conv4", "filters": 16, "kernel": [3, 3], "padding": "same"},
    {"type": "batch_norm", "name": "bn4"},
    {"type": "relu", "name": "relu4"},
    {"type": "conv2d", "name": "conv5", "filters": 16, "kernel": [3, 3], "padding": "same"},
    {"type": "batch_norm", "name": "bn5"},
    {"type": "conv2d", "name": "shortcut2", "inputs": ["pool2"], "filters": 16, "kernel": [1, 1]},
    {"type": "batch_norm", "name": "bn6"},
    {"type": "add", "name": "add2", "inputs": ["bn5", "bn6"]},
    {"type": "relu", "name": "relu5"},
    {"type": "average_pool2d", "name": "pool3", "window": [2, 2]},
    {"type": "max_pool2d", "name": "pool4", "window": [8, 8]},
    {"type": "flatten", "name": "flatten"},
    {"type": "linear", "name": "fc1", "outputs": 3}
  ]
})";

struct BuiltinModel {
  std::string name;
  Json (*description)();
};
const std::vector<BuiltinModel>& builtins() {
  static const std::vector<BuiltinModel> models{
      {"balve2024", [] { return parse_json(kBalve2024, "balve2024"); }},
      {"tiny", [] { return parse_json(kTiny, "tiny"); }},
      {"tiny_residual", [] { return parse_json(kTinyResidual, "tiny_residual"); }},
      {"resnet18", resnet18_description},
      {"mobilenet_v2", mobilenet_v2_description}};
  return models;
}

// Makes what says `from` outputs in the shape of a layer say `to`. Whether there was nothing else to change.
bool refit_shape(Json& layer, int from, int to) {
  for (const char* key : {"output", "view", "views", "axes", "order", "constant", "mask"}) {
    if (!layer.contains(key)) continue;
    Json& shape = layer[key];
    const bool flat = shape == Json::array({from}) &&
                      (key == std::string_view("output") || key == std::string_view("view"));
    if (flat) shape = {to};
    else if (key != std::string_view("axes") && key != std::string_view("order")) return false;
  }
  return true;
}

}  // namespace

const std::vector<std::string>& builtin_models() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const BuiltinModel& model : builtins()) all.push_back(model.name);
    return all;
  }();
  return names;
}

Json load_model_description(const std::string& name_or_path) {
  for (const BuiltinModel& model : builtins())
    if (model.name == name_or_path) return model.description();
  std::error_code error;
  require(std::filesystem::exists(name_or_path, error), "there is no model '", name_or_path,
          "': neither built in (", joined(builtin_models()), ") nor a file",
          did_you_mean(name_or_path, builtin_models()));
  return read_json_file(name_or_path);
}

Json fitted_description(Json description, const ActivationShape& input, int classes) {
  const Model model(description);
  const Graph& graph = model.graph();
  description["input"] = {input.h, input.w, input.c};
  if (model.classes() == classes) return description;
  for (int id = graph.output(); id > 0;) {
    const Node& node = graph.node_of(id);
    Json& layer = description["layers"][static_cast<std::size_t>(id) - 1];
    const std::string type = layer["type"];
    const std::string_view key = find_operation(type)->outputs_key;
    if (!key.empty()) {
      layer[std::string(key)] = classes;
      return description;
    }
    const bool passes = node.inputs.size() == 1 && node.op->parameters().empty() &&
                        node.op->buffers().empty() && refit_shape(layer, model.classes(), classes);
    require(passes, "layer ", node.name(), " of model ", model.name(),
            ": the outputs cannot be made ", "those of ", classes, " classes (found ", type,
            " behind the last layer of weights; expected ",
            "linear or conv2d, and behind it nothing that has a shape of its own)");
    id = node.inputs.front();
  }
  fail("model ", model.name(), " has no layer of weights whose outputs could be made those of ",
       classes, " classes");
}

}  // namespace pellucid
