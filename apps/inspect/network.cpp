#include "apps/inspect/network.h"

#include "apps/inspect/file_kind.h"
#include "runtime/error.h"
#include "runtime/formats/nearest.h"

namespace pellucid {
namespace {

// Of one picture: each weight of a convolution or a product once a place.
std::int64_t multiply_adds(const Op& op, const std::vector<Parameter*>& parameters) {
  if (parameters.empty()) return 0;
  const std::int64_t weights = parameters.front()->file_shape.count();
  const ActivationShape &in = op.input().shape, &out = op.output().shape;
  if (op.convolution()) return weights * out.h * out.w;
  if (op.linear_weight()) return weights;
  return parameters.front()->file_shape.rank() == 4 ? weights * in.h * in.w : 0;
}

Json describe_layer(const Graph& graph, int value) {
  const Node& node = graph.node_of(value);
  Json out = {{"name", node.name()}, {"type", std::string(node.operation->type)}};
  std::vector<std::string> inputs;
  for (const int input : node.inputs)
    inputs.push_back(input == 0 ? "input" : graph.node_of(input).name());
  if (node.inputs != std::vector<int>{value - 1}) out["inputs"] = inputs;
  out["output"] = node.op->output().shape.to_string();
  std::int64_t count = 0;
  std::vector<std::string> weights;
  for (const Parameter* parameter : node.op->parameters()) {
    count += parameter->file_shape.count();
    weights.push_back(parameter->name + " " + shape_text(parameter->file_shape.extents()));
  }
  out["parameters"] = count;
  out["multiply_adds"] = multiply_adds(*node.op, node.op->parameters());
  out["bytes"] = node.op->output().shape.count() * 4;
  if (!weights.empty()) out["weights"] = joined(weights);
  return out;
}

}  // namespace

Json describe_network(const Model& model) {
  Json layers = Json::array();
  for (int value = 1; value < model.graph().values(); ++value)
    layers.push_back(describe_layer(model.graph(), value));
  const int target = model.graph().target();
  std::int64_t all = 0;
  for (const Json& layer : layers) all += layer["multiply_adds"].get<std::int64_t>();
  return {
      {"name", model.name()},
      {"input", model.input().to_string()},
      {"classes", model.class_names().empty() ? Json(model.classes()) : Json(model.class_names())},
      {"parameters", model.parameter_count()},
      {"multiply_adds", all},
      {"map_layer", target == 0 ? Json(nullptr) : Json(model.graph().node_of(target).name())},
      {"layers", std::move(layers)}};
}

namespace {

bool recognises(const InspectedFile& file) {
  return file.document.is_object() && file.document.contains("layers") &&
         file.document.contains("input");
}

Json describe(const InspectedFile& file) {
  return describe_network(Model(file.document, file.name));
}

}  // namespace

extern const FileKind network_kind;
const FileKind network_kind{"network", "a network described in JSON", recognises, describe};

}  // namespace pellucid
