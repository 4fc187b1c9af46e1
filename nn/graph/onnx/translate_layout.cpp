// translate_layout.cpp: what moves values and computes none. Most of it only changes a layout.
#include <algorithm>
#include <set>

#include "nn/graph/onnx/importer.h"

namespace pellucid {
namespace {

void same(NodeTranslation& t) { t.set(t.activation(0)); }

void dropout(NodeTranslation& t) {
  if (t.node().outputs.size() > 1 && !t.node().outputs[1].empty())
    unsupported("the mask as an output");
  if (t.has(2) && t.known(2, "training_mode").count() == 1 && t.constant(2)->at(0) != 0)
    unsupported("training_mode 1");
  same(t);
}

void cast(NodeTranslation& t) {
  const auto to = static_cast<OnnxType>(t.attribute("to", std::int64_t{1}));
  const bool real =
      to == OnnxType::f32 || to == OnnxType::f64 || to == OnnxType::f16 || to == OnnxType::bf16;
  if (!real) unsupported("a conversion to ", name_of(to));
  same(t);
}

// To the type of another value, which of a computed one is real.
void cast_like(NodeTranslation& t) {
  const Constant* like = t.constant(1);
  if (like && like->whole) unsupported("a conversion to integers");
  const Constant* x = t.constant(0);
  if (!x) return same(t);
  if (!x->whole) return t.set(*x);
  std::vector<float> reals;
  for (const std::int64_t value : x->integers) reals.push_back(static_cast<float>(value));
  t.set(Constant::of(x->shape, std::move(reals)));
}

void reshape(NodeTranslation& t) {
  const ComputedTensor& x = t.activation(0);
  const bool zero_is_zero = t.attribute("allowzero", std::int64_t{0}) != 0;
  Extents wanted = t.integers(1, "shape", {});
  if (!x.batch)
    return t.set(t.with_extents(x, reshape_extents(x.layout.extents(), wanted, zero_is_zero)));
  if (wanted.empty()) unsupported("a reshape of the batch to one value");
  // The batch stays the first axis; what the file calls it does not matter if the others hold one picture.
  const std::int64_t first = wanted.front();
  Extents from = x.layout.extents();
  for (std::size_t k = 1; k < wanted.size(); ++k) {
    if (wanted[k] == kFreeBatch) unsupported("a reshape that moves the batch");
    if (wanted[k] == 0 && !zero_is_zero && k - 1 < from.size()) wanted[k] = from[k - 1];
  }
  const Extents rest(wanted.begin() + 1, wanted.end());
  if (first == -1 &&
      (std::count(rest.begin(), rest.end(), -1) > 0 || product(rest) != x.layout.count()))
    unsupported("a reshape that mixes pictures of the batch (", to_string(rest), " of ",
                to_string(from), ")");
  t.set(t.with_extents(x, reshape_extents(from, rest, true)));
}

void flatten(NodeTranslation& t) {
  const ComputedTensor& x = t.activation(0);
  const std::int64_t given = t.attribute("axis", std::int64_t{1});
  const std::int64_t axis = given < 0 ? given + x.rank() : given;
  if (axis < 0 || axis > x.rank()) unsupported("axis ", given);
  if (x.batch && axis != 1)
    unsupported("a flattening that mixes pictures of the batch (axis ", given, ")");
  const Extents& from = x.layout.extents();
  const auto middle = from.begin() + (x.batch ? 0 : axis);
  Extents to{product(Extents(middle, from.end()))};
  if (!x.batch) to.insert(to.begin(), product(Extents(from.begin(), middle)));
  t.set(t.with_extents(x, to));
}

void squeeze(NodeTranslation& t) {
  const ComputedTensor& x = t.activation(0);
  std::set<int> removed;
  for (const std::int64_t axis : t.integers(1, "axes", {})) removed.insert(t.axis(x, axis));
  Extents extents;
  for (int axis = 0; axis < x.layout.rank(); ++axis)
    if (removed.empty() ? x.layout.extent(axis) != 1 : !removed.contains(axis))
      extents.push_back(x.layout.extent(axis));
  if (product(extents) != x.layout.count()) unsupported("axes that are not of extent 1");
  t.set(t.with_extents(x, extents));
}

void unsqueeze(NodeTranslation& t) {
  const ComputedTensor& x = t.activation(0);
  const Extents axes = t.integers(1, "axes", {});
  const int rank = x.rank() + static_cast<int>(axes.size());
  std::set<int> added;
  for (const std::int64_t axis : axes) added.insert(axis_of(axis, rank));
  if (added.size() != axes.size()) unsupported("an axis twice");
  if (x.batch && added.contains(0)) unsupported("an axis before the batch");
  Extents extents;
  int next = 0;
  for (int axis = x.batch ? 1 : 0; axis < rank; ++axis)
    extents.push_back(added.contains(axis) ? 1 : x.layout.extent(next++));
  t.set(t.with_extents(x, extents));
}

void transpose(NodeTranslation& t) {
  ComputedTensor x = t.activation(0);
  Extents reversed;
  for (int k = x.rank(); k-- > 0;) reversed.push_back(k);
  const Extents perm = integers_attribute(t.node(), "perm", reversed);
  if (!std::is_permutation(perm.begin(), perm.end(), reversed.begin(), reversed.end()) ||
      (x.batch && perm[0] != 0))
    unsupported("a transposition that moves the batch (", to_string(perm), ")");
  std::vector<int> order;
  for (std::size_t k = x.batch ? 1 : 0; k < perm.size(); ++k)
    order.push_back(static_cast<int>(perm[k]) - (x.batch ? 1 : 0));
  x.layout = x.layout.transposed(order);
  t.set(x);
}

// Blocks of b×b places as channels, or back.
void depth_to_space(NodeTranslation& t) {
  const ComputedTensor x = t.of_image(t.activation(0));
  const std::int64_t b = t.attribute("blocksize", std::int64_t{0});
  if (x.layout.rank() != 3 || b < 1 || b > 65536 || x.layout.extent(0) % (b * b) != 0)
    unsupported("blocks of ", b);
  const std::int64_t c = x.layout.extent(0) / (b * b), h = x.layout.extent(1),
                     w = x.layout.extent(2);
  const bool depth_first = t.attribute("mode", "DCR") == "DCR";
  ComputedTensor y =
      t.with_extents(x, depth_first ? Extents{b, b, c, h, w} : Extents{c, b, b, h, w});
  y.layout =
      y.layout.transposed(depth_first ? std::vector{2, 3, 0, 4, 1} : std::vector{0, 3, 1, 4, 2});
  t.set(t.with_extents(y, {c, h * b, w * b}));
}

void space_to_depth(NodeTranslation& t) {
  const ComputedTensor x = t.of_image(t.activation(0));
  const std::int64_t b = t.attribute("blocksize", std::int64_t{0});
  if (x.layout.rank() != 3 || b < 1 || b > 65536 || x.layout.extent(1) % b != 0 ||
      x.layout.extent(2) % b != 0)
    unsupported("blocks of ", b);
  const std::int64_t c = x.layout.extent(0), h = x.layout.extent(1) / b, w = x.layout.extent(2) / b;
  const bool depth_first = t.attribute("mode", "DCR") == "DCR";
  ComputedTensor y = t.with_extents(x, {c, h, b, w, b});
  y.layout =
      y.layout.transposed(depth_first ? std::vector{2, 4, 0, 1, 3} : std::vector{0, 2, 4, 1, 3});
  t.set(t.with_extents(y, {c * b * b, h, w}));
}

}  // namespace

extern const OnnxFamily layout_family;
const OnnxFamily layout_family{{{"Identity", 1, same},
                                {"Dropout", 1, dropout, {"ratio", "seed", "is_test"}},
                                {"Cast", 1, cast, {"to", "saturate", "round_mode"}},
                                {"CastLike", 15, cast_like, {"saturate", "round_mode"}},
                                {"Reshape", 1, reshape, {"shape", "allowzero"}},
                                {"Flatten", 1, flatten, {"axis"}},
                                {"Squeeze", 1, squeeze, {"axes"}},
                                {"Unsqueeze", 1, unsqueeze, {"axes"}},
                                {"Transpose", 1, transpose, {"perm"}},
                                {"DepthToSpace", 1, depth_to_space, {"blocksize", "mode"}},
                                {"SpaceToDepth", 1, space_to_depth, {"blocksize", "mode"}}}};

}  // namespace pellucid
