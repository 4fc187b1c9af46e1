// import.h: from an ONNX file to a network: the layers of nn/graph/model.h and their weights. Nothing is left in the
// network that its pictures' size decides: shapes are computed here, and the batch is free.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "nn/graph/onnx/layout.h"
#include "nn/graph/onnx/onnx_file.h"
#include "nn/op/op.h"
#include "runtime/formats/json.h"

namespace pellucid {

// In the order of memory, or in PyTorch's, which files have.
struct ImportedTensor {
  std::vector<float> values;
  bool in_memory_order = true;
};

struct ImportedLayer {
  Json json;  // "type", "name", "inputs" and what the type has
  std::map<std::string, ImportedTensor>
      weights;                     // by the parameter's name behind the layer's: "weight"
  std::vector<std::string> nodes;  // of the file, that it is
};

// A node that cannot be translated.
struct UntranslatedNode {
  std::string op, name, what, help;
};

struct ImportOptions {
  // Height and width of pictures, for a file that leaves them free.
  std::optional<Size2d> size;
  std::string output;  // its name; empty: the first
  // Whether axis 0 of the input is the batch. Of a single case of the conformance suite it may be none.
  bool batch = true;
  // Values of inputs that are constants here, by name.
  std::map<std::string, OnnxTensor> bound = {};
  // All other inputs, each row-major, one behind the other as one flat input; else there may be one only.
  bool joined = false;
};

struct ImportedNetwork {
  ActivationShape input;  // (h, w, c); flat if the file's input is no picture
  std::string input_name;
  bool channels_last = false;  // the file's input is (N, H, W, C)
  std::vector<ImportedLayer> layers;
  std::string output_name;
  Extents output_extents;  // in ONNX's order, without the batch
  std::optional<Layout::Copy>
      output_copy;  // from the output's memory to ONNX's order, if that is another
  std::vector<std::string> other_outputs;
  std::vector<std::string> notes;
  std::vector<UntranslatedNode> untranslated;  // all of them; if there are any, `layers` is empty
};

// Throws Error "FILE: WHAT (found …; expected …)" for a file that is no network at all: no picture comes in, a name
// is made twice, nodes in a circle.
ImportedNetwork import_onnx(const OnnxModel& model, const ImportOptions& options = {});

// Of networks that are refused as a whole: "attention", "recurrent", "quantised integers"; empty if none is known by its nodes.
std::string kind_of_refused(const std::vector<UntranslatedNode>& nodes);

}  // namespace pellucid
