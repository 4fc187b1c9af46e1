#include <algorithm>
#include <limits>

#include "nn/graph/onnx/importing.h"

namespace pellucid {

std::int64_t NodeTranslation::opset() const { return importer_.opset(); }

const Constant* NodeTranslation::constant(std::size_t i) const {
  if (!has(i)) return nullptr;
  const Known* known = importer_.find(node_.inputs[i]);
  return known ? std::get_if<Constant>(known) : nullptr;
}

const Constant& NodeTranslation::known(std::size_t i, std::string_view what) const {
  const Constant* value = constant(i);
  if (!value) unsupported(what, " that the network computes, not constants");
  return *value;
}

Extents NodeTranslation::integers(std::size_t i, std::string_view attribute,
                                  const Extents& otherwise) const {
  if (!has(i)) return integers_attribute(node_, attribute, otherwise);
  const Constant& value = known(i, attribute);
  if (!value.whole) unsupported(attribute, " that are no integers");
  return value.integers;
}

float NodeTranslation::real(std::size_t i, std::string_view attribute, float otherwise) const {
  if (!has(i)) return real_attribute(node_, attribute, otherwise);
  const Constant& value = known(i, attribute);
  if (value.count() != 1) unsupported(attribute, " of several values");
  return static_cast<float>(value.at(0));
}

const ComputedTensor& NodeTranslation::activation(std::size_t i) const {
  if (!has(i)) unsupported("an input that is missing");
  const Known* value = importer_.find(node_.inputs[i]);
  const auto* x = value ? std::get_if<ComputedTensor>(value) : nullptr;
  if (!x) unsupported("a constant as input ", i);
  return *x;
}

int NodeTranslation::axis(const ComputedTensor& x, std::int64_t onnx_axis) const {
  const int axis = axis_of(onnx_axis, x.rank()) - (x.batch ? 1 : 0);
  if (axis < 0) unsupported("an operation along the batch");
  return axis;
}

ComputedTensor NodeTranslation::emit(Json layer, const std::vector<const ComputedTensor*>& inputs,
                                     Layout layout, const ActivationShape& shape, Weights weights) {
  std::vector<ImportedLayer>& layers = importer_.layers();
  const std::string& own =
      node_.name.empty() && !node_.outputs.empty() ? node_.outputs[0] : node_.name;
  layer["name"] = importer_.unique_name(own);
  Json names = Json::array();
  bool batch = false;
  for (const ComputedTensor* input : inputs) {
    names.push_back(name_of(*input));
    batch = batch || input->batch;
  }
  layer["inputs"] = std::move(names);
  layers.push_back({std::move(layer), std::move(weights), {own}});
  return {static_cast<int>(layers.size()) - 1, std::move(layout), batch, shape};
}

ComputedTensor NodeTranslation::reshaped(const ComputedTensor& x, const ActivationShape& shape) {
  if (x.shape == shape) return x;
  return emit({{"type", "reshape"}, {"output", shape_json(shape)}}, {&x}, x.layout, shape);
}

ComputedTensor NodeTranslation::with_extents(const ComputedTensor& x, const Extents& extents) {
  ComputedTensor out = x;
  std::optional<Layout> layout = x.layout.reshaped(extents);
  if (!layout) {
    out = row_major(x);
    layout = Layout(extents);
  }
  out.layout = *layout;
  return out;
}

ComputedTensor NodeTranslation::ordered(const ComputedTensor& x, const std::vector<int>& order,
                                        const ActivationShape& shape) {
  if (x.layout.is_in(order)) return reshaped(x, shape);
  const Layout::Copy copy = x.layout.copy_to(order);
  Json layer = {{"type", "rearrange"},
                {"view", copy.view},
                {"order", copy.order},
                {"output", shape_json(shape)}};
  return emit(std::move(layer), {&x}, Layout(x.layout.extents(), order), shape);
}

ComputedTensor NodeTranslation::of_image(const ComputedTensor& x) {
  const Extents& extents = x.layout.extents();
  if (x.batch) return x;
  if (extents.empty() || extents[0] != 1)
    unsupported("several pictures without a batch (", to_string(extents), ")");
  ComputedTensor inner = x;
  inner.layout = *x.layout.reshaped(Extents(extents.begin() + 1, extents.end()));
  left_out_ = true;
  return inner;
}

ComputedTensor NodeTranslation::picture(const ComputedTensor& input, std::string_view what) {
  const ComputedTensor x = of_image(input);
  const Extents& extents = x.layout.extents();
  if (extents.size() != 3)
    unsupported(what, " of a tensor of ", input.rank(), " axes (expected pictures: N, C, H, W)");
  const std::vector<int> order{1, 2, 0};
  return ordered(
      x, order,
      {static_cast<int>(extents[1]), static_cast<int>(extents[2]), static_cast<int>(extents[0])});
}

ComputedTensor NodeTranslation::row_major(const ComputedTensor& x) {
  return ordered(x, axes_in_order(x.layout.rank()), {1, 1, extent_of(x.layout.count()), true});
}

ComputedTensor NodeTranslation::settled(const ComputedTensor& x) {
  const std::vector<int> picture{1, 2, 0};
  if (!x.batch || x.layout.rank() != 3 || !x.layout.is_in(picture)) return x;
  return reshaped(x, shape_for(x.layout.extents(), picture));
}

ComputedTensor NodeTranslation::with_order(const ComputedTensor& x) {
  if (x.layout.order()) return settled(x);
  const Extents& extents = x.layout.extents();
  const std::vector<int> order =
      extents.size() == 3 ? std::vector<int>{1, 2, 0} : axes_in_order(x.layout.rank());
  return ordered(x, order, shape_for(extents, order));
}

void NodeTranslation::set(ComputedTensor output, std::size_t i) {
  if (left_out_) {
    Extents extents = output.layout.extents();
    extents.insert(extents.begin(), 1);
    output.layout = *output.layout.reshaped(extents);
  }
  if (i < node_.outputs.size() && !node_.outputs[i].empty())
    importer_.set(node_.outputs[i], std::move(output));
}

void NodeTranslation::set(Constant output, std::size_t i) {
  if (i < node_.outputs.size() && !node_.outputs[i].empty())
    importer_.set(node_.outputs[i], std::move(output));
}

ImportedLayer* NodeTranslation::only_source(std::size_t i) const {
  const ComputedTensor& x = activation(i);
  if (x.layer < 0 || importer_.readers(node_.inputs[i]) != 1) return nullptr;
  return &importer_.layers()[static_cast<std::size_t>(x.layer)];
}

const ImportedLayer* NodeTranslation::source(std::size_t i) const {
  const ComputedTensor& x = activation(i);
  return x.layer < 0 ? nullptr : &importer_.layers()[static_cast<std::size_t>(x.layer)];
}

std::string NodeTranslation::name_of(const ComputedTensor& x) const {
  if (x.layer < 0) return "input";
  return importer_.layers()[static_cast<std::size_t>(x.layer)].json["name"];
}

bool NodeTranslation::is_output(std::size_t i) const {
  if (i >= node_.outputs.size()) return false;
  const std::vector<OnnxValueInfo>& outputs = importer_.model().outputs;
  return importer_.readers(node_.outputs[i]) == 1 &&
         std::any_of(outputs.begin(), outputs.end(),
                     [&](const OnnxValueInfo& each) { return each.name == node_.outputs[i]; });
}

void NodeTranslation::note(std::string text) { importer_.note(std::move(text)); }

int extent_of(std::int64_t value) {
  if (value > std::numeric_limits<int>::max()) unsupported("a tensor of ", value, " values");
  return static_cast<int>(value);
}

const std::vector<float>& reals_of(const Constant& c) {
  if (c.whole) unsupported("weights of integers");
  return c.floats();
}

ActivationShape shape_for(const Extents& extents, const std::vector<int>& order) {
  if (extents.size() == 3 && Layout(extents, order).is_in({1, 2, 0}))
    return {static_cast<int>(extents[1]), static_cast<int>(extents[2]),
            static_cast<int>(extents[0])};
  return {1, 1, extent_of(product(extents)), true};
}

Json view_json(const Extents& extents, const std::vector<int>& order) {
  Json view = Json::array();
  for (const int axis : order) view.push_back(extents[static_cast<std::size_t>(axis)]);
  if (view.empty()) view.push_back(1);
  return view;
}

Json shape_json(const ActivationShape& shape) {
  if (shape.flat) return Json::array({shape.c});
  return Json::array({shape.h, shape.w, shape.c});
}

}  // namespace pellucid
