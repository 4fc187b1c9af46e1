// exporter.h: how layers become nodes of an ONNX file: what the files export_*.cpp work with. export.h is what others use.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "nn/graph/graph.h"
#include "nn/graph/onnx/importer.h"

namespace pellucid {

// How a value lies in its tensor.
enum class ExportForm {
  picture,  // (N, C, H, W)
  files,    // (N, c): the features of a flattened picture in the files' order, (c, h, w)
  memory,   // (N, c): in the order of memory
};

struct ExportedValue {
  std::string tensor;
  ExportForm form = ExportForm::picture;
};

class Exporter;

using Attributes = std::vector<OnnxAttribute>;
OnnxAttribute onnx_integer(const char* name, std::int64_t value);
OnnxAttribute onnx_integers(const char* name, Extents values);
OnnxAttribute onnx_real(const char* name, float value);
OnnxAttribute onnx_text(const char* name, std::string value);

// A layer being written. What ONNX has nothing for is refused by unsupported().
class LayerExport {
 public:
  LayerExport(Exporter& exporter, int value, const JsonView& json);

  const std::string& name() const { return node_.name(); }
  const JsonView& json() const { return json_; }
  Op& op() const { return *node_.op; }
  OpDescription description() const;
  std::size_t inputs() const { return node_.inputs.size(); }
  const ActivationShape& in(std::size_t i = 0) const { return op().input(i).shape; }
  const ActivationShape& out() const { return op().output().shape; }
  std::int64_t opset() const;
  // The file is at least of this one.
  void needs_opset(std::int64_t opset);

  // The tensor of an input: as it lies; (N, C, H, W); (N, c) in the files' order of features; (N, view…), its memory.
  const ExportedValue& input(std::size_t i = 0) const;
  std::string picture(std::size_t i = 0);
  std::string files(std::size_t i = 0);
  std::string memory(std::size_t i, const Extents& view);

  // Whether the layer has such a parameter or buffer, and its values as files have them.
  bool has_weight(std::string_view suffix) const;
  const std::vector<float>& values(std::string_view suffix) const;
  // Initializers, by what follows the layer's name; return their names.
  std::string weight(std::string_view suffix);
  std::string constant(std::string_view suffix, Extents shape, const std::vector<float>& values);
  std::string integers(std::string_view suffix, const Extents& values);

  // A node that is not all of the layer, and the one that has its name; return their output.
  std::string node(const char* op, std::vector<std::string> inputs, Attributes attributes = {});
  std::string own(const char* op, std::vector<std::string> inputs, Attributes attributes = {});
  std::string reshaped(const std::string& tensor, const Extents& extents);  // (N, extents…)
  std::string transposed(const std::string& tensor, const std::vector<int>& order);  // of (N, …)

  // What the layer gives: a tensor in a form; (N, view…), its memory.
  void set(std::string tensor, ExportForm form);
  void set_memory(const std::string& tensor, const Extents& view);

 private:
  const Parameter* parameter(std::string_view suffix) const;

  Exporter& exporter_;
  int value_;
  const Node& node_;
  JsonView json_;
};

// Of a kind of layer. A file of this folder that defines `const OnnxExports NAME_exports` adds some.
struct OnnxExport {
  std::string_view type;
  void (*write)(LayerExport&);
};
struct OnnxExports {
  std::vector<OnnxExport> types;
};
const std::vector<const OnnxExports*>& all_onnx_exports();

// [h, w, c] of a picture, [c] of flat features.
Extents memory_extents(const ActivationShape& shape);
// A list of whole numbers of the layer's description.
Extents extents_of(const JsonView& list);
Extents view_or(const JsonView& layer, const Extents& otherwise);

}  // namespace pellucid
