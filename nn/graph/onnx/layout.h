// layout.h: how the elements of an ONNX tensor lie in the memory of a value of a graph.
//
// ONNX tensors are row-major, pictures (N, C, H, W); values are (N, h, w, c). An importer that copied at each
// border would double a network's traffic, so a tensor is followed as its extents together with the order in which they lie
// in memory: Transpose changes the extents' order and no memory, Flatten joins axes that lie in memory apart,
// and a copy is made only where an operation needs its input in an order that it is not in.
//
// The batch, where there is one, is not part of a layout: each image has its own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pellucid {

using Extents = std::vector<std::int64_t>;

// The largest number there is for a product beyond 64 bits.
std::int64_t product(const Extents& extents);

// 0, 1, …, rank − 1.
std::vector<int> axes_in_order(int rank);

// "(3, 224, 224)"
std::string to_string(const Extents& extents);

class Layout {
 public:
  // Row-major: memory is in the order of the axes.
  explicit Layout(const Extents& extents);
  // Axis order[0] outermost in memory, order.back() innermost.
  Layout(const Extents& extents, const std::vector<int>& order);

  int rank() const { return static_cast<int>(extents_.size()); }
  const Extents& extents() const { return extents_; }
  std::int64_t extent(int axis) const { return extents_[static_cast<std::size_t>(axis)]; }
  std::int64_t count() const { return product(extents_); }

  // Axis k of the result is axis order[k] of this one; no element moves.
  Layout transposed(const std::vector<int>& order) const;
  // The same elements, row-major in ONNX's sense, as other extents of the same count; nothing if no order of new axes
  // says where they lie.
  std::optional<Layout> reshaped(const Extents& extents) const;

  // The axes in their order in memory; nothing if an axis lies in pieces. Those of extent 1, which lie anywhere, stand as a
  // picture has them (H, W, C) where that fits, else before the next axis.
  std::optional<std::vector<int>> order() const;
  // Whether memory has the axes in this order; axes of extent 1 lie anywhere.
  bool is_in(const std::vector<int>& order) const;

  // What rearranges the memory into this order of axes: output axis k of the copy is axis order[k] of the view.
  struct Copy {
    Extents view;  // of the memory as it is
    std::vector<int> order;
  };
  Copy copy_to(const std::vector<int>& order) const;

  // Of axis `axis`: for each of its positions (0 … extent − 1) as memory has them, the position in ONNX's order.
  // Where the whole tensor is one axis, a permutation of its elements.
  std::vector<std::int64_t> positions() const;

 private:
  // A part of an axis whose elements lie at one stride.
  struct Factor {
    std::int64_t extent;
    int axis;
  };
  std::vector<int> wanted(const std::vector<int>& order) const;  // factors

  Extents extents_;
  std::vector<Factor> factors_;  // in the order of the axes, none of extent 1
  std::vector<int> memory_;      // factors, outermost first
};

}  // namespace pellucid
