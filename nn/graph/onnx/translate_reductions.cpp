// translate_reductions.cpp: what takes many values together along axes.
#include <algorithm>
#include <map>
#include <set>

#include "nn/graph/onnx/importer.h"

namespace pellucid {
namespace {

constexpr std::pair<std::string_view, const char*> kReductions[] = {
    {"ReduceMean", "mean"},      {"ReduceSum", "sum"},
    {"ReduceMax", "max"},        {"ReduceMin", "min"},
    {"ReduceProd", "prod"},      {"ReduceL1", "l1"},
    {"ReduceL2", "l2"},          {"ReduceSumSquare", "sum_square"},
    {"ReduceLogSum", "log_sum"}, {"ReduceLogSumExp", "log_sum_exp"}};

ComputedTensor without_axes(const ComputedTensor& x, const std::set<int>& axes) {
  Extents extents;
  for (int axis = 0; axis < x.layout.rank(); ++axis)
    if (!axes.contains(axis)) extents.push_back(x.layout.extent(axis));
  ComputedTensor out = x;
  out.layout = *x.layout.reshaped(extents);
  return out;
}

void reduce(NodeTranslation& t) {
  const auto* found = std::find_if(std::begin(kReductions), std::end(kReductions),
                                   [&](const auto& row) { return row.first == t.node().op; });
  const ComputedTensor x = t.with_order(t.activation(0));
  const Extents given = t.integers(1, "axes", {});
  std::set<int> axes;
  for (const std::int64_t axis : given) axes.insert(t.axis(x, axis));
  if (given.empty()) {
    if (t.attribute("noop_with_empty_axes", std::int64_t{0}) != 0) return t.set(x);
    if (x.batch) unsupported("a reduction over the batch");
    for (int axis = 0; axis < x.layout.rank(); ++axis) axes.insert(axis);
  }
  const std::vector<int> order = *x.layout.order();
  Extents extents = x.layout.extents();
  for (const int axis : axes) extents[static_cast<std::size_t>(axis)] = 1;
  const ActivationShape out = shape_for(extents, order);
  const std::string name = found->second;
  Json layer;
  // The mean of a picture's places is global pooling, of which explainers know the derivative.
  const bool global = x.layout.rank() == 3 && axes == std::set<int>{1, 2} && !x.shape.flat &&
                      x.layout.is_in({1, 2, 0}) && (name == "mean" || name == "max");
  if (global) {
    layer = {{"type", name == "mean" ? "average_pool2d" : "max_pool2d"}, {"window", "global"}};
  } else {
    std::vector<int> places;
    for (std::size_t k = 0; k < order.size(); ++k)
      if (axes.contains(order[k])) places.push_back(static_cast<int>(k));
    layer = {{"type", "reduce"},
             {"function", name},
             {"view", view_json(x.layout.extents(), order)},
             {"axes", places},
             {"output", shape_json(out)}};
  }
  if (axes.empty()) return t.set(x);
  const ComputedTensor y = t.emit(std::move(layer), {&x}, Layout(extents, order), out);
  t.set(t.attribute("keepdims", std::int64_t{1}) != 0 ? y : without_axes(y, axes));
}

// Softmax over these axes, joined.
ComputedTensor softmax(NodeTranslation& t, const ComputedTensor& input, int axis, bool log) {
  ComputedTensor x = t.with_order(input);
  const bool last = x.batch && x.layout.rank() == 1 && !log && t.is_output(0);
  if (last) {
    x = t.reshaped(x, {1, 1, extent_of(x.layout.count()), true});
    return t.emit({{"type", "softmax"}}, {&x}, x.layout, x.shape);
  }
  const std::vector<int> order = *x.layout.order();
  Json layer = {{"type", "softmax"},
                {"view", view_json(x.layout.extents(), order)},
                {"axis", std::find(order.begin(), order.end(), axis) - order.begin()}};
  if (log) layer["log"] = true;
  return t.emit(std::move(layer), {&x}, x.layout, x.shape);
}

void softmax_13(NodeTranslation& t) {
  const ComputedTensor& x = t.activation(0);
  t.set(
      softmax(t, x, t.axis(x, t.attribute("axis", std::int64_t{-1})), t.node().op == "LogSoftmax"));
}

// Before version 13 all axes from `axis` on are one.
void softmax_1(NodeTranslation& t) {
  const ComputedTensor& x = t.activation(0);
  const int axis = t.axis(x, t.attribute("axis", std::int64_t{1}));
  const bool log = t.node().op == "LogSoftmax";
  const Extents& extents = x.layout.extents();
  if (product(Extents(extents.begin() + axis, extents.end())) == x.layout.extent(axis))
    return t.set(softmax(t, x, axis, log));
  ComputedTensor joined = t.row_major(x);
  Extents flat(extents.begin(), extents.begin() + axis);
  flat.push_back(product(Extents(extents.begin() + axis, extents.end())));
  joined.layout = *joined.layout.reshaped(flat);
  ComputedTensor y = softmax(t, joined, axis, log);
  y.layout = *y.layout.reshaped(extents);
  t.set(y);
}

// At the end of a network: the scores that it is taken from are the output.
void arg_max(NodeTranslation& t) {
  const ComputedTensor& x = t.activation(0);
  if (!t.is_output(0)) unsupported("indices that the network reads");
  if (t.axis(x, t.attribute("axis", std::int64_t{0})) != 0)
    unsupported("axis ", t.attribute("axis", std::int64_t{0}));
  t.note("the network ends in ArgMax: explained are the scores that it takes the largest of");
  t.set(x);
}

std::vector<OnnxOperator> rows() {
  std::vector<OnnxOperator> out = {
      {"Softmax", 1, softmax_1, {"axis"}},
      {"Softmax", 13, softmax_13, {"axis"}},
      {"LogSoftmax", 1, softmax_1, {"axis"}},
      {"LogSoftmax", 13, softmax_13, {"axis"}},
      {"ArgMax", 1, arg_max, {"axis", "keepdims", "select_last_index"}}};
  for (const auto& [name, function] : kReductions)
    out.push_back({name, 1, reduce, {"axes", "keepdims", "noop_with_empty_axes"}});
  return out;
}

}  // namespace

extern const OnnxFamily reductions_family;
const OnnxFamily reductions_family{rows()};

}  // namespace pellucid
