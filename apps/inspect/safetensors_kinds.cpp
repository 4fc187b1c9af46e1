// safetensors_kinds.cpp: models, unfinished training runs, packed data sets, and weights from elsewhere.
#include <algorithm>

#include "apps/inspect/file_kind.h"
#include "apps/inspect/network.h"
#include "nn/data/source/packed.h"
#include "nn/train/checkpoint.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

constexpr const char* kSeenImages = "seen_images";  // which were trained and validated on

bool has(const InspectedFile& file, const char* key) {
  return file.tensors && file.tensors->metadata().contains(key);
}

// Whether metadata "format" begins with this: a format's number is the reader's business.
bool has_format(const InspectedFile& file, std::string_view begin) {
  return has(file, "format") && file.tensors->metadata().at("format").starts_with(begin);
}

bool is_model(const InspectedFile& file) { return has(file, "model") && has(file, "classes"); }
bool is_run(const InspectedFile& file) { return has_format(file, "pellucid training run"); }
bool is_packed(const InspectedFile& file) { return has_format(file, "pellucid data"); }
bool is_other(const InspectedFile& file) {
  return file.tensors && !is_model(file) && !is_run(file) && !is_packed(file);
}

Json describe_tensors(const SafetensorsFile& file) {
  static constexpr const char* kTypes[] = {"float32", "uint8", "uint16", "int32", "int64"};
  Json list = Json::array();
  for (const SafetensorsEntry& entry : file.entries()) {
    Json tensor = {{"name", entry.name},
                   {"type", kTypes[static_cast<int>(entry.type)]},
                   {"shape", shape_text(entry.shape)}};
    if (entry.type == SafetensorsType::f32 && entry.begin < entry.end) {
      const std::vector<float> values = file.values<float>(entry.name);
      const auto [low, high] = std::minmax_element(values.begin(), values.end());
      tensor["least"] = *low;
      tensor["greatest"] = *high;
    }
    list.push_back(std::move(tensor));
  }
  return list;
}

Json describe_model(const InspectedFile& file) {
  // The model's own reader, so that a damaged one is no model here either.
  Stream stream{DeviceKind::cpu};
  const Checkpoint checkpoint = load_checkpoint(stream, file.name);
  Json out = describe_network(checkpoint.model);
  out["tensors"] = describe_tensors(*file.tensors);
  out["preparation"] = checkpoint.info.preprocessing;
  out["training"] = checkpoint.info.provenance;
  for (const auto& [key, value] : file.tensors->metadata())
    if (key != "model" && key != "classes" && key != "preprocessing" && key != "provenance")
      out[key] = metadata_value(*file.tensors, key);
  if (!out.contains(kSeenImages)) out[kSeenImages] = "not recorded";
  return out;
}

Json describe_run(const InspectedFile& file) {
  Json out = {{"format", file.tensors->metadata().at("format")}};
  for (const char* key : {"training", "identity", "history"})
    out[key] = metadata_value(*file.tensors, key);
  out["tensors"] = describe_tensors(*file.tensors);
  return out;
}

Json describe_packed(const InspectedFile& file) {
  const Dataset dataset = unpack_dataset(file.name);
  Json subsets = Json::array();
  for (const std::string_view name : kSubsetNames) {
    Json row = {{"subset", std::string(name)}, {"images", subset(dataset, name).size()}};
    const auto counts = class_counts(subset(dataset, name), dataset.class_names.size());
    for (std::size_t c = 0; c < counts.size(); ++c) row[dataset.class_names[c]] = counts[c];
    subsets.push_back(std::move(row));
  }
  return {{"source", dataset.source},
          {"protocol", dataset.protocol},
          {"split", dataset.split},
          {"size", concat(dataset.height, "x", dataset.width, "x", dataset.channels)},
          {"colour", dataset.colour},
          {"classes", dataset.class_names},
          {"subsets", std::move(subsets)},
          {"preparation", metadata_value(*file.tensors, "preprocessing")},
          {"content_hash", file.tensors->metadata("content_hash", "a packed data set")},
          {"tensors", describe_tensors(*file.tensors)}};
}

Json describe_other(const InspectedFile& file) {
  Json metadata = Json::object();
  for (const auto& [key, value] : file.tensors->metadata())
    metadata[key] = metadata_value(*file.tensors, key);
  return {{"metadata", std::move(metadata)}, {"tensors", describe_tensors(*file.tensors)}};
}

}  // namespace

extern const FileKind model_kind, training_run_kind, packed_data_kind, tensors_kind;
const FileKind model_kind{"model", "a model of pellucid-train", is_model, describe_model};
const FileKind training_run_kind{"training run", "the checkpoint of an unfinished training", is_run,
                                 describe_run};
const FileKind packed_data_kind{"packed data", "a data set packed by pellucid-data", is_packed,
                                describe_packed};
const FileKind tensors_kind{"tensors", "safetensors from elsewhere", is_other, describe_other};

}  // namespace pellucid
