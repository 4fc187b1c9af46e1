// translate_pointwise.cpp: functions of single values, and of several that broadcast.
#include <algorithm>
#include <limits>

#include "nn/graph/onnx/importer.h"

namespace pellucid {
namespace {

// A function of one value: ONNX's name, ours, the attributes that are alpha and beta, and their defaults.
struct Function {
  std::string_view onnx, name;
  std::string_view alpha = "", beta = "";
  float alpha_default = 0, beta_default = 0;
};
constexpr Function kFunctions[] = {
    {"Sigmoid", "sigmoid"},
    {"Tanh", "tanh"},
    {"HardSigmoid", "hard_sigmoid", "alpha", "beta", 0.2f, 0.5f},
    {"HardSwish", "hard_swish"},
    {"Swish", "swish", "alpha", "", 1.0f},
    {"Erf", "erf"},
    {"Softplus", "softplus"},
    {"Mish", "mish"},
    {"Elu", "elu", "alpha", "", 1.0f},
    {"Selu", "selu", "alpha", "gamma", 1.67326319217681884765625f, 1.05070102214813232421875f},
    {"Celu", "celu", "alpha", "", 1.0f},
    {"Softsign", "softsign"},
    {"LeakyRelu", "leaky_relu", "alpha", "", 0.01f},
    {"ThresholdedRelu", "thresholded_relu", "alpha", "", 1.0f},
    {"Abs", "abs"},
    {"Neg", "neg"},
    {"Exp", "exp"},
    {"Log", "log"},
    {"Sqrt", "sqrt"},
    {"Reciprocal", "reciprocal"},
    {"Sign", "sign"},
    {"Floor", "floor"},
    {"Ceil", "ceil"},
    {"Round", "round"},
    {"Sin", "sin"},
    {"Cos", "cos"},
    {"Tan", "tan"},
    {"Asin", "asin"},
    {"Acos", "acos"},
    {"Atan", "atan"},
    {"Sinh", "sinh"},
    {"Cosh", "cosh"},
    {"Asinh", "asinh"},
    {"Acosh", "acosh"},
    {"Atanh", "atanh"},
};

ComputedTensor activated(NodeTranslation& t, const ComputedTensor& x, std::string_view function) {
  return t.emit({{"type", "activation"}, {"function", std::string(function)}}, {&x}, x.layout,
                x.shape);
}

void function(NodeTranslation& t) {
  const auto found = std::find_if(std::begin(kFunctions), std::end(kFunctions),
                                  [&](const Function& f) { return f.onnx == t.node().op; });
  const ComputedTensor x = t.settled(t.activation(0));
  Json layer = {{"type", "activation"}, {"function", std::string(found->name)}};
  if (!found->alpha.empty()) layer["alpha"] = t.attribute(found->alpha, found->alpha_default);
  if (!found->beta.empty()) layer["beta"] = t.attribute(found->beta, found->beta_default);
  t.set(t.emit(std::move(layer), {&x}, x.layout, x.shape));
}

void relu(NodeTranslation& t) {
  const ComputedTensor x = t.settled(t.activation(0));
  t.set(t.emit({{"type", "relu"}}, {&x}, x.layout, x.shape));
}

void gelu(NodeTranslation& t) {
  const std::string approximate = t.attribute("approximate", "none");
  if (approximate != "none" && approximate != "tanh") unsupported("approximate ", approximate);
  t.set(activated(t, t.settled(t.activation(0)), approximate == "none" ? "gelu" : "gelu_tanh"));
}

void clip(NodeTranslation& t) {
  constexpr float kLargest = std::numeric_limits<float>::max();
  const ComputedTensor x = t.settled(t.activation(0));
  t.set(t.emit({{"type", "activation"},
                {"function", "clip"},
                {"alpha", t.real(1, "min", -kLargest)},
                {"beta", t.real(2, "max", kLargest)}},
               {&x}, x.layout, x.shape));
}

// Axes of extent 1 before the first.
ComputedTensor with_rank(const ComputedTensor& x, int rank) {
  ComputedTensor out = x;
  Extents extents = x.layout.extents();
  extents.insert(extents.begin(), static_cast<std::size_t>(std::max(0, rank - x.layout.rank())), 1);
  out.layout = *x.layout.reshaped(extents);
  return out;
}

ComputedTensor of_two(NodeTranslation& t, std::string_view function, const ComputedTensor& a,
                      const ComputedTensor& b) {
  if (a.batch != b.batch || (a.batch && a.layout.rank() != b.layout.rank()))
    unsupported("inputs of ", a.rank(), " and ", b.rank(), " axes");
  const int rank = std::max(a.layout.rank(), b.layout.rank());
  ComputedTensor x = with_rank(a, rank), y = with_rank(b, rank);
  // The larger one stays as it is.
  const bool first = x.layout.count() >= y.layout.count();
  ComputedTensor &large = first ? x : y, &small = first ? y : x;
  large = t.with_order(large);
  const std::vector<int> order = *large.layout.order();
  if (!small.layout.is_in(order))
    small = t.ordered(small, order, shape_for(small.layout.extents(), order));
  const Extents extents = broadcast(x.layout.extents(), y.layout.extents());
  const bool equal = x.layout.extents() == y.layout.extents();
  const ActivationShape out =
      product(extents) == large.layout.count() ? large.shape : shape_for(extents, order);
  if (equal) {
    small = t.reshaped(small, large.shape);
    if (function == "add") return t.emit({{"type", "add"}}, {&x, &y}, large.layout, out);
  }
  Json layer = {{"type", "arithmetic"}, {"function", std::string(function)}};
  if (!equal) {
    layer["views"] =
        Json::array({view_json(x.layout.extents(), order), view_json(y.layout.extents(), order)});
    layer["output"] = shape_json(out);
  }
  return t.emit(std::move(layer), {&x, &y}, Layout(extents, order), out);
}

// A constant of `extents` (as many as `order`) in the order of memory.
std::vector<float> in_memory(const Constant& c, const Extents& extents,
                             const std::vector<int>& order) {
  std::vector<float> values;
  for (const std::int64_t i : Layout(extents, order).reshaped({product(extents)})->positions())
    values.push_back(static_cast<float>(c.at(i)));
  return values;
}

// A convolution without a bias, of which the constant can be the bias.
bool becomes_bias(ImportedLayer* layer, const ComputedTensor& x, const Extents& extents,
                  const std::vector<int>& order, const std::vector<float>& values) {
  if (!layer || !layer->json.contains("bias") ||
      values.size() != static_cast<std::size_t>(x.shape.c))
    return false;
  const std::string type = layer->json["type"];
  const bool has_bias = type == "conv2d" || type == "linear" || type == "conv_transpose2d";
  const int innermost = order.empty() ? -1 : order.back();
  if (!has_bias || innermost < 0 || extents[static_cast<std::size_t>(innermost)] != x.shape.c ||
      x.layout.extent(innermost) != x.shape.c)
    return false;
  layer->json.erase("bias");
  layer->weights["bias"] = {values, true};
  return true;
}

// x and a constant; `place`: of x among the inputs.
ComputedTensor with_constant(NodeTranslation& t, std::string_view function, const ComputedTensor& a,
                             const Constant& c, bool constant_first, ImportedLayer* source) {
  Extents extents = c.shape;
  if (a.batch && static_cast<int>(extents.size()) == a.rank()) {
    if (extents.front() != 1) unsupported("a constant for each picture of a batch");
    extents.erase(extents.begin());
  }
  if (a.batch && static_cast<int>(extents.size()) > a.layout.rank())
    unsupported("a constant of ", to_string(c.shape));
  const int rank = std::max(a.layout.rank(), static_cast<int>(extents.size()));
  extents.insert(extents.begin(), static_cast<std::size_t>(rank) - extents.size(), 1);
  ComputedTensor x = t.with_order(with_rank(a, rank));
  const std::vector<int> order = *x.layout.order();
  const Extents made = broadcast(x.layout.extents(), extents);
  std::vector<float> values = in_memory(c, extents, order);
  if (function == "add" && becomes_bias(source, x, extents, order, values)) return x;
  const ActivationShape out = made == x.layout.extents() ? x.shape : shape_for(made, order);
  Json layer = {{"type", "arithmetic"},
                {"function", std::string(function)},
                {"views", Json::array({view_json(x.layout.extents(), order)})},
                {"constant", view_json(extents, order)},
                {"output", shape_json(out)}};
  if (constant_first) layer["constant_first"] = true;
  Weights weights;
  weights[function == "prelu" ? "weight" : "constant"] = {std::move(values), true};
  return t.emit(std::move(layer), {&x}, Layout(made, order), out, std::move(weights));
}

// y of x·y where y = f(x) of `name` and nothing else: x's place among the inputs, else −1.
int gate_of(NodeTranslation& t, const char* name, const Json& settings) {
  for (int i = 0; i < 2; ++i) {
    const auto gate = static_cast<std::size_t>(1 - i), value = static_cast<std::size_t>(i);
    if (t.constant(gate) || t.constant(value)) return -1;
    const ImportedLayer* layer = t.source(gate);
    if (!layer || layer->json["type"] != "activation" || layer->json["function"] != name) continue;
    bool same = layer->json["inputs"][0] == t.name_of(t.activation(value)) &&
                t.activation(gate).layout.extents() == t.activation(value).layout.extents();
    for (const auto& [key, wanted] : settings.items())
      same = same && std::abs(layer->json[key].get<float>() - wanted.get<float>()) < 1e-6f;
    if (same) return i;
  }
  return -1;
}

void pair(NodeTranslation& t, std::string_view name) {
  if (integer_attribute(t.node(), "broadcast", 0) != 0) unsupported("attribute broadcast");
  if (name == "mul") {
    if (const int i = gate_of(t, "sigmoid", Json::object()); i >= 0)
      return t.set(activated(t, t.activation(static_cast<std::size_t>(i)), "swish"));
    if (const int i = gate_of(t, "hard_sigmoid", {{"alpha", 1.0f / 6}, {"beta", 0.5f}}); i >= 0)
      return t.set(activated(t, t.activation(static_cast<std::size_t>(i)), "hard_swish"));
  }
  const Constant *a = t.constant(0), *b = t.constant(1);
  if (b) return t.set(with_constant(t, name, t.activation(0), *b, false, t.only_source(0)));
  if (a)
    return t.set(with_constant(t, name, t.activation(1), *a, name != "prelu", t.only_source(1)));
  t.set(of_two(t, name, t.activation(0), t.activation(1)));
}

void prelu(NodeTranslation& t) {
  const Constant& slope = t.known(1, "slopes");
  t.set(with_constant(t, "prelu", t.activation(0), slope, false, nullptr));
}

// Of any number of inputs.
void several(NodeTranslation& t, std::string_view name) {
  const bool mean = name == "mean";
  const std::string_view each = mean ? "add" : name;
  std::optional<ComputedTensor> sum;
  std::vector<const Constant*> constants;
  for (std::size_t i = 0; i < t.inputs(); ++i)
    if (const Constant* c = t.constant(i)) constants.push_back(c);
    else sum = sum ? of_two(t, each, *sum, t.activation(i)) : t.activation(i);
  if (!sum) unsupported("constants only");
  for (const Constant* c : constants) sum = with_constant(t, each, *sum, *c, false, nullptr);
  if (mean && t.inputs() > 1)
    sum = with_constant(t, "div", *sum,
                        Constant::of({}, std::vector<float>{static_cast<float>(t.inputs())}), false,
                        nullptr);
  t.set(*sum);
}

std::vector<OnnxOperator> rows() {
  std::vector<OnnxOperator> out = {
      {"Relu", 1, relu},
      {"Gelu", 20, gelu, {"approximate"}},
      {"Clip", 1, clip, {"min", "max"}},
      {"PRelu", 1, prelu},
      {"Add", 1, [](NodeTranslation& t) { pair(t, "add"); }, {"axis", "broadcast"}},
      {"Sub", 1, [](NodeTranslation& t) { pair(t, "sub"); }, {"axis", "broadcast"}},
      {"Mul", 1, [](NodeTranslation& t) { pair(t, "mul"); }, {"axis", "broadcast"}},
      {"Div", 1, [](NodeTranslation& t) { pair(t, "div"); }, {"axis", "broadcast"}},
      {"Pow", 1, [](NodeTranslation& t) { pair(t, "pow"); }, {"axis", "broadcast"}},
      {"Sum", 1, [](NodeTranslation& t) { several(t, "add"); }},
      {"Mean", 1, [](NodeTranslation& t) { several(t, "mean"); }},
      {"Max", 1, [](NodeTranslation& t) { several(t, "max"); }},
      {"Min", 1, [](NodeTranslation& t) { several(t, "min"); }}};
  for (const Function& f : kFunctions) {
    OnnxOperator row{f.onnx, 1, function};
    if (!f.alpha.empty()) row.attributes.push_back(f.alpha);
    if (!f.beta.empty()) row.attributes.push_back(f.beta);
    out.push_back(std::move(row));
  }
  return out;
}

}  // namespace

ComputedTensor arithmetic_of(NodeTranslation& t, std::string_view function, const ComputedTensor& a,
                             const ComputedTensor& b) {
  return of_two(t, function, a, b);
}

ComputedTensor arithmetic_of(NodeTranslation& t, std::string_view function, const ComputedTensor& a,
                             const Constant& b) {
  return with_constant(t, function, a, b, false, nullptr);
}

extern const OnnxFamily pointwise_family;
const OnnxFamily pointwise_family{rows()};

}  // namespace pellucid
