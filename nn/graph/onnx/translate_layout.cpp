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
  if (t.has(2) && t.known(2, "training_mode").at(0) != 0) unsupported("training_mode 1");
  same(t);
}

void cast(NodeTranslation& t) {
  const auto to = static_cast<OnnxType>(t.attribute("to", std::int64_t{1}));
  const bool real =
      to == OnnxType::f32 || to == OnnxType::f64 || to == OnnxType::f16 || to == OnnxType::bf16;
  if (!real) unsupported("a conversion to ", name_of(to));
  same(t);
}

// Other extents for the same elements in ONNX's order.
ComputedTensor with_extents(NodeTranslation& t, const ComputedTensor& x, const Extents& extents) {
  ComputedTensor out = x;
  std::optional<Layout> layout = x.layout.reshaped(extents);
  if (!layout) {
    out = t.row_major(x);
    layout = out.layout.reshaped(extents);
  }
  out.layout = *layout;
  return out;
}

void reshape(NodeTranslation& t) {
  const ComputedTensor& x = t.activation(0);
  const bool zero_is_zero = t.attribute("allowzero", std::int64_t{0}) != 0;
  Extents wanted = t.integers(1, "shape", {});
  if (!x.batch)
    return t.set(with_extents(t, x, reshape_extents(x.layout.extents(), wanted, zero_is_zero)));
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
  t.set(with_extents(t, x, reshape_extents(from, rest, true)));
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
  t.set(with_extents(t, x, to));
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
  t.set(with_extents(t, x, extents));
}

void unsqueeze(NodeTranslation& t) {
  const ComputedTensor& x = t.activation(0);
  const Extents axes = t.integers(1, "axes", {});
  const int rank = x.rank() + static_cast<int>(axes.size());
  std::set<int> added;
  for (const std::int64_t axis : axes) added.insert(axis_of(axis, rank));
  if (x.batch && added.contains(0)) unsupported("an axis before the batch");
  Extents extents;
  int next = 0;
  for (int axis = x.batch ? 1 : 0; axis < rank; ++axis)
    extents.push_back(added.contains(axis) ? 1 : x.layout.extent(next++));
  t.set(with_extents(t, x, extents));
}

void transpose(NodeTranslation& t) {
  ComputedTensor x = t.activation(0);
  Extents reversed;
  for (int k = x.rank(); k-- > 0;) reversed.push_back(k);
  const Extents perm = integers_attribute(t.node(), "perm", reversed);
  if (static_cast<int>(perm.size()) != x.rank() || (x.batch && perm[0] != 0))
    unsupported("a transposition that moves the batch (", to_string(perm), ")");
  std::vector<int> order;
  for (std::size_t k = x.batch ? 1 : 0; k < perm.size(); ++k)
    order.push_back(static_cast<int>(perm[k]) - (x.batch ? 1 : 0));
  x.layout = x.layout.transposed(order);
  t.set(x);
}

void concat(NodeTranslation& t) {
  std::vector<ComputedTensor> inputs;
  for (std::size_t i = 0; i < t.inputs(); ++i) inputs.push_back(t.activation(i));
  inputs[0] = t.with_order(inputs[0]);
  const std::vector<int> order = *inputs[0].layout.order();
  const int axis = t.axis(inputs[0], t.attribute("axis", std::int64_t{1}));
  Extents extents = inputs[0].layout.extents();
  extents[static_cast<std::size_t>(axis)] = 0;
  Json views = Json::array();
  for (ComputedTensor& each : inputs) {
    if (each.batch != inputs[0].batch || each.layout.rank() != inputs[0].layout.rank())
      unsupported("inputs of different numbers of axes");
    each = t.ordered(each, order, shape_for(each.layout.extents(), order));
    extents[static_cast<std::size_t>(axis)] += each.layout.extent(axis);
    views.push_back(view_json(each.layout.extents(), order));
  }
  const ActivationShape out = shape_for(extents, order);
  Json layer = {{"type", "concat"}};
  if (out.flat || axis != 0) {
    layer["views"] = views;
    layer["axis"] = std::find(order.begin(), order.end(), axis) - order.begin();
    layer["output"] = shape_json(out);
  }
  std::vector<const ComputedTensor*> from;
  for (const ComputedTensor& each : inputs) from.push_back(&each);
  if (from.size() == 1) return t.set(inputs[0]);
  t.set(t.emit(std::move(layer), from, Layout(extents, order), out));
}

