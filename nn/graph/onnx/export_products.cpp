// export_products.cpp: matrix products and normalisation.
#include <algorithm>
#include <numeric>

#include "nn/graph/onnx/exporter.h"

namespace pellucid {
namespace {

void write_linear(LayerExport& l) {
  std::vector<std::string> inputs{l.files(), l.weight("weight")};
  if (l.has_weight("bias")) inputs.push_back(l.weight("bias"));
  l.set(l.own("Gemm", std::move(inputs), {onnx_integer("transB", 1)}), ExportForm::memory);
}

void write_matmul(LayerExport& l) {
  const JsonView views = l.json().at("views");
  const Extents a = extents_of(views.element(0));
  const auto constant = l.json().find("constant");
  const Extents b = extents_of(constant ? *constant : views.element(1));
  const std::string left = l.memory(0, a),
                    right =
                        constant ? l.constant("constant", b, l.values("constant")) : l.memory(1, b);
  l.set_memory(l.own("MatMul", {left, right}), {a[0], a[1], b[2]});
}

// A scale and a shift of each channel of fixed or running statistics.
void write_channelwise(LayerExport& l, const std::vector<std::string>& weights, float epsilon) {
  const bool flat = l.in().flat;
  std::vector<std::string> inputs{flat ? l.memory(0, {l.in().c}) : l.picture()};
  inputs.insert(inputs.end(), weights.begin(), weights.end());
  l.set(l.own("BatchNormalization", std::move(inputs), {onnx_real("epsilon", epsilon)}),
        flat ? ExportForm::memory : ExportForm::picture);
}

float epsilon_of(const LayerExport& l) {
  const auto epsilon = l.json().find("epsilon");
  return epsilon ? static_cast<float>(epsilon->number(0, 1)) : 1e-5f;
}

void write_batch_norm(LayerExport& l) {
  write_channelwise(
      l, {l.weight("weight"), l.weight("bias"), l.weight("running_mean"), l.weight("running_var")},
      epsilon_of(l));
}

// As a batch normalisation that divides by √(0 + 1): the one operator that scales and shifts in one step, as ours does.
void write_affine(LayerExport& l) {
  const auto c = static_cast<std::size_t>(l.in().c);
  const Extents shape{l.in().c};
  const auto numbers = [&](const char* key) {
    const JsonView list = l.json().at(key);
    std::vector<float> all;
    for (std::size_t i = 0; i < c; ++i)
      all.push_back(
          static_cast<float>(list.element(list.array_size() == 1 ? 0 : i).number(-1e6, 1e6)));
    return l.constant(key, shape, all);
  };
  write_channelwise(
      l,
      {numbers("scale"), numbers("shift"), l.constant("mean", shape, std::vector<float>(c, 0.0f)),
       l.constant("variance", shape, std::vector<float>(c, 0.0f))},
      1);
}

void write_lrn(LayerExport& l) {
  const auto number = [&](const char* key, float otherwise) {
    const auto view = l.json().find(key);
    return view ? static_cast<float>(view->number(-1e9, 1e9)) : otherwise;
  };
  const Attributes attributes{onnx_integer("size", l.json().at("size").integer(1, 1 << 20)),
                              onnx_real("alpha", number("alpha", 1e-4f)),
                              onnx_real("beta", number("beta", 0.75f)),
                              onnx_real("bias", number("bias", 1))};
  const Extents channels{l.in().c, 1, 1};
  if (l.in().flat) l.set_memory(l.own("LRN", {l.memory(0, channels)}, attributes), channels);
  else l.set(l.own("LRN", {l.picture()}, attributes), ExportForm::picture);
}

// Scale and shift, ones and zeros where the layer has none.
std::vector<std::string> scale_and_shift(LayerExport& l, const Extents& shape) {
  if (l.has_weight("weight"))
    return {l.constant("weight", shape, l.values("weight")),
            l.constant("bias", shape, l.values("bias"))};
  const auto count = static_cast<std::size_t>(product(shape));
  return {l.constant("weight", shape, std::vector<float>(count, 1.0f)),
          l.constant("bias", shape, std::vector<float>(count, 0.0f))};
}

// A normalisation: the axes that it takes mean and variance over, and the extents of its scale (none: it has none).
struct Norm {
  Extents view, affine;
  std::vector<bool> over;

