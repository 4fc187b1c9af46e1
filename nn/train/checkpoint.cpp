#include "nn/train/checkpoint.h"

#include <cmath>
#include <set>
#include <utility>

#include "nn/train/onnx_checkpoint.h"
#include "runtime/error.h"
#include "runtime/formats/safetensors.h"
#include "runtime/formats/text.h"

namespace pellucid {
namespace {

// Copies a weight between memory order (out, h, w, c) and file order (out, c, h, w). A linear
// layer's inputs are a flattened picture of the same extents; with h = w = 1 both orders are one.
std::vector<float> reordered(const Parameter& p, const std::vector<float>& from, bool to_file) {
  std::vector<float> to(from.size());
  std::size_t memory = 0;
  for (int o = 0; o < p.out; ++o)
    for (int h = 0; h < p.h; ++h)
      for (int w = 0; w < p.w; ++w)
        for (int c = 0; c < p.c; ++c, ++memory) {
          const std::size_t file = ((static_cast<std::size_t>(o) * static_cast<std::size_t>(p.c) +
                                     static_cast<std::size_t>(c)) *
                                        static_cast<std::size_t>(p.h) +
                                    static_cast<std::size_t>(h)) *
                                       static_cast<std::size_t>(p.w) +
                                   static_cast<std::size_t>(w);
          if (to_file) to[file] = from[memory];
          else to[memory] = from[file];
        }
  return to;
}

}  // namespace

std::vector<float> memory_order(const Parameter& parameter, const std::vector<float>& in_file) {
  return reordered(parameter, in_file, false);
}

std::vector<float> file_order(const Parameter& parameter, const std::vector<float>& in_memory) {
  return reordered(parameter, in_memory, true);
}

namespace {

constexpr const char* kKind = "a model of Pellucid";
constexpr const char* kSeenImages = "seen_images";

// The finite numbers of a tensor of this shape.
std::vector<float> values_of(const SafetensorsFile& file, const std::string& name,
                             const std::vector<std::int64_t>& shape, const Model& model) {
  const SafetensorsEntry& entry = file.entry(name);
  require(entry.shape == shape, file.file(), ": ", name, ": wrong shape (found ",
          shape_text(entry.shape), "; expected ", shape_text(shape), " for model ", model.name(),
          ")");
  std::vector<float> values = file.values<float>(name);
  for (const float value : values)
    require(std::isfinite(value), file.file(), ": ", name, ": a weight is not finite (found ",
            value, "; expected finite numbers)");
  return values;
}

void read_parameter(Stream& stream, const Model& model, Parameter& parameter,
                    const SafetensorsFile& file) {
  const std::vector<float> values =
      values_of(file, parameter.name, parameter.file_shape.extents(), model);
  parameter.set_value(
      Tensor::from_host(stream, parameter.memory_shape(), memory_order(parameter, values)));
}

void read_buffer(Stream& stream, const Model& model, ModelBuffer& buffer,
                 const SafetensorsFile& file) {
  const std::vector<float> values = values_of(file, buffer.name, {buffer.size}, model);
  for (const float value : values)
    require(value >= buffer.least, file.file(), ": ", buffer.name, ": wrong value (found ", value,
            "; expected at least ", buffer.least, ")");
  buffer.value = Tensor::from_host(stream, {buffer.size}, values);
}

void read_weights(Stream& stream, Model& model, const SafetensorsFile& file) {
  std::set<std::string> known;
  for (Parameter* parameter : model.parameters()) {
    read_parameter(stream, model, *parameter, file);
    known.insert(parameter->name);
  }
  for (ModelBuffer* buffer : model.buffers()) {
    read_buffer(stream, model, *buffer, file);
    known.insert(buffer->name);
  }
  for (const SafetensorsEntry& entry : file.entries()) {
    require(known.contains(entry.name), file.file(), ": unknown tensor (found ",
            in_quotes(entry.name), "; expected the parameters of model ", model.name(), " only)");
  }
}

}  // namespace

void save_checkpoint(Stream& stream, const Model& model, const CheckpointInfo& info,
                     const std::filesystem::path& path) {
  SafetensorsWriter writer;
  SafetensorsMetadata metadata = {{"model", to_text(model.description())},
                                  {"classes", to_text(Json(model.class_names()))},
                                  {"preprocessing", to_text(info.preprocessing)},
                                  {"provenance", to_text(info.provenance)}};
  if (!info.seen_images.is_null()) metadata[kSeenImages] = to_text(info.seen_images);
  writer.set_metadata(std::move(metadata));
  for (const Parameter* parameter : model.parameters()) {
    const std::vector<float> values =
        file_order(*parameter, parameter->variable.value().to_host<float>(stream));
    writer.add(parameter->name, parameter->file_shape.extents(), std::span<const float>(values));
  }
  for (const ModelBuffer* buffer : model.buffers()) {
    const std::vector<float> values = buffer->value.to_host<float>(stream);
    writer.add(buffer->name, {buffer->size}, std::span<const float>(values));
  }
  writer.write(path);
}

Checkpoint load_checkpoint(Stream& stream, const std::filesystem::path& path) {
  if (is_onnx_file(path)) {
    const OnnxModel onnx = read_onnx(path);
    return onnx_checkpoint(stream, onnx, network_description(onnx), OnnxUse::pictures);
  }
  const SafetensorsFile file = SafetensorsFile::read(path);
  Checkpoint checkpoint{Model(file.metadata_json("model", kKind), file.file() + ": metadata model"),
                        {}};
  const Json classes = file.metadata_json("classes", kKind);
  const JsonView view(classes, file.file() + ": metadata classes");
  std::vector<std::string> names;
  for (std::size_t c = 0; c < view.array_size(); ++c) names.push_back(view.element(c).text());
  if (!names.empty()) {
    const auto outputs = static_cast<std::size_t>(checkpoint.model.classes());
    view.array_size(outputs, outputs);
    checkpoint.model.set_class_names(std::move(names));
  }
  const auto object = [&](const char* key) {
    Json value = file.metadata_json(key, kKind);
    JsonView(value, concat(file.file(), ": metadata ", key)).expect_object();
    return value;
  };
  checkpoint.info.preprocessing = object("preprocessing");
  checkpoint.info.provenance = object("provenance");
  if (file.metadata().contains(kSeenImages)) {
    checkpoint.info.seen_images = file.metadata_json(kSeenImages, kKind);
    SeenImages(checkpoint.info.seen_images, concat(file.file(), ": metadata ", kSeenImages));
  }
  read_weights(stream, checkpoint.model, file);
  return checkpoint;
}

SeenImages Checkpoint::seen_images() const { return {info.seen_images, kSeenImages}; }

void load_weights(Stream& stream, Model& model, const std::filesystem::path& path) {
  read_weights(stream, model, SafetensorsFile::read(path));
}

TakenWeights take_weights(Stream& stream, Model& model, const SafetensorsFile& file) {
  TakenWeights result;
  std::set<std::string> wanted;
  const auto fits = [&](const std::string& name, const std::vector<std::int64_t>& shape) {
    wanted.insert(name);
    const bool there = file.has(name);
    if (there && file.entry(name).shape == shape) {
      result.taken.push_back(name);
      return true;
    }
    result.not_taken.push_back(
        concat(name, ": ", shape_text(shape),
               there ? concat(", there ", shape_text(file.entry(name).shape)) : ", not there"));
    return false;
  };
  for (Parameter* parameter : model.parameters())
    if (fits(parameter->name, parameter->file_shape.extents()))
      read_parameter(stream, model, *parameter, file);
  for (ModelBuffer* buffer : model.buffers())
    if (fits(buffer->name, {buffer->size})) read_buffer(stream, model, *buffer, file);
  for (const SafetensorsEntry& entry : file.entries())
    if (!wanted.contains(entry.name)) result.unused.push_back(entry.name);
  require(!result.taken.empty(), file.file(),
          ": no weight fits (found none of a name and shape of model ", model.name(),
          "; expected at least one)");
  return result;
}

}  // namespace pellucid