// Along each axis of `x`: where to begin, in what steps, how many.
ComputedTensor window(NodeTranslation& t, const ComputedTensor& input,
                      const std::vector<SliceRange>& ranges, const std::string& mode = "constant",
                      float value = 0) {
  const ComputedTensor x = t.with_order(input);
  const std::vector<int> order = *x.layout.order();
  Extents extents;
  bool everything = true;
  for (int axis = 0; axis < x.layout.rank(); ++axis) {
    const SliceRange& range = ranges[static_cast<std::size_t>(axis)];
    if (range.extent < 1) unsupported("an output without values");
    extents.push_back(range.extent);
    everything =
        everything && range.start == 0 && range.step == 1 && range.extent == x.layout.extent(axis);
  }
  if (everything) return x;
  Json start = Json::array(), step = Json::array();
  for (const int axis : order) {
    start.push_back(ranges[static_cast<std::size_t>(axis)].start);
    step.push_back(ranges[static_cast<std::size_t>(axis)].step);
  }
  const ActivationShape out = shape_for(extents, order);
  Json layer = {{"type", "rearrange"},
                {"view", view_json(x.layout.extents(), order)},
                {"start", start},
                {"step", step},
                {"extent", view_json(extents, order)},
                {"output", shape_json(out)}};
  if (mode != "constant") layer["mode"] = mode;
  if (value != 0) layer["value"] = value;
  return t.emit(std::move(layer), {&x}, Layout(extents, order), out);
}

std::vector<SliceRange> everything(const ComputedTensor& x) {
  std::vector<SliceRange> ranges;
  for (const std::int64_t extent : x.layout.extents()) ranges.push_back({0, 1, extent});
  return ranges;
}

void slice(NodeTranslation& t) {
  const ComputedTensor& x = t.activation(0);
  const Extents starts = t.integers(1, "starts", {}), ends = t.integers(2, "ends", {});
  Extents axes = t.integers(3, "axes", {}),
          steps = t.has(4) ? t.integers(4, "steps", {}) : Extents(starts.size(), 1);
  if (axes.empty())
    for (std::size_t k = 0; k < starts.size(); ++k) axes.push_back(static_cast<std::int64_t>(k));
  if (ends.size() != starts.size() || axes.size() != starts.size() || steps.size() != starts.size())
    unsupported("starts, ends, axes and steps of different numbers");
  std::vector<SliceRange> ranges = everything(x);
  for (std::size_t k = 0; k < starts.size(); ++k) {
    const auto axis = static_cast<std::size_t>(t.axis(x, axes[k]));
    ranges[axis] = slice_range(starts[k], ends[k], steps[k], x.layout.extents()[axis]);
  }
  t.set(window(t, x, ranges));
}

void split(NodeTranslation& t) {
  const ComputedTensor x = t.with_order(t.activation(0));
  const auto axis = static_cast<std::size_t>(t.axis(x, t.attribute("axis", std::int64_t{0})));
  const std::int64_t extent = x.layout.extents()[axis],
                     outputs = static_cast<std::int64_t>(t.node().outputs.size());
  Extents sizes = t.integers(1, "split", {});
  const std::int64_t part = (extent + outputs - 1) / outputs;
  if (sizes.empty())
    for (std::int64_t left = extent; static_cast<std::int64_t>(sizes.size()) < outputs;
         left -= part)
      sizes.push_back(std::min(part, left));
  std::int64_t begin = 0;
  for (std::size_t i = 0; i < sizes.size() && i < t.node().outputs.size(); ++i) {
    if (sizes[i] < 1 || sizes[i] > extent - begin)
      unsupported("parts of ", to_string(sizes), " of ", extent);
    std::vector<SliceRange> ranges = everything(x);
    ranges[axis] = {begin, 1, sizes[i]};
    if (!t.node().outputs[i].empty()) t.set(window(t, x, ranges), i);
    begin += sizes[i];
  }
}

