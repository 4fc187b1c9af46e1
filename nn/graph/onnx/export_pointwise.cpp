// export_pointwise.cpp: functions of single values, and of several that broadcast.
#include <algorithm>

#include "kernels/activation/activation.h"
#include "nn/graph/onnx/exporter.h"

namespace pellucid {
namespace {

// A function of one value: our name, ONNX's, its attributes that are alpha and beta, the opset that has it first.
struct ExportedFunction {
  std::string_view name;
  const char* onnx;
  const char *alpha = "", *beta = "";
  std::int64_t opset = 0;
};
constexpr ExportedFunction kExportedFunctions[] = {
    {"sigmoid", "Sigmoid"},
    {"tanh", "Tanh"},
    {"hard_sigmoid", "HardSigmoid", "alpha", "beta"},
    {"hard_swish", "HardSwish"},
    {"gelu", "Gelu", "", "", 20},
    {"gelu_tanh", "Gelu", "", "", 20},
    {"erf", "Erf"},
    {"softplus", "Softplus"},
    {"mish", "Mish", "", "", 18},
    {"elu", "Elu", "alpha"},
    {"selu", "Selu", "alpha", "gamma"},
    {"celu", "Celu", "alpha"},
    {"softsign", "Softsign"},
    {"leaky_relu", "LeakyRelu", "alpha"},
    {"thresholded_relu", "ThresholdedRelu", "alpha"},
    {"abs", "Abs"},
    {"neg", "Neg"},
    {"exp", "Exp"},
    {"log", "Log"},
    {"sqrt", "Sqrt"},
    {"reciprocal", "Reciprocal"},
    {"sign", "Sign"},
    {"floor", "Floor"},
    {"ceil", "Ceil"},
    {"round", "Round"},
    {"sin", "Sin"},
    {"cos", "Cos"},
    {"tan", "Tan"},
    {"asin", "Asin"},
    {"acos", "Acos"},
    {"atan", "Atan"},
    {"sinh", "Sinh"},
    {"cosh", "Cosh"},
    {"asinh", "Asinh"},
    {"acosh", "Acosh"},
    {"atanh", "Atanh"},
};

// A node of one input, whatever the order of its elements.
void write_in_place(LayerExport& l, const char* op, Attributes attributes = {}) {
  const ExportedValue x = l.input();
  l.set(l.own(op, {x.tensor}, std::move(attributes)), x.form);
}

float setting(const LayerExport& l, const char* key, const std::optional<float>& otherwise) {
  const auto view = l.json().find(key);
  return view ? static_cast<float>(view->number(-3.5e38, 3.5e38)) : otherwise.value_or(0);
}

// x·sigmoid(α·x), for which ONNX has one operator from 24 on only.
void write_swish(LayerExport& l, float alpha) {
  const ExportedValue x = l.input();
  std::string gate = x.tensor;
  if (alpha != 1) gate = l.node("Mul", {gate, l.constant("alpha", {}, {alpha})});
  gate = l.node("Sigmoid", {gate});
  l.set(l.own("Mul", {x.tensor, gate}), x.form);
}

void write_activation(LayerExport& l) {
  const std::string name = l.json().at("function").text();
  const auto known = all_activations();
  const auto info = std::find_if(known.begin(), known.end(),
                                 [&](const ActivationInfo& each) { return each.name == name; });
  const float alpha = setting(l, "alpha", info->alpha), beta = setting(l, "beta", info->beta);
  if (name == "swish") return write_swish(l, alpha);
  if (name == "clip") {
    const ExportedValue x = l.input();
    return l.set(
        l.own("Clip", {x.tensor, l.constant("least", {}, {alpha}), l.constant("most", {}, {beta})}),
        x.form);
  }
  const auto* const f =
      std::find_if(std::begin(kExportedFunctions), std::end(kExportedFunctions),
                   [&](const ExportedFunction& each) { return each.name == name; });
  if (f == std::end(kExportedFunctions)) unsupported("function ", name);
  l.needs_opset(f->opset);
  Attributes attributes;
  if (*f->alpha) attributes.push_back(onnx_real(f->alpha, alpha));
  if (*f->beta) attributes.push_back(onnx_real(f->beta, beta));
  if (name == "gelu_tanh") attributes.push_back(onnx_text("approximate", "tanh"));
  write_in_place(l, f->onnx, std::move(attributes));
}

void write_relu(LayerExport& l) { write_in_place(l, "Relu"); }

void write_leaky_relu(LayerExport& l) {
  write_in_place(l, "LeakyRelu", {onnx_real("alpha", setting(l, "slope", 0.01f))});
}

void write_dropout(LayerExport& l) { l.set(l.input().tensor, l.input().form); }

void write_softmax(LayerExport& l) {
  const auto axis = l.json().find("axis"), log = l.json().find("log");
  if (!axis && !log && !l.json().find("view"))
    return write_in_place(l, "Softmax", {onnx_integer("axis", 1)});
  const Extents view = view_or(l.json(), memory_extents(l.in()));
  const auto last = static_cast<std::int64_t>(view.size());
  l.set_memory(l.own(log && log->boolean() ? "LogSoftmax" : "Softmax", {l.memory(0, view)},
                     {onnx_integer("axis", axis ? axis->integer(0, last - 1) + 1 : last)}),
               view);
}

// All operands, joined from the first on; the last node is the layer's.
std::string joined_by(LayerExport& l, const char* op, const std::vector<std::string>& operands,
                      bool last_is_own) {
  std::string y = operands[0];
  for (std::size_t i = 1; i < operands.size(); ++i)
    y = last_is_own && i + 1 == operands.size() ? l.own(op, {y, operands[i]})
                                                : l.node(op, {y, operands[i]});
  return y;
}

void write_add(LayerExport& l) {
  std::vector<std::string> operands;
  bool same = true;
  for (std::size_t i = 0; i < l.inputs(); ++i) same = same && l.input(i).form == l.input().form;
  const ExportForm form = same ? l.input().form : ExportForm::memory;
  for (std::size_t i = 0; i < l.inputs(); ++i)
    operands.push_back(same ? l.input(i).tensor : l.memory(i, memory_extents(l.in())));
  const std::string y = joined_by(l, "Add", operands, true);
  if (same) l.set(y, form);
  else l.set_memory(y, memory_extents(l.in()));
}

// The operands of arithmetic, and how its result lies.
struct Operands {
  std::vector<std::string> tensors;
  Extents joined;              // of memory
  bool channels_first = true;  // (N, c, h, w) of it
};

std::string constant_operand(LayerExport& l, const Extents& view, bool channels_first) {
  const char* const suffix = l.has_weight("weight") ? "weight" : "constant";
  const std::vector<float>& values = l.values(suffix);
  if (!channels_first) return l.constant(suffix, view, values);
  std::vector<float> moved;
  const auto places = static_cast<std::size_t>(view[0] * view[1]),
             c = static_cast<std::size_t>(view[2]);
  for (std::size_t k = 0; k < c; ++k)
    for (std::size_t p = 0; p < places; ++p) moved.push_back(values[p * c + k]);
  return l.constant(suffix, {view[2], view[0], view[1]}, moved);
}

Operands operands_of(LayerExport& l) {
  std::vector<Extents> views;
  const auto given = l.json().find("views"), constant = l.json().find("constant");
  Operands out;
  for (std::size_t i = 0; i < l.inputs(); ++i) {
    const ActivationShape& s = l.in(i);
    const Extents own{s.h, s.w, s.c};
    views.push_back(given ? extents_of(given->element(i)) : own);
    out.channels_first = out.channels_first && views[i] == own;
  }
  if (constant) views.push_back(extents_of(*constant));
  for (const Extents& view : views) {
    if (out.joined.empty()) out.joined = view;
    for (std::size_t k = 0; k < view.size(); ++k) out.joined[k] = std::max(out.joined[k], view[k]);
  }
  for (std::size_t i = 0; i < l.inputs(); ++i)
    out.tensors.push_back(!out.channels_first ? l.memory(i, views[i])
                          : l.in(i).flat      ? l.memory(i, {l.in(i).c, 1, 1})
                                              : l.picture(i));
  if (constant) out.tensors.push_back(constant_operand(l, views.back(), out.channels_first));
  const auto first = l.json().find("constant_first");
  if (first && first->boolean()) std::swap(out.tensors[0], out.tensors[1]);
  return out;
}

void write_arithmetic(LayerExport& l) {
  static constexpr std::pair<std::string_view, const char*> kOps[] = {
      {"add", "Add"}, {"sub", "Sub"}, {"mul", "Mul"},  {"div", "Div"},    {"pow", "Pow"},
      {"max", "Max"}, {"min", "Min"}, {"mean", "Add"}, {"prelu", "PRelu"}};
  const std::string name = l.json().at("function").text();
  const char* const op = std::find_if(std::begin(kOps), std::end(kOps), [&](const auto& row) {
                           return row.first == name;
                         })->second;
  const Operands all = operands_of(l);
  const bool mean = name == "mean";
  std::string y = joined_by(l, op, all.tensors, !mean);
  if (mean)
    y = l.own("Mul", {y, l.constant("share", {}, {1.0f / static_cast<float>(all.tensors.size())})});
  if (!all.channels_first) return l.set_memory(y, all.joined);
  const ActivationShape& s = l.out();
  if (!s.flat && all.joined == Extents{s.h, s.w, s.c}) return l.set(y, ExportForm::picture);
  l.set_memory(l.transposed(y, {1, 2, 0}), all.joined);
}

}  // namespace

extern const OnnxExports pointwise_exports;
const OnnxExports pointwise_exports{{{"relu", write_relu},
                                     {"leaky_relu", write_leaky_relu},
                                     {"activation", write_activation},
                                     {"dropout", write_dropout},
                                     {"softmax", write_softmax},
                                     {"add", write_add},
                                     {"arithmetic", write_arithmetic}}};

}  // namespace pellucid
