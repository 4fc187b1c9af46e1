#include "nn/graph/onnx/export.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "nn/graph/onnx/exporter.h"

namespace pellucid {
namespace {

constexpr std::int64_t kExportOpset = 17;

// Names of layers that a network gets when it is imported (network.cpp).
bool is_reserved(const std::string& name) {
  return name == "output_flat" || name == "output_order" || name == "output_sides" ||
         name == "output_places" || name == "input_flat";
}

std::int64_t ir_version_of(std::int64_t opset) { return opset < 19 ? 8 : opset < 21 ? 9 : 10; }

bool is_trivial(const ActivationShape& picture) {
  return picture.c == 1 || std::int64_t{picture.h} * picture.w == 1;
}

}  // namespace

class Exporter {
 public:
  Exporter(const Model& model, const std::map<std::string, std::vector<float>>& weights,
           const ExportOptions& options, std::int64_t version)
      : opset(version), needed(version), model_(model), weights_(weights), options_(options) {}

  // What is refused, a text each.
  std::vector<std::string> run(const std::string& file);
  ExportedNetwork take() {
    ExportedNetwork made{std::move(out_), {}};
    for (int id = 1; id < graph().values(); ++id) {
      const ExportedValue& value = values[static_cast<std::size_t>(id)];
      if (value.form == ExportForm::picture && value.tensor == graph().node_of(id).name())
        made.pictures.push_back(value.tensor);
    }
    return made;
  }

  std::string unique(const std::string& wanted) {
    const std::string base = is_reserved(wanted) ? wanted + "_" : wanted;
    std::string name = base;
    for (int i = 2; !names_.insert(name).second; ++i) name = concat(base, "_", i);
    return name;
  }
  std::string add(OnnxNode node, const std::string& wanted) {
    node.name = unique(wanted);
    node.outputs = {node.name};
    out_.nodes.push_back(std::move(node));
    return out_.nodes.back().name;
  }
  std::string add(OnnxTensor tensor) {
    tensor.name = unique(tensor.name);
    out_.initializers.push_back(std::move(tensor));
    return out_.initializers.back().name;
  }
  const std::vector<float>& weight(const std::string& name) const { return weights_.at(name); }
  const Graph& graph() const { return model_.graph(); }

  const std::int64_t opset;
  std::int64_t needed;
  std::vector<ExportedValue> values;  // of the graph

 private:
  void begin();
  void finish(const std::string& file);

