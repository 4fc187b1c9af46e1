// constant.h: what an importer knows the values of: weights, and the numbers that say shapes.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "nn/graph/onnx/layout.h"
#include "nn/graph/onnx/onnx_file.h"

namespace pellucid {

// Stands for the size of the batch among the numbers that say shapes, for it is free. What would compute with it
// does not know it.
inline constexpr std::int64_t kFreeBatch = std::numeric_limits<std::int64_t>::min() + 1;

// The most values of a computed constant: folding is where a file of 100 bytes makes 4 GB.
inline constexpr std::int64_t kMostConstantValues = std::int64_t{1} << 28;

// Row-major, as ONNX has it. Integers and booleans are int64, everything else float32.
struct Constant {
  Extents shape;
  bool whole = false;
  std::vector<std::int64_t> integers;               // if whole
  std::shared_ptr<const std::vector<float>> reals;  // else

  std::int64_t count() const { return product(shape); }
  // Of element i, whatever the type.
  double at(std::int64_t i) const {
    const auto place = static_cast<std::size_t>(i);
    return whole ? static_cast<double>(integers[place]) : (*reals)[place];
  }
  // Throw Error if they are of the other kind.
  const std::vector<float>& floats() const;
  const std::vector<std::int64_t>& whole_numbers() const;

  static Constant of(Extents shape, std::vector<std::int64_t> integers);
  static Constant of(Extents shape, std::vector<float> reals);
  // Throws Error if it is text.
  static Constant of(const OnnxTensor& tensor);
};

// What an operation of ONNX makes of constants; nothing if it is none that is computed here. Throws Error
// for what it cannot be done to.
std::optional<std::vector<Constant>> fold(const OnnxNode& node, std::int64_t opset,
                                          const std::vector<const Constant*>& inputs);

// Whether fold() knows the operation at all.
bool can_fold(const OnnxNode& node);

// The extents of both, aligned at the right, as numpy broadcasts them. Throws Error if they do not go together.
Extents broadcast(const Extents& a, const Extents& b);

// An axis of a tensor of this rank; negative ones count from the end. Throws Error if there is none.
int axis_of(std::int64_t axis, int rank);

// Output extents for a Reshape to `wanted` (0: as the input's there, unless zero_is_zero; −1: what is left).
Extents reshape_extents(const Extents& from, const Extents& wanted, bool zero_is_zero);

// What Slice takes along one axis.
struct SliceRange {
  std::int64_t start, step, extent;
};
SliceRange slice_range(std::int64_t start, std::int64_t end, std::int64_t step,
                       std::int64_t extent);

// Attributes by name, with their defaults. Throw Error if one is of another kind.
std::int64_t integer_attribute(const OnnxNode& node, std::string_view name, std::int64_t otherwise);
float real_attribute(const OnnxNode& node, std::string_view name, float otherwise);
std::string text_attribute(const OnnxNode& node, std::string_view name, std::string_view otherwise);
Extents integers_attribute(const OnnxNode& node, std::string_view name, const Extents& otherwise);

}  // namespace pellucid