void pad(NodeTranslation& t) {
  const ComputedTensor& x = t.activation(0);
  const Extents pads = t.integers(1, "pads", {});
  Extents axes = t.has(3) ? t.integers(3, "axes", {}) : Extents{};
  if (axes.empty())
    for (int k = 0; k < x.rank(); ++k) axes.push_back(k);
  if (pads.size() != 2 * axes.size()) unsupported("pads of ", pads.size(), " numbers");
  const std::string mode = t.attribute("mode", "constant");
  if (mode != "constant" && mode != "reflect" && mode != "edge" && mode != "wrap")
    unsupported("mode ", mode);
  std::vector<SliceRange> ranges = everything(x);
  for (std::size_t k = 0; k < axes.size(); ++k) {
    const std::int64_t before = pads[k], behind = pads[k + axes.size()];
    if (before == 0 && behind == 0) continue;
    SliceRange& range = ranges[static_cast<std::size_t>(t.axis(x, axes[k]))];
    range = {-before, 1, range.extent + before + behind};
  }
  t.set(window(t, x, ranges, mode, t.real(2, "value", 0)));
}

void expand(NodeTranslation& t) {
  ComputedTensor x = t.activation(0);
  Extents wanted = t.integers(1, "shape", {});
  if (x.batch && static_cast<int>(wanted.size()) == x.rank()) wanted.erase(wanted.begin());
  else if (x.batch && static_cast<int>(wanted.size()) > x.rank())
    unsupported("axes before the batch");
  const Extents extents = broadcast(x.layout.extents(), wanted);
  Extents own = x.layout.extents();
  own.insert(own.begin(), extents.size() - own.size(), 1);
  x = with_extents(t, x, own);
  std::vector<SliceRange> ranges;
  for (std::size_t k = 0; k < extents.size(); ++k)
    ranges.push_back({0, own[k] == extents[k] ? 1 : 0, extents[k]});
  t.set(window(t, x, ranges));
}

void tile(NodeTranslation& t) {
  const ComputedTensor& x = t.activation(0);
  const Extents& repeats = t.known(1, "repeats").integers;
  if (static_cast<int>(repeats.size()) != x.rank() || (x.batch && repeats[0] != 1))
    unsupported("repeats of ", to_string(repeats));
  std::vector<SliceRange> ranges = everything(x);
  for (std::size_t k = 0; k < ranges.size(); ++k) {
    const std::int64_t times = repeats[k + (x.batch ? 1 : 0)];
    if (times < 1 || times > (1 << 20)) unsupported("repeats of ", to_string(repeats));
    ranges[k].extent *= times;
  }
  t.set(window(t, x, ranges, "wrap"));
}

// Indices that are known and at equal steps.
void gather(NodeTranslation& t) {
  const ComputedTensor& x = t.activation(0);
  const Constant& index = t.known(1, "indices");
  const int axis = t.axis(x, t.attribute("axis", std::int64_t{0}));
  const std::int64_t extent = x.layout.extent(axis);
  if (!index.whole || index.shape.size() > 1 || index.count() < 1)
    unsupported("indices of ", to_string(index.shape));
  Extents at = index.integers;
  for (std::int64_t& i : at) i = i < 0 ? i + extent : i;
  const std::int64_t step = at.size() > 1 ? at[1] - at[0] : 1;
  for (std::size_t k = 0; k < at.size(); ++k)
    if (at[k] < 0 || at[k] >= extent || at[k] != at[0] + step * static_cast<std::int64_t>(k))
      unsupported("indices out of range or at unequal steps");
  std::vector<SliceRange> ranges = everything(x);
  ranges[static_cast<std::size_t>(axis)] = {at[0], step, static_cast<std::int64_t>(at.size())};
  ComputedTensor y = window(t, x, ranges);
  if (index.shape.empty()) {
    Extents extents = y.layout.extents();
    extents.erase(extents.begin() + axis);
    y = with_extents(t, y, extents);
  }
  t.set(y);
}

