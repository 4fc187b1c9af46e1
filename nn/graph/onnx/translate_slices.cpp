// translate_slices.cpp: parts of a value, values side by side, and the same values several times.
#include <algorithm>

#include "nn/graph/onnx/importer.h"

namespace pellucid {
namespace {

// One behind the other along an axis.
ComputedTensor joined(NodeTranslation& t, std::vector<ComputedTensor> parts, int axis) {
  if (parts.size() == 1) return parts[0];
  const std::vector<int> order = *parts[0].layout.order();
  Extents extents = parts[0].layout.extents();
  extents[static_cast<std::size_t>(axis)] = 0;
  Json views = Json::array();
  std::vector<const ComputedTensor*> from;
  for (ComputedTensor& each : parts) {
    each = t.ordered(each, order, shape_for(each.layout.extents(), order));
    extents[static_cast<std::size_t>(axis)] += each.layout.extent(axis);
    views.push_back(view_json(each.layout.extents(), order));
    from.push_back(&each);
  }
  const ActivationShape out = shape_for(extents, order);
  Json layer = {{"type", "concat"}};
  if (out.flat || axis != 0) {
    layer["views"] = views;
    layer["axis"] = std::find(order.begin(), order.end(), axis) - order.begin();
    layer["output"] = shape_json(out);
  }
  return t.emit(std::move(layer), from, Layout(extents, order), out);
}

void concat(NodeTranslation& t) {
  std::vector<ComputedTensor> inputs;
  for (std::size_t i = 0; i < t.inputs(); ++i) inputs.push_back(t.activation(i));
  inputs[0] = t.with_order(inputs[0]);
  for (const ComputedTensor& each : inputs)
    if (each.batch != inputs[0].batch || each.layout.rank() != inputs[0].layout.rank())
      unsupported("inputs of different numbers of axes");
  const int axis = t.axis(inputs[0], t.attribute("axis", std::int64_t{1}));
  t.set(joined(t, std::move(inputs), axis));
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
  if (outputs < 1) unsupported("no outputs");
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
    constexpr std::int64_t kMost = std::int64_t{1} << 31;
    if (std::min(before, behind) < -kMost || std::max(before, behind) > kMost)
      unsupported("pads of ", to_string(pads));
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
  t.set(expanded(t, t.with_extents(x, own), extents));
}

void tile(NodeTranslation& t) {
  const ComputedTensor& x = t.activation(0);
  const Extents& repeats = t.known(1, "repeats").whole_numbers();
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

// Known indices; each run of equal steps is a slice.
void gather(NodeTranslation& t) {
  const ComputedTensor x = t.with_order(t.activation(0));
  const Constant& index = t.known(1, "indices");
  const int axis = t.axis(x, t.attribute("axis", std::int64_t{0}));
  const std::int64_t extent = x.layout.extent(axis);
  if (!index.whole || index.count() < 1) unsupported("indices of ", to_string(index.shape));
  Extents at = index.integers;
  for (std::int64_t& i : at) {
    i = i < 0 ? i + extent : i;
    if (i < 0 || i >= extent) unsupported("indices out of range");
  }
  std::vector<ComputedTensor> parts;
  for (std::size_t k = 0, end = 1; k < at.size(); k = end, ++end) {
    if (parts.size() == 64) unsupported("indices at many different steps");
    const std::int64_t step = end < at.size() ? at[end] - at[k] : 1;
    while (end < at.size() && at[end] - at[end - 1] == step) ++end;
    std::vector<SliceRange> ranges = everything(x);
    ranges[static_cast<std::size_t>(axis)] = {at[k], step, static_cast<std::int64_t>(end - k)};
    parts.push_back(window(t, x, ranges));
  }
  const ComputedTensor y = joined(t, std::move(parts), axis);
  Extents extents = y.layout.extents();
  extents.erase(extents.begin() + axis);
  extents.insert(extents.begin() + axis, index.shape.begin(), index.shape.end());
  t.set(t.with_extents(y, extents));
}

}  // namespace

ComputedTensor expanded(NodeTranslation& t, const ComputedTensor& x, const Extents& extents) {
  std::vector<SliceRange> ranges;
  for (std::size_t k = 0; k < extents.size(); ++k)
    ranges.push_back({0, x.layout.extents()[k] == extents[k] ? 1 : 0, extents[k]});
  return window(t, x, ranges);
}

extern const OnnxFamily slices_family;
const OnnxFamily slices_family{{{"Concat", 4, concat, {"axis"}},
                                {"Slice", 1, slice, {"starts", "ends", "axes"}},
                                {"Split", 1, split, {"axis", "split", "num_outputs"}},
                                {"Pad", 1, pad, {"mode", "pads", "value"}},
                                {"Expand", 8, expand},
                                {"Tile", 6, tile},
                                {"Gather", 1, gather, {"axis"}}}};

}  // namespace pellucid
