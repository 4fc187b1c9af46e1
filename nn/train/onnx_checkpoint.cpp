#include "nn/train/onnx_checkpoint.h"

#include <cmath>
#include <fstream>

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
  checkpoint.info.provenance = {{"format", "onnx"},
                                {"producer", file.producer},
                                {"producer_version", file.producer_version},
                                {"ir_version", file.ir_version},
                                {"opset", file.opsets.contains("") ? file.opsets.at("") : 0},
                                {"notes", network.notes}};
  return checkpoint;
}

}  // namespace pellucid