// Blocks of b×b places as channels, or back.
void depth_to_space(NodeTranslation& t) {
  const ComputedTensor& x = t.activation(0);
  const std::int64_t b = t.attribute("blocksize", std::int64_t{0});
  if (x.layout.rank() != 3 || b < 1 || x.layout.extent(0) % (b * b) != 0)
    unsupported("blocks of ", b);
  const std::int64_t c = x.layout.extent(0) / (b * b), h = x.layout.extent(1),
                     w = x.layout.extent(2);
  const bool depth_first = t.attribute("mode", "DCR") == "DCR";
  ComputedTensor y =
      with_extents(t, x, depth_first ? Extents{b, b, c, h, w} : Extents{c, b, b, h, w});
  y.layout =
      y.layout.transposed(depth_first ? std::vector{2, 3, 0, 4, 1} : std::vector{0, 3, 1, 4, 2});
  t.set(with_extents(t, y, {c, h * b, w * b}));
}

void space_to_depth(NodeTranslation& t) {
  const ComputedTensor& x = t.activation(0);
  const std::int64_t b = t.attribute("blocksize", std::int64_t{0});
  if (x.layout.rank() != 3 || b < 1 || x.layout.extent(1) % b != 0 || x.layout.extent(2) % b != 0)
    unsupported("blocks of ", b);
  const std::int64_t c = x.layout.extent(0), h = x.layout.extent(1) / b, w = x.layout.extent(2) / b;
  ComputedTensor y = with_extents(t, x, {c, h, b, w, b});
  y.layout = y.layout.transposed({2, 4, 0, 1, 3});
  t.set(with_extents(t, y, {c * b * b, h, w}));
}

struct ResizeRule {
  std::string mode, coordinates, nearest;
};

// sizes or scales are of all axes, or of those that `axes` names.
void resized(NodeTranslation& t, const ResizeRule& rule, const Constant* scales,
             const Constant* sizes, const std::vector<float>& scale_attribute) {
  const ComputedTensor x = t.picture(t.activation(0), "resizing");
  Extents axes = integers_attribute(t.node(), "axes", {0, 1, 2, 3});
  const bool by_size = sizes && sizes->count() > 0;
  const std::int64_t given = by_size  ? sizes->count()
                             : scales ? scales->count()
                                      : static_cast<std::int64_t>(scale_attribute.size());
  if (given != static_cast<std::int64_t>(axes.size()))
    unsupported(given, " sizes for ", axes.size(), " axes");
  std::int64_t out[4] = {-1, x.shape.c, x.shape.h, x.shape.w};
  double factor[4] = {1, 1, 1, 1};
  for (std::size_t k = 0; k < axes.size(); ++k) {
    const auto axis = static_cast<std::size_t>(axis_of(axes[k], 4));
    if (by_size) {
      const auto size = sizes->integers[k];
      if (axis >= 1) factor[axis] = static_cast<double>(size) / static_cast<double>(out[axis]);
      if (axis >= 1) out[axis] = size;
    } else {
      factor[axis] = scales ? scales->at(static_cast<std::int64_t>(k)) : scale_attribute[k];
      if (axis >= 1)
        out[axis] =
            static_cast<std::int64_t>(std::floor(static_cast<double>(out[axis]) * factor[axis]));
    }
  }
  if (factor[0] != 1 || out[1] != x.shape.c) unsupported("resizing of the batch or of channels");
  if (out[2] < 1 || out[3] < 1 || out[2] > 65536 || out[3] > 65536)
    unsupported("a size of ", out[2], "x", out[3]);
  const ActivationShape shape{static_cast<int>(out[2]), static_cast<int>(out[3]), x.shape.c};
  Json layer = {{"type", "resize"},
                {"output", shape_json(shape)},
                {"mode", rule.mode},
                {"coordinates", rule.coordinates}};
  if (rule.mode == "nearest") layer["nearest"] = rule.nearest;
  if (!by_size)
    layer["scales"] = Json::array({static_cast<float>(factor[2]), static_cast<float>(factor[3])});
  t.set(t.emit(std::move(layer), {&x}, Layout({shape.c, shape.h, shape.w}, {1, 2, 0}), shape));
}

