// network.h: an ONNX file as a model: what the file lacks (how pictures become its input, what its outputs are called and
// mean), and the JSON description that both give together.
//
// That is a JSON object, in the file's own metadata under the key "pellucid" or beside it:
//
//   {"input":  {"size": [224, 224],              height and width; needed where the file leaves them free
//               "resize": "stretch",             or "short-side 256": that side, then a cut from the middle
//               "channels": "rgb",               or "bgr"; "grey" for a network of one channel
//               "range": [0, 1],                 what black and white become,
//               "mean": [0.485, …], "std": […]}  of which each channel's mean is taken and which is divided
//    "output": {"kind": "classes",               or "labels", "binary", "value", "segmentation"
//               "tensor": "logits",              of several outputs; the first if none is named
//               "names": ["cat", …]},
//    "target_layer": "layer4",                   what activation maps look at; else found by structure
//    "preprocessing": {…},                       in place of "input", of a network trained here: the recipe of its
//                                                pictures (nn/data/preparation.h), which come in from 0 to 1
//    "seen_images": {…}}                         and those that it was trained on (nn/train/seen_images.h)
//
// Kinds: of classes exactly one is true (softmax); of labels each is for itself (sigmoid); binary is one
// number, for or against; a value is one too, or several, that are nothing but values; a segmentation has
// the logits of classes at each place, and a class's score is their sum over the places where it wins.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "nn/graph/onnx/import.h"

namespace pellucid {

inline constexpr const char* kOnnxMetadataKey = "pellucid";

// The ways in which pictures become inputs that are in use: "imagenet", "keras-caffe", "keras-tf", "zero-one", "bytes". A
// description's "input". Throws UsageError naming them.
Json onnx_preset(std::string_view name);
std::vector<std::string> onnx_presets();

// Throws Error naming `file` and the place for a description that is none.
void check_network_description(const Json& description, const std::string& file);
// The file's metadata `pellucid`; null if there is none. Throws Error as above.
Json network_description(const OnnxModel& model);
// How the network is to be imported, by a description (or null).
ImportOptions import_options(const Json& description);

// "classes" … as far as structure tells: the last layers' activation, the extents.
std::string output_kind(const ImportedNetwork& network, const Json& description);

struct OnnxNetwork {
  Json model;                           // nn/graph/model.h; without class names if none are known
  Json preprocessing = Json::object();  // nn/data/preparation.h
  Json seen_images = nullptr;           // nn/train/seen_images.h; null: not recorded
  std::map<std::string, ImportedTensor> weights;  // by parameter and buffer
  std::vector<std::string> notes;
};
enum class OnnxUse {
  raw,        // as the file has it: its own input and output, flat and in ONNX's order
  structure,  // as described, as far as it is described
  pictures,   // as described, and the description must say how pictures become the input
};
// Throws Error naming the file: what cannot be translated, all of it; a description that does not fit.
OnnxNetwork onnx_network(const OnnxModel& model, const Json& description, OnnxUse use);
// The same of a network that was imported with other options than the description's.
OnnxNetwork onnx_network(const OnnxModel& model, ImportedNetwork network, const Json& description,
                         OnnxUse use);

// What is missing, in a line: "3 nodes cannot be translated: Einsum (2, 'attn/Einsum' the first: no such operator here), …".
std::string text_of(const std::vector<UntranslatedNode>& nodes);

}  // namespace pellucid
