#include "nn/train/onnx_checkpoint.h"

#include <algorithm>
#include <cmath>
#include <fstream>

#include "nn/graph/onnx/export.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

// Takes the tensor out of `weights`.
std::vector<float> taken(OnnxNetwork& network, const std::string& name, std::int64_t count,
                         const std::string& file, bool& in_memory_order) {
  const auto found = network.weights.find(name);
  require(found != network.weights.end(), file, ": ", name, ": a weight is missing");
  std::vector<float> values = std::move(found->second.values);
  in_memory_order = found->second.in_memory_order;
  network.weights.erase(found);
  require(static_cast<std::int64_t>(values.size()) == count, file, ": ", name,
          ": wrong size (found ", values.size(), " values; expected ", count, ")");
  for (const float value : values)
    require(std::isfinite(value), file, ": ", name, ": a weight is not finite (found ", value,
            "; expected finite numbers)");
  return values;
}

std::map<std::string, std::vector<float>> weights_in_file_order(Stream& stream,
                                                                const Model& model) {
  std::map<std::string, std::vector<float>> weights;
  for (const Parameter* parameter : model.parameters())
    weights[parameter->name] =
        file_order(*parameter, parameter->variable.value().to_host<float>(stream));
  for (const ModelBuffer* buffer : model.buffers())
    weights[buffer->name] = buffer->value.to_host<float>(stream);
  return weights;
}

// What maps of the model look at, by the name of a node; empty: what structure tells. Layers that keep their values are none
// of the file's.
std::string target_node(const Model& model, const std::vector<std::string>& pictures,
                        const std::string& file) {
  int target = model.graph().target();
  const auto has_node = [&](const std::string& name) {
    return std::find(pictures.begin(), pictures.end(), name) != pictures.end();
  };
  while (target > 0 && !has_node(model.graph().node_of(target).name()) &&
         model.graph().node_of(target).op->keeps_values())
    target = model.graph().node_of(target).inputs.front();
  if (target == 0) return "";
  const std::string& name = model.graph().node_of(target).name();
  if (has_node(name)) return name;
  require(!model.description().contains("target_layer"), file, ": layer ", name,
          ": no node of the ONNX file is it (expected one that activation maps can look at)");
  return "";
}

}  // namespace

bool is_onnx_file(const std::filesystem::path& path) {
  if (path.extension() == ".onnx") return true;
  char first[3] = {};
  std::ifstream file(path, std::ios::binary);
  file.read(first, sizeof first);
  return file && looks_like_onnx({first, sizeof first});
}

Checkpoint onnx_checkpoint(Stream& stream, const OnnxModel& file, const Json& description,
                           OnnxUse use) {
  return onnx_checkpoint(stream, file, onnx_network(file, description, use));
}

Checkpoint onnx_checkpoint(Stream& stream, const OnnxModel& file, OnnxNetwork network) {
  const std::string name = file.path.string();
  Checkpoint checkpoint{Model(network.model, name), {}};
  bool in_memory_order = true;
  for (Parameter* parameter : checkpoint.model.parameters()) {
    std::vector<float> values =
        taken(network, parameter->name, parameter->file_shape.count(), name, in_memory_order);
    if (!in_memory_order) values = memory_order(*parameter, values);
    parameter->set_value(Tensor::from_host(stream, parameter->memory_shape(), values));
  }
  for (ModelBuffer* buffer : checkpoint.model.buffers())
    buffer->value = Tensor::from_host(
        stream, {buffer->size}, taken(network, buffer->name, buffer->size, name, in_memory_order));
  require(network.weights.empty(), name, ": ",
          network.weights.empty() ? "" : network.weights.begin()->first,
          ": a weight that no layer has");
  checkpoint.info.preprocessing = std::move(network.preprocessing);
  if (!network.seen_images.is_null()) {
    checkpoint.info.seen_images = std::move(network.seen_images);
    SeenImages(checkpoint.info.seen_images, concat(name, ": metadata ", kOnnxMetadataKey));
  }
  checkpoint.info.provenance = {{"format", "onnx"},
                                {"producer", file.producer},
                                {"producer_version", file.producer_version},
                                {"ir_version", file.ir_version},
                                {"opset", file.opsets.contains("") ? file.opsets.at("") : 0},
                                {"notes", network.notes}};
  return checkpoint;
}

OnnxModel onnx_of(Stream& stream, const Checkpoint& checkpoint, const std::string& file) {
  const Model& model = checkpoint.model;
  const Outputs outputs = model.outputs();
  auto [onnx, pictures] = export_onnx(model, weights_in_file_order(stream, model),
                                      {.sigmoid = outputs == Outputs::labels}, file);
  Json description = {{"preprocessing", checkpoint.info.preprocessing},
                      {"output",
                       {{"kind", outputs == Outputs::classes  ? "classes"
                                 : outputs == Outputs::labels ? "labels"
                                                              : "value"}}}};
  if (!model.class_names().empty()) description["output"]["names"] = model.class_names();
  if (const std::string target = target_node(model, pictures, file); !target.empty())
    description["target_layer"] = target;
  if (!checkpoint.info.seen_images.is_null())
    description["seen_images"] = checkpoint.info.seen_images;
  onnx.metadata.emplace_back(kOnnxMetadataKey, to_text(description));
  return std::move(onnx);
}

OnnxModel onnx_of(Stream& stream, const std::filesystem::path& path) {
  const std::string name = path.string();
  if (!is_onnx_file(path)) return onnx_of(stream, load_checkpoint(stream, path), name);
  const OnnxModel file = read_onnx(path);
  Json description = network_description(file);
  const ImportedNetwork network = import_onnx(file, import_options(description));
  const Checkpoint checkpoint = onnx_checkpoint(stream, file, description, OnnxUse::raw);
  auto [onnx, pictures] = export_onnx(
      checkpoint.model, weights_in_file_order(stream, checkpoint.model),
      {.output_name = network.output_name, .output_extents = network.output_extents}, name);
  if (description.is_null()) return std::move(onnx);
  // The output is the only one now, and says what it is.
  description["output"]["kind"] = output_kind(network, description);
  description["output"].erase("tensor");
  target_node(checkpoint.model, pictures, name);  // refuses one that is not there
  onnx.metadata.emplace_back(kOnnxMetadataKey, to_text(description));
  return std::move(onnx);
}

}  // namespace pellucid
