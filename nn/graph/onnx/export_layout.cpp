// export_layout.cpp: what moves values, and what takes many together along axes.
#include <algorithm>
#include <limits>
#include <numeric>

#include "nn/graph/onnx/exporter.h"

namespace pellucid {
namespace {

void write_flatten(LayerExport& l) {
  if (l.in().flat) return l.set(l.memory(0, {l.in().c}), ExportForm::memory);
  if (l.input().form != ExportForm::picture) return l.set(l.input().tensor, ExportForm::memory);
  l.set(l.own("Flatten", {l.input().tensor}, {onnx_integer("axis", 1)}), ExportForm::files);
}

void write_reshape(LayerExport& l) {
  if (l.in() == l.out()) return l.set(l.input().tensor, l.input().form);
  const Extents extents = memory_extents(l.out());
  l.set_memory(l.memory(0, extents), extents);
}

void write_concat(LayerExport& l) {
  const auto views = l.json().find("views"), key = l.json().find("axis");
  const auto view_of = [&](std::size_t i) {
    return views ? extents_of(views->element(i)) : memory_extents(l.in(i));
  };
  Extents joined = view_of(0);
  const auto axis =
      static_cast<std::size_t>(key ? key->integer(0, static_cast<std::int64_t>(joined.size()) - 1)
                                   : static_cast<std::int64_t>(joined.size()) - 1);
  const bool channels = !views && joined.size() == 3 && axis == 2;
  std::vector<std::string> inputs;
  for (std::size_t i = 0; i < l.inputs(); ++i) {
    inputs.push_back(channels ? l.picture(i) : l.memory(i, view_of(i)));
    if (i > 0) joined[axis] += view_of(i)[axis];
  }
  const auto along = channels ? 1 : static_cast<std::int64_t>(axis) + 1;
  const std::string y = l.own("Concat", std::move(inputs), {onnx_integer("axis", along)});
  if (channels && !l.out().flat && memory_extents(l.out()) == joined)
    return l.set(y, ExportForm::picture);
  l.set_memory(channels ? l.transposed(y, {1, 2, 0}) : y, joined);
}

// One axis of a rearrangement: places start + step·i of `extent`, of which some may lie outside.
struct Range {
  std::int64_t extent, start, step, count;
  std::int64_t first() const { return std::min(start, start + step * (count - 1)); }
  std::int64_t last() const { return std::max(start, start + step * (count - 1)); }
  std::int64_t before() const { return std::max<std::int64_t>(0, -first()); }
  std::int64_t behind() const { return std::max<std::int64_t>(0, last() - extent + 1); }
};

std::string padded(LayerExport& l, const std::string& x, std::vector<Range>& ranges) {
  const auto mode_key = l.json().find("mode");
  const std::string mode = mode_key ? mode_key->text() : "constant";
  Extents pads(2 * (ranges.size() + 1), 0);
  bool any = false;
  for (std::size_t k = 0; k < ranges.size(); ++k) {
    Range& r = ranges[k];
    const std::int64_t before = r.before(), behind = r.behind();
    const std::int64_t most = std::max(before, behind);
    if ((mode == "reflect" && most >= r.extent) || (mode == "wrap" && most > r.extent))
      unsupported("mode ", mode, " further out than the axis is long");
    pads[k + 1] = before;
    pads[ranges.size() + 1 + k + 1] = behind;
    r.start += before;
    r.extent += before + behind;
    any = any || before + behind > 0;
  }
  if (!any) return x;
  if (mode == "wrap") l.needs_opset(19);
  std::vector<std::string> inputs{x, l.integers("pads", pads)};
  const auto value = l.json().find("value");
  if (mode == "constant")
    inputs.push_back(
        l.constant("value", {}, {value ? static_cast<float>(value->number(-3.5e38, 3.5e38)) : 0}));
  return l.node("Pad", std::move(inputs), {onnx_text("mode", mode)});
}

std::string sliced(LayerExport& l, const std::string& x, const std::vector<Range>& ranges) {
  Extents starts, ends, axes, steps;
  for (std::size_t k = 0; k < ranges.size(); ++k) {
    const Range& r = ranges[k];
    const std::int64_t step = r.step == 0 ? 1 : r.step, count = r.step == 0 ? 1 : r.count;
    if (r.start == 0 && step == 1 && count == r.extent) continue;
    const std::int64_t last = r.start + step * (count - 1);
    starts.push_back(r.start);
    // Behind the last place; before the first a number that no axis reaches.
    ends.push_back(step > 0   ? last + 1
                   : last > 0 ? last - 1
                              : std::numeric_limits<std::int32_t>::min());
    axes.push_back(static_cast<std::int64_t>(k) + 1);
    steps.push_back(step);
  }
  if (starts.empty()) return x;
  return l.node("Slice", {x, l.integers("starts", starts), l.integers("ends", ends),
                          l.integers("axes", axes), l.integers("steps", steps)});
}

// Transpose, Pad, Slice and Expand, those of them that it needs.
void write_rearrange(LayerExport& l) {
  const Extents view = view_or(l.json(), memory_extents(l.in()));
  const auto list = [&](const char* key, Extents otherwise) {
    const auto found = l.json().find(key);
    return found ? extents_of(*found) : otherwise;
  };
  Extents identity(view.size()), all;
  std::iota(identity.begin(), identity.end(), 0);
  const Extents order = list("order", identity);
  for (const std::int64_t axis : order) all.push_back(view[static_cast<std::size_t>(axis)]);
  const Extents start = list("start", Extents(view.size(), 0)),
                step = list("step", Extents(view.size(), 1)), extent = list("extent", all);
  std::vector<Range> ranges;
  for (std::size_t k = 0; k < view.size(); ++k)
    ranges.push_back({all[k], start[k], step[k], extent[k]});
  std::string x = l.transposed(l.memory(0, view), {order.begin(), order.end()});
  x = sliced(l, padded(l, x, ranges), ranges);
  if (std::any_of(ranges.begin(), ranges.end(),
                  [](const Range& r) { return r.step == 0 && r.count > 1; })) {
    Extents shape{1};  // the batch as it is
    shape.insert(shape.end(), extent.begin(), extent.end());
    x = l.node("Expand", {x, l.integers("extents", shape)});
  }
  l.set_memory(x, extent);
}

void write_reduce(LayerExport& l) {
  static constexpr std::pair<std::string_view, const char*> kOps[] = {
      {"mean", "ReduceMean"},      {"sum", "ReduceSum"},
      {"max", "ReduceMax"},        {"min", "ReduceMin"},
      {"prod", "ReduceProd"},      {"l1", "ReduceL1"},
      {"l2", "ReduceL2"},          {"sum_square", "ReduceSumSquare"},
      {"log_sum", "ReduceLogSum"}, {"log_sum_exp", "ReduceLogSumExp"}};
  Extents view = view_or(l.json(), memory_extents(l.in()));
  const std::string name = l.json().at("function").text();
  const char* const op = std::find_if(std::begin(kOps), std::end(kOps), [&](const auto& row) {
                           return row.first == name;
                         })->second;
  std::vector<std::string> inputs{l.memory(0, view)};
  Extents axes = extents_of(l.json().at("axes"));
  for (std::int64_t& axis : axes) view[static_cast<std::size_t>(axis++)] = 1;
  Attributes attributes{onnx_integer("keepdims", 1)};
  // An input since 18, of the sum since 13.
  if (l.opset() >= 18 || name == "sum") inputs.push_back(l.integers("axes", axes));
  else attributes.push_back(onnx_integers("axes", axes));
  l.set_memory(l.own(op, std::move(inputs), std::move(attributes)), view);
}

}  // namespace

extern const OnnxExports layout_exports;
const OnnxExports layout_exports{{{"flatten", write_flatten},
                                  {"reshape", write_reshape},
                                  {"concat", write_concat},
                                  {"rearrange", write_rearrange},
                                  {"reduce", write_reduce}}};

}  // namespace pellucid
