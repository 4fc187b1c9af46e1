// translate_norms.cpp: normalisation, with constants or with an image's own statistics.
#include <algorithm>
#include <utility>

#include "nn/graph/onnx/importer.h"

namespace pellucid {
namespace {

// Channels, ONNX's first axis behind the batch, innermost in memory, as a picture.
ComputedTensor channels_last(NodeTranslation& t, const ComputedTensor& input) {
  if (input.layout.rank() == (input.batch ? 3 : 4)) return t.picture(input, "normalisation");
  const ComputedTensor x = t.of_image(input);
  if (x.layout.rank() < 1) unsupported("an input without channels");
  std::vector<int> order;
  for (int axis = 1; axis < x.layout.rank(); ++axis) order.push_back(axis);
  order.push_back(0);
  const Extents& extents = x.layout.extents();
  const int c = extent_of(extents[0]);
  if (extents.size() == 1) return t.ordered(x, order, {1, 1, c, true});
  return t.ordered(x, order, {1, extent_of(x.layout.count() / c), c});
}

void batch_norm(NodeTranslation& t) {
  if (t.attribute("training_mode", std::int64_t{0}) != 0) unsupported("training_mode 1");
  if (t.attribute("is_test", std::int64_t{1}) == 0) unsupported("training mode (is_test 0)");
  if (t.attribute("spatial", std::int64_t{1}) == 0) unsupported("spatial 0");
  const ComputedTensor x = channels_last(t, t.activation(0));
  Weights weights;
  const char* const names[] = {"weight", "bias", "running_mean", "running_var"};
  for (std::size_t i = 0; i < 4; ++i) {
    const Constant& c = t.known(i + 1, "statistics");
    if (c.count() != x.shape.c)
      unsupported("statistics of ", c.count(), " values for ", x.shape.c, " channels");
    weights[names[i]] = {reals_of(c), true};
  }
  t.set(t.emit({{"type", "batch_norm"}, {"epsilon", t.attribute("epsilon", 1e-5f)}}, {&x}, x.layout,
               x.shape, std::move(weights)));
}

// Mean and variance over these axes; weight and bias: one value for each place of `affine` axes, in ONNX's order.
ComputedTensor normalised(NodeTranslation& t, const ComputedTensor& x, const std::vector<int>& over,
                          const std::vector<int>& affine, float epsilon, const Constant* weight,
                          const Constant* bias) {
  const ComputedTensor in = t.with_order(x);
  const std::vector<int> order = *in.layout.order();
  const auto place_of = [&](int axis) {
    return static_cast<int>(std::find(order.begin(), order.end(), axis) - order.begin());
  };
  Json axes = Json::array(), shape = Json::array();
  std::vector<int> sorted;
  for (const int axis : over) sorted.push_back(place_of(axis));
  std::sort(sorted.begin(), sorted.end());
  for (const int axis : sorted) axes.push_back(axis);
  Extents affine_extents;
  std::vector<int> affine_order;  // of the affine axes among themselves, as memory has them
  for (const int axis : order) {
    const auto at = std::find(affine.begin(), affine.end(), axis);
    shape.push_back(at == affine.end() ? 1 : in.layout.extent(axis));
    if (at != affine.end()) affine_order.push_back(static_cast<int>(at - affine.begin()));
  }
  for (const int axis : affine) affine_extents.push_back(in.layout.extent(axis));
  Json layer = {{"type", "normalize"},
                {"view", view_json(in.layout.extents(), order)},
                {"axes", axes},
                {"epsilon", epsilon}};
  Weights weights;
  if (weight) {
    layer["affine"] = shape;
    const std::int64_t count = product(affine_extents);
    if (weight->count() != count || (bias && bias->count() != count))
      unsupported("a scale of ", weight->count(), " values (expected ", count, ")");
    const std::vector<std::int64_t> places =
        Layout(affine_extents, affine_order).reshaped({count})->positions();
    std::vector<float> scale, shift;
    for (const std::int64_t i : places) {
      scale.push_back(reals_of(*weight)[static_cast<std::size_t>(i)]);
      shift.push_back(bias ? reals_of(*bias)[static_cast<std::size_t>(i)] : 0.0f);
    }
    weights["weight"] = {std::move(scale), true};
    weights["bias"] = {std::move(shift), true};
  }
  return t.emit(std::move(layer), {&in}, in.layout, in.shape, std::move(weights));
}

// Mean and reciprocal deviation over these axes as the node's further outputs, where it has them.
void statistics(NodeTranslation& t, const ComputedTensor& input, const std::vector<int>& axes,
                float epsilon) {
  if (t.node().outputs.size() < 2) return;
  const ComputedTensor x = t.row_major(input);
  std::int64_t count = 1;
  Extents left = x.layout.extents();
  for (const int axis : axes) count *= std::exchange(left[static_cast<std::size_t>(axis)], 1);
  const auto reduced = [&](const ComputedTensor& from, const char* function) {
    const ActivationShape out{1, 1, extent_of(product(left)), true};
    return t.emit({{"type", "reduce"},
                   {"function", function},
                   {"view", x.layout.extents()},
                   {"axes", axes},
                   {"output", shape_json(out)}},
                  {&from}, Layout(left), out);
  };
  const auto by = [&](const ComputedTensor& from, const char* function, float value) {
    return arithmetic_of(t, function, from, Constant::of({}, std::vector<float>{value}));
  };
  const auto of = [&](const ComputedTensor& from, const char* function) {
    return t.emit({{"type", "activation"}, {"function", function}}, {&from}, from.layout,
                  from.shape);
  };
  const ComputedTensor mean = reduced(x, "mean");
  const ComputedTensor squares = reduced(arithmetic_of(t, "sub", x, mean), "sum_square");
  const ComputedTensor variance = by(squares, "div", static_cast<float>(count));
  t.set(mean, 1);
  t.set(of(of(by(variance, "add", epsilon), "sqrt"), "reciprocal"), 2);
}

void layer_norm(NodeTranslation& t) {
  const ComputedTensor& x = t.activation(0);
  std::vector<int> axes;
  for (int axis = t.axis(x, t.attribute("axis", std::int64_t{-1})); axis < x.layout.rank(); ++axis)
    axes.push_back(axis);
  statistics(t, x, axes, t.attribute("epsilon", 1e-5f));
  t.set(normalised(t, x, axes, axes, t.attribute("epsilon", 1e-5f), &t.known(1, "a scale"),
                   t.has(2) ? &t.known(2, "a shift") : nullptr));
}

void instance_norm(NodeTranslation& t) {
  const ComputedTensor x = t.of_image(t.activation(0));
  if (x.layout.rank() < 2) unsupported("an input of ", to_string(x.layout.extents()));
  std::vector<int> axes;
  for (int axis = 1; axis < x.layout.rank(); ++axis) axes.push_back(axis);
  t.set(normalised(t, x, axes, {0}, t.attribute("epsilon", 1e-5f), &t.known(1, "a scale"),
                   &t.known(2, "a shift")));
}

void group_norm(NodeTranslation& t) {
  const ComputedTensor x = t.of_image(t.activation(0));
  const std::int64_t groups = t.attribute("num_groups", std::int64_t{0});
  if (x.layout.rank() < 2 || groups < 1 || x.layout.extent(0) % groups != 0)
    unsupported("an input of ", to_string(x.layout.extents()), " in ", groups, " groups");
  const std::int64_t channels = x.layout.extent(0);
  Extents split = x.layout.extents();
  split[0] = channels / groups;
  split.insert(split.begin(), groups);
  ComputedTensor in = t.with_order(x);
  in.layout = *in.layout.reshaped(split);
  std::vector<int> axes;
  for (int axis = 1; axis < in.layout.rank(); ++axis) axes.push_back(axis);
  // Before version 21 there is one scale a group.
  Constant scale = t.known(1, "a scale"), shift = t.known(2, "a shift");
  if (t.opset() < 21)
    for (Constant* c : {&scale, &shift}) {
      if (c->count() != groups)
        unsupported("a scale of ", c->count(), " values for ", groups, " groups");
      std::vector<float> each;
      for (std::int64_t i = 0; i < channels; ++i)
        each.push_back(reals_of(*c)[static_cast<std::size_t>(i / (channels / groups))]);
      *c = Constant::of({channels}, std::move(each));
    }
  ComputedTensor y = normalised(t, in, axes, {0, 1}, t.attribute("epsilon", 1e-5f), &scale, &shift);
  y.layout = *y.layout.reshaped(x.layout.extents());
  t.set(y);
}

void lrn(NodeTranslation& t) {
  const ComputedTensor x = channels_last(t, t.activation(0));
  t.set(t.emit({{"type", "lrn"},
                {"size", t.attribute("size", std::int64_t{0})},
                {"alpha", t.attribute("alpha", 1e-4f)},
                {"beta", t.attribute("beta", 0.75f)},
                {"bias", t.attribute("bias", 1.0f)}},
               {&x}, x.layout, x.shape));
}

}  // namespace

extern const OnnxFamily norms_family;
const OnnxFamily norms_family{
    {{"BatchNormalization",
      1,
      batch_norm,
      {"epsilon", "momentum", "training_mode", "spatial", "is_test"}},
     {"LayerNormalization", 17, layer_norm, {"axis", "epsilon", "stash_type"}},
     {"InstanceNormalization", 1, instance_norm, {"epsilon"}},
     {"GroupNormalization", 18, group_norm, {"epsilon", "num_groups", "stash_type"}},
     {"LRN", 1, lrn, {"size", "alpha", "beta", "bias"}}}};

}  // namespace pellucid