std::string checked_mode(const std::string& mode) {
  if (mode == "nearest" || mode == "linear") return mode;
  if (mode == "bilinear") return "linear";
  unsupported("mode ", mode, " (expected nearest or linear)");
}

void resize(NodeTranslation& t) {
  if (t.attribute("antialias", std::int64_t{0}) != 0) unsupported("antialias 1");
  if (t.attribute("exclude_outside", std::int64_t{0}) != 0) unsupported("exclude_outside 1");
  if (t.attribute("keep_aspect_ratio_policy", "stretch") != "stretch")
    unsupported("keep_aspect_ratio_policy");
  const ResizeRule rule{checked_mode(t.attribute("mode", "nearest")),
                        t.attribute("coordinate_transformation_mode", "half_pixel"),
                        t.attribute("nearest_mode", "round_prefer_floor")};
  if (rule.coordinates == "tf_crop_and_resize")
    unsupported("coordinate_transformation_mode ", rule.coordinates);
  const auto part = [&](std::size_t i, std::string_view what) {
    return t.has(i) && t.known(i, what).count() > 0 ? &t.known(i, what) : nullptr;
  };
  resized(t, rule, part(2, "scales"), part(3, "sizes"), {});
}

void resize_10(NodeTranslation& t) {
  resized(t, {checked_mode(t.attribute("mode", "nearest")), "asymmetric", "floor"},
          &t.known(1, "scales"), nullptr, {});
}

void upsample(NodeTranslation& t) {
  const ResizeRule rule{checked_mode(t.attribute("mode", "nearest")), "asymmetric", "floor"};
  const OnnxAttribute* scales = t.node().find("scales");
  if (!t.has(1) && !scales) unsupported("no scales");
  resized(t, rule, t.has(1) ? &t.known(1, "scales") : nullptr, nullptr,
          scales ? scales->reals : std::vector<float>{});
}

}  // namespace

extern const OnnxFamily layout_family;
const OnnxFamily layout_family{
    {{"Identity", 1, same},
     {"Dropout", 1, dropout, {"ratio", "seed", "is_test"}},
     {"Cast", 1, cast, {"to", "saturate", "round_mode"}},
     {"Reshape", 1, reshape, {"shape", "allowzero"}},
     {"Flatten", 1, flatten, {"axis"}},
     {"Squeeze", 1, squeeze, {"axes"}},
     {"Unsqueeze", 1, unsqueeze, {"axes"}},
     {"Transpose", 1, transpose, {"perm"}},
     {"Concat", 4, concat, {"axis"}},
     {"Slice", 1, slice, {"starts", "ends", "axes"}},
     {"Split", 1, split, {"axis", "split", "num_outputs"}},
     {"Pad", 1, pad, {"mode", "pads", "value"}},
     {"Expand", 8, expand},
     {"Tile", 6, tile},
     {"Gather", 1, gather, {"axis"}},
     {"DepthToSpace", 1, depth_to_space, {"blocksize", "mode"}},
     {"SpaceToDepth", 1, space_to_depth, {"blocksize"}},
     {"Upsample", 1, upsample, {"mode", "scales"}},
     {"Resize", 10, resize_10, {"mode"}},
     {"Resize",
      11,
      resize,
      {"mode", "coordinate_transformation_mode", "nearest_mode", "antialias", "axes",
       "cubic_coeff_a", "exclude_outside", "extrapolation_value", "keep_aspect_ratio_policy"}}}};

}  // namespace pellucid
