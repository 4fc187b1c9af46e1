// translate_products.cpp: matrix products, and normalisation with constants.
#include <algorithm>

#include "nn/graph/onnx/importer.h"

namespace pellucid {
namespace {

int extent_of(std::int64_t value) { return static_cast<int>(value); }

// The value as flat features, in whatever order memory has them.
ComputedTensor flat(NodeTranslation& t, const ComputedTensor& x) {
  return t.reshaped(x, {1, 1, static_cast<int>(x.layout.count()), true});
}

// A linear layer of these weights, row o the inputs in ONNX's order at at(o, i).
template <class At>
ComputedTensor linear(NodeTranslation& t, const ComputedTensor& x, std::int64_t outputs,
                      const At& at, const float* bias) {
  const ComputedTensor in = flat(t, x);
  const std::vector<std::int64_t> places = in.layout.positions();
  std::vector<float> weight;
  weight.reserve(places.size() * static_cast<std::size_t>(outputs));
  for (std::int64_t o = 0; o < outputs; ++o)
    for (const std::int64_t i : places) weight.push_back(at(o, i));
  Json layer = {{"type", "linear"}, {"outputs", outputs}};
  Weights weights;
  weights["weight"] = {std::move(weight), true};
  if (bias) weights["bias"] = {std::vector<float>(bias, bias + outputs), true};
  else layer["bias"] = false;
  return t.emit(std::move(layer), {&in}, Layout({outputs}), {1, 1, extent_of(outputs), true},
                std::move(weights));
}

const std::vector<float>& reals(const Constant& c) {
  if (c.whole) unsupported("a product of integers");
  return c.floats();
}

void gemm(NodeTranslation& t) {
  const ComputedTensor& a = t.activation(0);
  const Constant& b = t.known(1, "weights");
  const float alpha = t.attribute("alpha", 1.0f), beta = t.attribute("beta", 1.0f);
  const bool by_rows = t.attribute("transB", std::int64_t{0}) != 0;
  if (t.attribute("transA", std::int64_t{0}) != 0) unsupported("attribute transA");
  if (!a.batch || a.layout.rank() != 1 || b.shape.size() != 2)
    unsupported("a product of ", a.rank(), " and ", b.shape.size(),
                " axes (expected pictures' features and weights)");
  const std::int64_t outputs = b.shape[by_rows ? 0 : 1], inputs = b.shape[by_rows ? 1 : 0];
  if (inputs != a.layout.count())
    unsupported("weights of ", to_string(b.shape), " for ", a.layout.count(), " features");
  const std::vector<float>& w = reals(b);
  std::vector<float> bias;
  if (t.has(2)) {
    const Constant& c = t.known(2, "a bias");
    if (c.count() != 1 && c.count() != outputs) unsupported("a bias of ", to_string(c.shape));
    for (std::int64_t o = 0; o < outputs; ++o)
      bias.push_back(beta * reals(c)[c.count() == 1 ? 0 : static_cast<std::size_t>(o)]);
  }
  t.set(linear(
      t, a, outputs,
      [&](std::int64_t o, std::int64_t i) {
        return alpha * w[static_cast<std::size_t>(by_rows ? o * inputs + i : i * outputs + o)];
      },
      bias.empty() ? nullptr : bias.data()));
}

// x·W along the last axis for W (k, n).
void matmul_by_constant(NodeTranslation& t, const ComputedTensor& x, const Constant& w) {
  const std::int64_t k = w.shape[0], n = w.shape[1];
  const int last = x.layout.rank() - 1;
  if (last < 0 || x.layout.extent(last) != k)
    unsupported("a product of ", to_string(x.layout.extents()), " and ", to_string(w.shape));
  const std::vector<float>& from = reals(w);
  if (last == 0 && x.batch)
    return t.set(linear(
        t, x, n,
        [&](std::int64_t o, std::int64_t i) { return from[static_cast<std::size_t>(i * n + o)]; },
        nullptr));
  // Along the innermost axis of memory that is a convolution of 1×1.
  ComputedTensor in = t.with_order(x);
  std::vector<int> order = *in.layout.order();
  if (order.back() != last) {
    in = t.row_major(in);
    order = *in.layout.order();
  }
  const std::int64_t rows = in.layout.count() / k;
  if (in.shape.flat || in.shape.c != k) in = t.reshaped(in, {1, extent_of(rows), extent_of(k)});
  std::vector<float> weight;
  for (std::int64_t o = 0; o < n; ++o)
    for (std::int64_t i = 0; i < k; ++i)
      weight.push_back(from[static_cast<std::size_t>(i * n + o)]);
  Weights weights;
  weights["weight"] = {std::move(weight), true};
  Extents extents = in.layout.extents();
  extents.back() = n;
  t.set(t.emit({{"type", "conv2d"}, {"filters", n}, {"kernel", 1}, {"bias", false}}, {&in},
               Layout(extents, order), {in.shape.h, in.shape.w, extent_of(n)}, std::move(weights)));
}

// The extents before the last two, which a product takes one by one.
std::int64_t products(const Extents& extents) {
  return product(Extents(
      extents.begin(),
      extents.end() - std::min<std::ptrdiff_t>(2, static_cast<std::ptrdiff_t>(extents.size()))));
}

void matmul(NodeTranslation& t) {
  const Constant *a = t.constant(0), *b = t.constant(1);
  if (b && b->shape.size() == 2) return matmul_by_constant(t, t.activation(0), *b);
  if (a) unsupported("constants times what the network computes");
  const ComputedTensor x = t.row_major(t.activation(0));
  const Extents& xs = x.layout.extents();
  Extents ys;
  std::vector<ComputedTensor> inputs{x};
  if (b) ys = b->shape;
  else {
    inputs.push_back(t.row_major(t.activation(1)));
    if (inputs[1].batch != x.batch) unsupported("a product across the batch");
    ys = inputs[1].layout.extents();
  }
  if (xs.size() < 2 || ys.size() < 2)
    unsupported("a product of ", to_string(xs), " and ", to_string(ys));
  const std::int64_t m = xs[xs.size() - 2], k = xs.back(), n = ys.back();
  const std::int64_t count = products(xs), others = products(ys);
  if (ys[ys.size() - 2] != k || (others != 1 && others != count) ||
      (others == count && count > 1 &&
       Extents(xs.begin(), xs.end() - 2) != Extents(ys.begin(), ys.end() - 2)))
    unsupported("a product of ", to_string(xs), " and ", to_string(ys));
  Extents extents = xs;
  extents.back() = n;
  const ActivationShape out{1, 1, extent_of(product(extents)), true};
  Json layer = {{"type", "matmul"}, {"output", shape_json(out)}};
  Weights weights;
  std::vector<const ComputedTensor*> from{&inputs[0]};
  if (b) {
    layer["views"] = Json::array({Json::array({count, m, k})});
    layer["constant"] = Json::array({others, k, n});
    weights["constant"] = {reals(*b), true};
  } else {
    layer["views"] = Json::array({Json::array({count, m, k}), Json::array({others, k, n})});
    from.push_back(&inputs[1]);
  }
  t.set(t.emit(std::move(layer), from, Layout(extents), out, std::move(weights)));
}

// Channels, ONNX's first axis behind the batch, innermost in memory, as a picture.
ComputedTensor channels_last(NodeTranslation& t, const ComputedTensor& x) {
  if (x.layout.rank() < 1) unsupported("an input without channels");
  std::vector<int> order;
  for (int axis = 1; axis < x.layout.rank(); ++axis) order.push_back(axis);
  order.push_back(0);
  const Extents& extents = x.layout.extents();
  if (extents.size() == 3) return t.picture(x, "normalisation");
  const int c = extent_of(extents[0]);
  if (extents.size() == 1) return t.ordered(x, order, {1, 1, c, true});
  return t.ordered(x, order, {1, extent_of(x.layout.count() / c), c});
}

void batch_norm(NodeTranslation& t) {
  if (t.attribute("training_mode", std::int64_t{0}) != 0) unsupported("training_mode 1");
  if (t.attribute("spatial", std::int64_t{1}) == 0) unsupported("spatial 0");
  const ComputedTensor x = channels_last(t, t.activation(0));
  Weights weights;
  const char* const names[] = {"weight", "bias", "running_mean", "running_var"};
  for (std::size_t i = 0; i < 4; ++i) {
    const Constant& c = t.known(i + 1, "statistics");
    if (c.count() != x.shape.c)
      unsupported("statistics of ", c.count(), " values for ", x.shape.c, " channels");
    weights[names[i]] = {reals(c), true};
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
      scale.push_back(reals(*weight)[static_cast<std::size_t>(i)]);
      shift.push_back(bias ? reals(*bias)[static_cast<std::size_t>(i)] : 0.0f);
    }
    weights["weight"] = {std::move(scale), true};
    weights["bias"] = {std::move(shift), true};
  }
  return t.emit(std::move(layer), {&in}, in.layout, in.shape, std::move(weights));
}

void layer_norm(NodeTranslation& t) {
  const ComputedTensor& x = t.activation(0);
  for (std::size_t i = 1; i < t.node().outputs.size(); ++i)
    if (!t.node().outputs[i].empty()) unsupported("mean and deviation as outputs");
  std::vector<int> axes;
  for (int axis = t.axis(x, t.attribute("axis", std::int64_t{-1})); axis < x.layout.rank(); ++axis)
    axes.push_back(axis);
  t.set(normalised(t, x, axes, axes, t.attribute("epsilon", 1e-5f), &t.known(1, "a scale"),
                   t.has(2) ? &t.known(2, "a shift") : nullptr));
}

void instance_norm(NodeTranslation& t) {
  const ComputedTensor& x = t.activation(0);
  if (!x.batch || x.layout.rank() < 2) unsupported("an input of ", x.rank(), " axes");
  std::vector<int> axes;
  for (int axis = 1; axis < x.layout.rank(); ++axis) axes.push_back(axis);
  t.set(normalised(t, x, axes, {0}, t.attribute("epsilon", 1e-5f), &t.known(1, "a scale"),
                   &t.known(2, "a shift")));
}

void group_norm(NodeTranslation& t) {
  const ComputedTensor& x = t.activation(0);
  const std::int64_t groups = t.attribute("num_groups", std::int64_t{0});
  if (!x.batch || x.layout.rank() < 2 || groups < 1 || x.layout.extent(0) % groups != 0)
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
        each.push_back(reals(*c)[static_cast<std::size_t>(i / (channels / groups))]);
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

extern const OnnxFamily products_family;
const OnnxFamily products_family{
    {{"Gemm", 1, gemm, {"alpha", "beta", "transA", "transB", "broadcast"}},
     {"MatMul", 1, matmul},
     {"BatchNormalization", 1, batch_norm, {"epsilon", "momentum", "training_mode", "spatial"}},
     {"LayerNormalization", 17, layer_norm, {"axis", "epsilon", "stash_type"}},
     {"InstanceNormalization", 1, instance_norm, {"epsilon"}},
     {"GroupNormalization", 18, group_norm, {"epsilon", "num_groups", "stash_type"}},
     {"LRN", 1, lrn, {"size", "alpha", "beta", "bias"}}}};

}  // namespace pellucid