  // Whether the scale varies along these axes alone.
  bool scales(const std::vector<bool>& axes) const {
    for (std::size_t k = 0; k < affine.size(); ++k)
      if (affine[k] != (axes[k] ? view[k] : 1)) return false;
    return true;
  }
  int kept() const { return static_cast<int>(std::count(over.begin(), over.end(), false)); }
};

void write_layer_norm(LayerExport& l, const Norm& norm) {
  std::vector<std::string> inputs =
      scale_and_shift(l, Extents(norm.view.begin() + norm.kept(), norm.view.end()));
  inputs.insert(inputs.begin(), l.memory(0, norm.view));
  l.set_memory(l.own("LayerNormalization", std::move(inputs),
                     {onnx_integer("axis", norm.kept() + 1), onnx_real("epsilon", epsilon_of(l))}),
               norm.view);
}

// Instance norm, or group norm: `behind` axes from `channel` on are the channels.
void write_channel_norm(LayerExport& l, const Extents& view, int channel, int behind) {
  const auto rank = static_cast<int>(view.size());
  std::vector<int> order, back(view.size());
  for (int axis = channel; axis < channel + behind; ++axis) order.push_back(axis);
  for (int axis = 0; axis < rank; ++axis)
    if (axis < channel || axis >= channel + behind) order.push_back(axis);
  Extents split;
  for (std::size_t k = 0; k < order.size(); ++k) {
    back[static_cast<std::size_t>(order[k])] = static_cast<int>(k);
    split.push_back(view[static_cast<std::size_t>(order[k])]);
  }
  std::string x = l.transposed(l.memory(0, view), order);
  Extents channels = split;
  Attributes attributes{onnx_real("epsilon", epsilon_of(l))};
  const bool group = behind == 2;
  if (group) {
    l.needs_opset(21);
    attributes.push_back(onnx_integer("num_groups", split[0]));
    channels.erase(channels.begin());
    channels[0] *= split[0];
    x = l.reshaped(x, channels);
  }
  std::vector<std::string> inputs = scale_and_shift(l, {channels[0]});
  inputs.insert(inputs.begin(), x);
  std::string y = l.own(group ? "GroupNormalization" : "InstanceNormalization", std::move(inputs),
                        std::move(attributes));
  if (group) y = l.reshaped(y, split);
  l.set_memory(l.transposed(y, back), view);
}

// Layer norm: mean and variance over the last axes. Instance norm: over all but one. Group norm: over all but the groups,
// which are the last axis but one.
void write_normalize(LayerExport& l) {
  Norm norm{view_or(l.json(), memory_extents(l.in())), {}, {}};
  norm.over.resize(norm.view.size());
  for (const std::int64_t axis : extents_of(l.json().at("axes")))
    norm.over[static_cast<std::size_t>(axis)] = true;
  if (const auto affine = l.json().find("affine")) norm.affine = extents_of(*affine);
  if (std::is_sorted(norm.over.begin(), norm.over.end()) && norm.scales(norm.over))
    return write_layer_norm(l, norm);
  // Of everything, with a scale for each channel: a single group.
  if (norm.kept() == 0) {
    for (Extents* each : {&norm.view, &norm.affine}) each->insert(each->end() - 1, 1);
    norm.over.insert(norm.over.end() - 1, false);
  }
  const auto channel =
      static_cast<int>(std::find(norm.over.begin(), norm.over.end(), false) - norm.over.begin());
  std::vector<bool> rest = norm.over;
  rest.flip();
  std::vector<bool> grouped = rest;
  grouped.back() = true;
  const bool one = norm.kept() == 1, instance = one && norm.scales(rest),
             group =
                 one && channel + 2 == static_cast<int>(norm.view.size()) && norm.scales(grouped);
  if (!instance && !group) unsupported("mean and variance over these axes");
  write_channel_norm(l, norm.view, channel, instance ? 1 : 2);
}

}  // namespace

extern const OnnxExports products_exports;
const OnnxExports products_exports{{{"linear", write_linear},
                                    {"matmul", write_matmul},
                                    {"batch_norm", write_batch_norm},
                                    {"affine", write_affine},
                                    {"lrn", write_lrn},
                                    {"normalize", write_normalize}}};

}  // namespace pellucid
