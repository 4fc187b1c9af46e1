// checkpoint.h: a model as a safetensors file, its weights named and laid out as in PyTorch's state
// dict. This is the one place where layouts are converted (kernels work channels-last):
//
//   conv weight    memory (out, h, w, in)              file (out, in, h, w)
//   linear weight  memory (out, inputs as h, w, c)     file (out, inputs as c, h, w) for a layer
//                  that reads a flattened picture, else the same
//   biases         the same
//
// Metadata: `model` (the description), `classes`, `preprocessing`, `provenance`, and `seen_images` where it is
// known, each JSON.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "nn/graph/model.h"
#include "nn/train/seen_images.h"

namespace pellucid {

class SafetensorsFile;

struct CheckpointInfo {
  Json preprocessing = Json::object();  // what was done to the pictures
  Json provenance = Json::object();     // how the weights came to be; no times, so that equal runs
                                        // give equal bytes
  // describe_seen_images (nn/train/seen_images.h); null: not recorded, in old models.
  Json seen_images = nullptr;
};

struct Checkpoint {
  Model model;
  CheckpointInfo info;

  SeenImages seen_images() const;
};

// Bit-exact: load_checkpoint gives back the same weights.
void save_checkpoint(Stream& stream, const Model& model, const CheckpointInfo& info,
                     const std::filesystem::path& path);

// Of an ONNX file (nn/train/onnx_checkpoint.h) by its own description.
// Throws Error naming the file: not safetensors, no or bad metadata, a tensor that is missing, too
// many, of another shape than the description says, or not finite.
Checkpoint load_checkpoint(Stream& stream, const std::filesystem::path& path);

// The values of a parameter as kernels have them, from those of a file.
std::vector<float> memory_order(const Parameter& parameter, const std::vector<float>& in_file);
// And back.
std::vector<float> file_order(const Parameter& parameter, const std::vector<float>& in_memory);

// Only the weights, into a model of the same shapes: for files from elsewhere, e.g. PyTorch.
void load_weights(Stream& stream, Model& model, const std::filesystem::path& path);

// A model that begins with the weights of another.
struct TakenWeights {
  std::vector<std::string> taken;      // parameters and buffers of the model, by name
  std::vector<std::string> not_taken;  // of the model: "fc1.weight: (2, 64), there (3, 64)"
  std::vector<std::string> unused;     // of the file
};
// Sets the parameters and buffers of which the file has one of the same name and shape; the others stay as
// they are. Throws Error if there is none, or naming one that is not finite.
TakenWeights take_weights(Stream& stream, Model& model, const SafetensorsFile& file);

}  // namespace pellucid
