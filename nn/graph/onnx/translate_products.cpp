// translate_products.cpp: matrix products.
#include <algorithm>
#include <memory>
#include <utility>

#include "nn/graph/onnx/importer.h"

namespace pellucid {
namespace {

// The value as flat features, in whatever order memory has them.
ComputedTensor flat(NodeTranslation& t, const ComputedTensor& x) {
  return t.reshaped(x, {1, 1, extent_of(x.layout.count()), true});
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

// The features of each picture by weights: the layer that networks end in.
void gemm_of_features(NodeTranslation& t, const ComputedTensor& a, const Constant& b) {
  const float alpha = t.attribute("alpha", 1.0f), beta = t.attribute("beta", 1.0f);
  const bool by_rows = t.attribute("transB", std::int64_t{0}) != 0;
  if (b.shape.size() != 2) unsupported("weights of ", to_string(b.shape));
  const std::int64_t outputs = b.shape[by_rows ? 0 : 1], inputs = b.shape[by_rows ? 1 : 0];
  if (inputs != a.layout.count())
    unsupported("weights of ", to_string(b.shape), " for ", a.layout.count(), " features");
  const std::vector<float>& w = reals_of(b);
  std::vector<float> bias;
  if (t.has(2)) {
    const Constant& c = t.known(2, "a bias");
    if (c.count() != 1 && c.count() != outputs) unsupported("a bias of ", to_string(c.shape));
    for (std::int64_t o = 0; o < outputs; ++o)
      bias.push_back(beta * reals_of(c)[c.count() == 1 ? 0 : static_cast<std::size_t>(o)]);
  }
  t.set(linear(
      t, a, outputs,
      [&](std::int64_t o, std::int64_t i) {
        return alpha * w[static_cast<std::size_t>(by_rows ? o * inputs + i : i * outputs + o)];
      },
      bias.empty() ? nullptr : bias.data()));
}

// x·W along the last axis for W (k, n).
ComputedTensor by_matrix(NodeTranslation& t, const ComputedTensor& x, const Constant& w) {
  const std::int64_t k = w.shape[0], n = w.shape[1];
  const int last = x.layout.rank() - 1;
  if (last < 0 || x.layout.extent(last) != k)
    unsupported("a product of ", to_string(x.layout.extents()), " and ", to_string(w.shape));
  const std::vector<float>& from = reals_of(w);
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
  return t.emit({{"type", "conv2d"}, {"filters", n}, {"kernel", 1}, {"bias", false}}, {&in},
                Layout(extents, order), {in.shape.h, in.shape.w, extent_of(n)}, std::move(weights));
}

// A factor of a product: computed, or a constant.
struct Factor {
  const Constant* constant = nullptr;
  std::shared_ptr<const Constant> made;  // where `constant` is no input as it is
  ComputedTensor x = {};

  Extents extents() const { return constant ? constant->shape : x.layout.extents(); }
};

Factor factor_of(NodeTranslation& t, std::size_t i) {
  Factor out;
  out.constant = t.constant(i);
  if (!out.constant) out.x = t.activation(i);
  return out;
}

// Its last two axes change places.
void transpose(Factor& f) {
  const Extents extents = f.extents();
  if (extents.size() < 2) unsupported("a factor of ", to_string(extents));
  std::vector<int> order = axes_in_order(static_cast<int>(extents.size()));
  std::swap(order[order.size() - 2], order[order.size() - 1]);
  if (!f.constant) {
    f.x.layout = f.x.layout.transposed(order);
    return;
  }
  Extents swapped = extents;
  std::swap(swapped[swapped.size() - 2], swapped[swapped.size() - 1]);
  const std::vector<float>& from = reals_of(*f.constant);
  std::vector<float> values;
  for (const std::int64_t i : Layout(extents, order).reshaped({product(extents)})->positions())
    values.push_back(from[static_cast<std::size_t>(i)]);
  f.made = std::make_shared<const Constant>(Constant::of(std::move(swapped), std::move(values)));
  f.constant = f.made.get();
}

// The same values as extents that differ in axes of extent 1 only.
void call(Factor& f, const Extents& extents) {
  if (!f.constant) {
    f.x.layout = *f.x.layout.reshaped(extents);
    return;
  }
  Constant renamed = *f.constant;
  renamed.shape = extents;
  f.made = std::make_shared<const Constant>(std::move(renamed));
  f.constant = f.made.get();
}

// (…, m, k) · (…, k, n), `a` computed, `b` computed or of other than two axes.
ComputedTensor batched(NodeTranslation& t, const ComputedTensor& a, const Factor& b) {
  if (!b.constant && b.x.batch != a.batch) unsupported("a product across the batch");
  const Extents as = a.layout.extents(), bs = b.extents();
  const Extents a_lead(as.begin(), as.end() - 2), b_lead(bs.begin(), bs.end() - 2);
  const std::int64_t m = as[as.size() - 2], k = as.back(), n = bs.back();
  if (bs[bs.size() - 2] != k || (a.batch && bs.size() > as.size()) ||
      (a.batch && !b.constant && bs.size() != as.size()))
    unsupported("a product of ", to_string(as), " and ", to_string(bs));
  const Extents lead = broadcast(a_lead, b_lead);
  const auto whole = [&](const ComputedTensor& x, Extents extents) {  // with all of `lead`
    ComputedTensor out = x;
    extents.insert(extents.begin(), lead.size() + 2 - extents.size(), 1);
    out.layout = *x.layout.reshaped(extents);
    std::copy(lead.begin(), lead.end(), extents.begin());
    return t.row_major(expanded(t, out, extents));
  };
  const ComputedTensor x = whole(a, as);
  std::vector<ComputedTensor> inputs{x};
  const bool one = product(b_lead) == 1;
  if (b.constant && !one && product(b_lead) != product(lead))
    unsupported("a product of ", to_string(as), " and ", to_string(bs));
  if (!b.constant) inputs.push_back(one ? t.row_major(b.x) : whole(b.x, bs));
  Extents extents = lead;
  extents.insert(extents.end(), {m, n});
  const ActivationShape out{1, 1, extent_of(product(extents)), true};
  Json layer = {{"type", "matmul"}, {"output", shape_json(out)}};
  layer["views"] = Json::array({Json::array({product(lead), m, k})});
  const Json second = Json::array({one ? std::int64_t{1} : product(lead), k, n});
  Weights weights;
  std::vector<const ComputedTensor*> from;
  for (const ComputedTensor& each : inputs) from.push_back(&each);
  if (b.constant) {
    layer["constant"] = second;
    weights["constant"] = {reals_of(*b.constant), true};
  } else {
    layer["views"].push_back(second);
  }
  return t.emit(std::move(layer), from, Layout(extents), out, std::move(weights));
}

ComputedTensor multiplied(NodeTranslation& t, Factor a, Factor b) {
  if (a.constant && b.constant) unsupported("a product of constants");
  const Extents as = a.extents(), bs = b.extents();
  const bool row = as.size() == 1 && (a.constant || !a.x.batch);
  const bool column = bs.size() == 1 && (b.constant || !b.x.batch);
  if (column) call(b, {bs[0], 1});
  if (!a.constant && a.x.batch && as.size() == 1 && b.constant && b.constant->shape.size() == 2) {
    const std::vector<float>& w = reals_of(*b.constant);
    const std::int64_t k = b.constant->shape[0], n = b.constant->shape[1];
    if (k != as[0]) unsupported("a product of ", to_string(as), " and ", to_string(bs));
    ComputedTensor y = linear(
        t, a.x, n,
        [&](std::int64_t o, std::int64_t i) { return w[static_cast<std::size_t>(i * n + o)]; },
        nullptr);
    if (column) y.layout = *y.layout.reshaped({});
    return y;
  }
  if (row) call(a, {1, as[0]});
  if (a.extents().size() < 2 || b.extents().size() < 2)
    unsupported("a product of ", to_string(as), " and ", to_string(bs));
  ComputedTensor y;
  if (a.constant) {  // A·X = (Xᵀ·Aᵀ)ᵀ
    transpose(a);
    transpose(b);
    Factor swapped;
    swapped.x = a.constant->shape.size() == 2 ? by_matrix(t, b.x, *a.constant) : batched(t, b.x, a);
    transpose(swapped);
    y = swapped.x;
  } else {
    y = b.constant && b.constant->shape.size() == 2 ? by_matrix(t, a.x, *b.constant)
                                                    : batched(t, a.x, b);
  }
  if (!row && !column) return y;
  Extents extents = y.layout.extents();
  if (column) extents.pop_back();
  if (row) extents.erase(extents.end() - (column ? 1 : 2));
  y.layout = *y.layout.reshaped(extents);
  return y;
}

void matmul(NodeTranslation& t) { t.set(multiplied(t, factor_of(t, 0), factor_of(t, 1))); }

void gemm(NodeTranslation& t) {
  Factor a = factor_of(t, 0), b = factor_of(t, 1);
  const bool a_by_columns = t.attribute("transA", std::int64_t{0}) != 0;
  if (!a.constant && a.x.batch && a.x.layout.rank() == 1 && b.constant && !a_by_columns)
    return gemm_of_features(t, a.x, *b.constant);
  if (a_by_columns) transpose(a);
  if (t.attribute("transB", std::int64_t{0}) != 0) transpose(b);
  if (a.extents().size() != 2 || b.extents().size() != 2)
    unsupported("a product of ", to_string(a.extents()), " and ", to_string(b.extents()));
  ComputedTensor y = multiplied(t, std::move(a), std::move(b));
  const auto scaled = [&](const ComputedTensor& x, float by) {
    return by == 1 ? x : arithmetic_of(t, "mul", x, Constant::of({}, std::vector<float>{by}));
  };
  y = scaled(y, t.attribute("alpha", 1.0f));
  const float beta = t.attribute("beta", 1.0f);
  if (const Constant* c = t.constant(2)) {
    std::vector<float> values = reals_of(*c);
    for (float& value : values) value *= beta;
    y = arithmetic_of(t, "add", y, Constant::of(c->shape, std::move(values)));
  } else if (t.has(2)) {
    y = arithmetic_of(t, "add", y, scaled(t.activation(2), beta));
  }
  t.set(y);
}

}  // namespace

extern const OnnxFamily products_family;
const OnnxFamily products_family{
    {{"Gemm", 1, gemm, {"alpha", "beta", "transA", "transB", "broadcast"}}, {"MatMul", 1, matmul}}};

}  // namespace pellucid
