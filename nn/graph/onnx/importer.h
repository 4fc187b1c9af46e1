// importer.h: how the nodes of an ONNX file become layers: what the files translate_*.cpp work with. import.h is what
// others use.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "nn/graph/onnx/constant.h"
#include "nn/graph/onnx/import.h"
#include "nn/graph/onnx/layout.h"
#include "runtime/error.h"

namespace pellucid {

// What cannot be translated, and what would help.
struct Unsupported {
  std::string what, help;
};
template <class... Parts>
[[noreturn]] void unsupported(const Parts&... parts) {
  throw Unsupported{concat(parts...), ""};
}

// A tensor that the network computes.
struct ComputedTensor {
  int layer = -1;  // the place of the layer that makes it; −1: the network's input
  // Of one image, without ONNX's axis 0 where that is the batch.
  Layout layout{{}};
  bool batch = true;
  ActivationShape shape;  // of the layer's output

  int rank() const { return layout.rank() + (batch ? 1 : 0); }  // in ONNX's sense
};

using Weights = std::map<std::string, ImportedTensor>;  // by what follows the layer's name

class Importer;

// A node being translated.
class NodeTranslation {
 public:
  NodeTranslation(Importer& importer, const OnnxNode& node) : importer_(importer), node_(node) {}

  const OnnxNode& node() const { return node_; }
  std::int64_t opset() const;

  std::size_t inputs() const { return node_.inputs.size(); }
  bool has(std::size_t i) const { return i < inputs() && !node_.inputs[i].empty(); }
  // Null if it is not known before the network runs.
  const Constant* constant(std::size_t i) const;
  // Throws Unsupported where it is none. what: "weights".
  const Constant& known(std::size_t i, std::string_view what) const;
  // Integers of an input, or of the attribute that older versions have.
  Extents integers(std::size_t i, std::string_view attribute, const Extents& otherwise) const;
  float real(std::size_t i, std::string_view attribute, float otherwise) const;
  // Throws Unsupported if it is a constant.
  const ComputedTensor& activation(std::size_t i) const;

  std::int64_t attribute(std::string_view name, std::int64_t otherwise) const {
    return integer_attribute(node_, name, otherwise);
  }
  float attribute(std::string_view name, float otherwise) const {
    return real_attribute(node_, name, otherwise);
  }
  std::string attribute(std::string_view name, const char* otherwise) const {
    return text_attribute(node_, name, otherwise);
  }
  // A place among axes(x); throws Unsupported for the batch's.
  int axis(const ComputedTensor& x, std::int64_t onnx_axis) const;

  // Adds a layer. layout, batch: of what it makes, of which shape is that in the graph.
  ComputedTensor emit(Json layer, const std::vector<const ComputedTensor*>& inputs, Layout layout,
                      const ActivationShape& shape, Weights weights = {});
  // The same values with memory in this order of the axes, as a value of this shape; a copy where it must be one.
  ComputedTensor ordered(const ComputedTensor& x, const std::vector<int>& order,
                         const ActivationShape& shape);
  ComputedTensor reshaped(const ComputedTensor& x, const ActivationShape& shape);
  // Other extents for the same elements in ONNX's order.
  ComputedTensor with_extents(const ComputedTensor& x, const Extents& extents);
  // (C, H, W) as the picture (h, w, c). Of one image without a batch axis 0 is left out, and what is set has it again.
  ComputedTensor picture(const ComputedTensor& x, std::string_view what);
  // Without axis 0 where that is the number of pictures, one.
  ComputedTensor of_image(const ComputedTensor& x);
  // Memory in ONNX's order, flat.
  ComputedTensor row_major(const ComputedTensor& x);
  // As a picture of its own extents, where memory has it as one and its layer in another shape: what follows looks at
  // pictures, activation maps too.
  ComputedTensor settled(const ComputedTensor& x);
  // Any axes, in an order that is one; `prefer` is taken if it need not be copied.
  ComputedTensor with_order(const ComputedTensor& x);

  void set(ComputedTensor output, std::size_t i = 0);
  void set(Constant output, std::size_t i = 0);
  // The layer that computes it, where nothing else reads it: what follows may be made part of it. Else null.
  ImportedLayer* only_source(std::size_t i) const;
  const ImportedLayer* source(
      std::size_t i) const;  // the layer that computes it; null: it is the input
  std::string name_of(const ComputedTensor& x) const;  // of its layer
  bool is_output(std::size_t i) const;                 // of the network, and nothing else
  void note(std::string text);

 private:
  Importer& importer_;
  const OnnxNode& node_;
  bool left_out_ = false;  // axis 0
};

// A kind of node, from a version of ONNX on. A file of this folder that defines `const OnnxFamily NAME_family` adds some.
struct OnnxOperator {
  std::string_view op;
  std::int64_t since;  // the first opset in which it means this
  void (*translate)(NodeTranslation&);
  std::vector<std::string_view> attributes =
      {};  // that are understood, besides those that say nothing about values
};
struct OnnxFamily {
  std::vector<OnnxOperator> operators;
};
const std::vector<const OnnxFamily*>& all_onnx_families();

// Throws Unsupported for integers.
const std::vector<float>& reals_of(const Constant& c);
// Throws Unsupported for more values than a tensor can have here.
int extent_of(std::int64_t value);

// a and b, or a and a constant, with numpy's broadcasting (translate_pointwise.cpp).
ComputedTensor arithmetic_of(NodeTranslation& t, std::string_view function, const ComputedTensor& a,
                             const ComputedTensor& b);
ComputedTensor arithmetic_of(NodeTranslation& t, std::string_view function, const ComputedTensor& a,
                             const Constant& b);
// Each axis of extent 1 as often as these extents, of as many axes, say (translate_slices.cpp).
ComputedTensor expanded(NodeTranslation& t, const ComputedTensor& x, const Extents& extents);

// The shape that a value of these extents in this order has: a picture of (C, H, W) in the order H, W, C, else flat.
ActivationShape shape_for(const Extents& extents, const std::vector<int>& order);
// The extents in this order, as JSON's "view".
Json view_json(const Extents& extents, const std::vector<int>& order);
Json shape_json(const ActivationShape& shape);

}  // namespace pellucid
