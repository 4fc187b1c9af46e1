// fold_parts.h: what operations on constants have in common: for the files fold_*.cpp.
#pragma once

#include <map>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "nn/graph/onnx/constant.h"
#include "runtime/error.h"

namespace pellucid {

struct Folding {
  const OnnxNode& node;
  std::int64_t opset;
  const std::vector<const Constant*>& inputs;

  const Constant& input(std::size_t i) const {
    require(i < inputs.size() && inputs[i], "an input is missing (found ", inputs.size(),
            "; expected one at place ", i, ")");
    return *inputs[i];
  }
  bool has(std::size_t i) const { return i < inputs.size() && inputs[i]; }
  // Of an input, or of the attribute that older versions have.
  Extents integers(std::size_t i, std::string_view attribute, const Extents& otherwise) const {
    if (!has(i)) return integers_attribute(node, attribute, otherwise);
    require(input(i).whole, "input ", i, ": wrong type (found reals; expected integers)");
    return input(i).integers;
  }
};

using Fold = std::vector<Constant> (*)(const Folding&);
using FoldTable = std::map<std::string_view, Fold>;

inline void expect_known(std::int64_t value) {
  require(value != kFreeBatch,
          "the number of pictures enters arithmetic (expected a network whose batch stays free)");
}

inline void expect_count(const Extents& extents) {
  std::int64_t count = 1;
  for (const std::int64_t extent : extents) {
    expect_known(extent);
    require(extent >= 0 && (extent == 0 || count <= kMostConstantValues / extent),
            "a constant is too large (found ", to_string(extents), "; expected at most ",
            kMostConstantValues, " values)");
    count *= extent;
  }
}

// A constant of the source's type: element i is the source's at(i).
template <class At>
Constant gathered(const Constant& source, Extents shape, const At& at) {
  expect_count(shape);
  const std::int64_t count = product(shape);
  Constant out{std::move(shape), source.whole, {}, nullptr};
  std::vector<float> reals;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto from = static_cast<std::size_t>(at(i));
    if (source.whole) out.integers.push_back(source.integers[from]);
    else reals.push_back(source.floats()[from]);
  }
  if (!source.whole) out.reals = std::make_shared<const std::vector<float>>(std::move(reals));
  return out;
}

inline Constant with_shape(const Constant& source, Extents shape) {
  Constant out = source;
  out.shape = std::move(shape);
  return out;
}

// Element `index` of `out` as an element of a tensor of `from` that is broadcast to it.
inline std::int64_t broadcast_index(std::int64_t index, const Extents& out, const Extents& from) {
  std::int64_t at = 0, stride = 1;
  for (std::size_t k = 1; k <= out.size(); ++k) {
    const std::int64_t extent = out[out.size() - k], i = index % extent;
    index /= extent;
    if (k > from.size()) continue;
    const std::int64_t own = from[from.size() - k];
    if (own != 1) at += i * stride;
    stride *= own;
  }
  return at;
}

const FoldTable& layout_folds();      // what moves values and computes none
const FoldTable& reduction_folds();   // what takes many values together
const FoldTable& arithmetic_folds();  // what computes each value

}  // namespace pellucid