  const Model& model_;
  const std::map<std::string, std::vector<float>>& weights_;
  const ExportOptions& options_;
  std::set<std::string> names_;
  OnnxModel out_;
};

void Exporter::begin() {
  const ActivationShape& in = model_.input();
  out_.ir_version = ir_version_of(opset);
  out_.opsets[""] = opset;
  out_.producer = "pellucid";
  out_.graph_name = model_.name();
  const bool flat = in.h == 1 && in.w == 1;
  OnnxValueInfo input{unique("input"), OnnxType::f32, true, {{-1, "N"}, {in.c, ""}}};
  if (!flat) input.shape.insert(input.shape.end(), {{in.h, ""}, {in.w, ""}});
  values.assign(static_cast<std::size_t>(graph().values()), {});
  values[0] = {input.name, flat ? ExportForm::memory : ExportForm::picture};
  out_.inputs.push_back(std::move(input));
}

void Exporter::finish(const std::string& file) {
  // The outputs are numbered as the model numbers them.
  const Json none = Json::object();
  LayerExport last(*this, graph().output(), JsonView(none, file));
  const ActivationShape& shape = last.out();
  ExportedValue y = values.back();
  if (y.form == ExportForm::files && !is_trivial(graph().value(graph().output()).picture)) {
    const ActivationShape& p = graph().value(graph().output()).picture;
    y.tensor = last.reshaped(last.transposed(last.reshaped(y.tensor, {p.c, p.h, p.w}), {1, 2, 0}),
                             {shape.c});
  }
  if (options_.sigmoid) y.tensor = add({"", "Sigmoid", "", {y.tensor}, {}, {}}, "probabilities");
  Extents extents = options_.output_extents;
  if (extents.empty()) extents = {shape.c};
  if (extents != Extents{shape.c}) y.tensor = last.reshaped(y.tensor, extents);
  const std::string name =
      names_.contains(options_.output_name) ? unique("output") : options_.output_name;
  for (OnnxNode& node : out_.nodes) {
    std::replace(node.outputs.begin(), node.outputs.end(), y.tensor, name);
    std::replace(node.inputs.begin(), node.inputs.end(), y.tensor, name);
  }
  OnnxValueInfo output{name, OnnxType::f32, true, {{-1, "N"}}};
  for (const std::int64_t extent : extents) output.shape.push_back({extent, ""});
  out_.outputs.push_back(std::move(output));
}

std::vector<std::string> Exporter::run(const std::string& file) {
  begin();
  std::vector<std::string> refused;
  const JsonView layers = JsonView(model_.description(), file).at("layers");
  for (int id = 1; id < graph().values(); ++id) {
    const Node& node = graph().node_of(id);
    const std::string_view type = node.operation->type;
    LayerExport layer(*this, id, layers.element(static_cast<std::size_t>(id) - 1));
    void (*write)(LayerExport&) = nullptr;
    for (const OnnxExports* family : all_onnx_exports())
      for (const OnnxExport& each : family->types)
        if (each.type == type) write = each.write;
    try {
      if (!write) unsupported("ONNX has no such operator");
      write(layer);
    } catch (const Unsupported& problem) {
      refused.push_back(concat(node.name(), " (", type, "): ", problem.what));
      // So that what comes behind it is looked at, too.
      layer.set(unique(node.name()), layer.out().flat ? ExportForm::memory : ExportForm::picture);
    }
  }
  if (refused.empty()) finish(file);
  return refused;
}

LayerExport::LayerExport(Exporter& exporter, int value, const JsonView& json)
    : exporter_(exporter), value_(value), node_(exporter.graph().node_of(value)), json_(json) {}

OpDescription LayerExport::description() const {
  OpDescription d{name(), {}, json_};
  for (std::size_t i = 0; i < inputs(); ++i) d.inputs.push_back(op().input(i));
  return d;
}

std::int64_t LayerExport::opset() const { return exporter_.opset; }
void LayerExport::needs_opset(std::int64_t opset) {
  exporter_.needed = std::max(exporter_.needed, opset);
}

const ExportedValue& LayerExport::input(std::size_t i) const {
  return exporter_.values[static_cast<std::size_t>(node_.inputs[i])];
}

std::string LayerExport::picture(std::size_t i) {
  const ExportedValue& x = input(i);
  if (x.form == ExportForm::picture) return x.tensor;
  const ActivationShape& s = in(i);  // the network's input of one pixel
  return reshaped(x.tensor, {s.c, s.h, s.w});
}

std::string LayerExport::files(std::size_t i) {
  const ExportedValue& x = input(i);
  const ActivationShape& p = op().input(i).picture;
  if (x.form == ExportForm::files || is_trivial(p)) return x.tensor;
  const std::string channels_first =
      transposed(reshaped(x.tensor, {p.h, p.w, p.c}), std::vector<int>{2, 0, 1});
  return reshaped(channels_first, {in(i).c});
}

std::string LayerExport::memory(std::size_t i, const Extents& view) {
  const ExportedValue& x = input(i);
  const ActivationShape& p = op().input(i).picture;
  if (x.form == ExportForm::memory) return view.size() == 1 ? x.tensor : reshaped(x.tensor, view);
  if (is_trivial(p))
    return x.form == ExportForm::files && view.size() == 1 ? x.tensor : reshaped(x.tensor, view);
  std::string tensor = x.tensor;
  if (x.form == ExportForm::files) tensor = reshaped(tensor, {p.c, p.h, p.w});
  tensor = transposed(tensor, {1, 2, 0});
  return view == Extents{p.h, p.w, p.c} ? tensor : reshaped(tensor, view);
}

const Parameter* LayerExport::parameter(std::string_view suffix) const {
  for (const Parameter* each : op().parameters())
    if (each->name == concat(name(), ".", suffix)) return each;
  return nullptr;
}

bool LayerExport::has_weight(std::string_view suffix) const { return parameter(suffix) != nullptr; }

const std::vector<float>& LayerExport::values(std::string_view suffix) const {
  return exporter_.weight(concat(name(), ".", suffix));
}

std::string LayerExport::weight(std::string_view suffix) {
  const std::vector<float>& all = values(suffix);
  const Parameter* known = parameter(suffix);
  return constant(
      suffix, known ? known->file_shape.extents() : Extents{static_cast<std::int64_t>(all.size())},
      all);
}

std::string LayerExport::constant(std::string_view suffix, Extents shape,
                                  const std::vector<float>& values) {
  return exporter_.add(OnnxTensor::of(concat(name(), ".", suffix), std::move(shape), values));
}

std::string LayerExport::integers(std::string_view suffix, const Extents& values) {
  return exporter_.add(OnnxTensor::of(concat(name(), ".", suffix),
                                      {static_cast<std::int64_t>(values.size())}, values));
}

std::string LayerExport::node(const char* op, std::vector<std::string> inputs,
                              Attributes attributes) {
  return exporter_.add({"", op, "", std::move(inputs), {}, std::move(attributes)},
                       concat(name(), "/", op));
}

std::string LayerExport::own(const char* op, std::vector<std::string> inputs,
                             Attributes attributes) {
  return exporter_.add({"", op, "", std::move(inputs), {}, std::move(attributes)}, name());
}

std::string LayerExport::reshaped(const std::string& tensor, const Extents& extents) {
  Extents shape{0};
  shape.insert(shape.end(), extents.begin(), extents.end());
  return node("Reshape", {tensor, integers("shape", shape)});
}

std::string LayerExport::transposed(const std::string& tensor, const std::vector<int>& order) {
  if (std::is_sorted(order.begin(), order.end())) return tensor;
  Extents perm{0};
  for (const int axis : order) perm.push_back(axis + 1);
  return node("Transpose", {tensor}, {onnx_integers("perm", perm)});
}

void LayerExport::set(std::string tensor, ExportForm form) {
  exporter_.values[static_cast<std::size_t>(value_)] = {std::move(tensor), form};
}

void LayerExport::set_memory(const std::string& tensor, const Extents& view) {
  const ActivationShape& s = out();
  if (s.flat) return set(view.size() == 1 ? tensor : reshaped(tensor, {s.c}), ExportForm::memory);
  if (s.h == 1 && s.w == 1) return set(reshaped(tensor, {s.c, 1, 1}), ExportForm::picture);
  const std::string picture =
      view == Extents{s.h, s.w, s.c} ? tensor : reshaped(tensor, {s.h, s.w, s.c});
  set(transposed(picture, {2, 0, 1}), ExportForm::picture);
}

ExportedNetwork export_onnx(const Model& model,
                            const std::map<std::string, std::vector<float>>& weights,
                            const ExportOptions& options, const std::string& file) {
  const ActivationShape& in = model.input();
  const auto few = [](int extent) { return extent == 1 || extent == 3 || extent == 4; };
  require(in.h * in.w == 1 || few(in.c) || !few(in.w), file,
          ": an input that would be taken for one with its channels last (found ", in.to_string(),
          "; expected 1, 3 or 4 channels, or another width)");
  for (std::int64_t opset = kExportOpset;;) {
    Exporter exporter(model, weights, options, opset);
    const std::vector<std::string> refused = exporter.run(file);
    std::string text;
    for (const std::string& each : refused) text += (text.empty() ? "" : "; ") + each;
    require(refused.empty(), file, ": ", refused.size(), refused.size() == 1 ? " layer" : " layers",
            " cannot be written as ONNX: ", text);
    if (exporter.needed == opset) return exporter.take();
    opset = exporter.needed;
  }
}

}  // namespace pellucid
