#include "nn/graph/onnx/importing.h"

#include <algorithm>
#include <queue>

#include "nn/graph/graph_json.h"
#include "nn/op/attributes.h"
#include "runtime/formats/text.h"

namespace pellucid {
namespace {

// Attributes that say nothing about values.
bool says_nothing(std::string_view attribute) { return attribute.starts_with("doc_"); }

// A layer's name: letters that a command line and a tensor's name may hold.
std::string layer_name(std::string_view name) {
  std::string out;
  for (const char c : name.substr(0, kLayerMaxName - 8))
    out += is_layer_name_character(c) ? c : '_';
  return out.empty() ? "layer" : out;
}

}  // namespace

std::string Importer::unique_name(const std::string& wanted) {
  const std::string base = layer_name(wanted);
  std::string name = base;
  for (int i = 2; !names_.insert(name).second; ++i) name = concat(base, "_", i);
  return name;
}

void Importer::take_constants() {
  for (const OnnxTensor& tensor : model_.initializers) {
    if (tensor.type == OnnxType::text) continue;  // what reads it says so
    values_.emplace(tensor.name, Constant::of(tensor));
  }
  for (const auto& [name, tensor] : options_.bound) set(name, Constant::of(tensor));
}

// In an order in which each node reads what is there; in the file's where that is one.
std::vector<const OnnxNode*> Importer::sorted() const {
  std::map<std::string_view, std::size_t> maker;
  for (std::size_t i = 0; i < model_.nodes.size(); ++i)
    for (const std::string& output : model_.nodes[i].outputs) {
      if (output.empty()) continue;
      if (!maker.emplace(output, i).second || values_.contains(output))
        fail_model(concat("a value is made twice (found ", in_quotes(output),
                          "; expected each name once)"));
    }
  std::vector<std::size_t> waits(model_.nodes.size());
  std::vector<std::vector<std::size_t>> behind(model_.nodes.size());
  for (std::size_t i = 0; i < model_.nodes.size(); ++i)
    for (const std::string& input : model_.nodes[i].inputs)
      if (const auto from = maker.find(input); from != maker.end()) {
        ++waits[i];
        behind[from->second].push_back(i);
      } else if (!input.empty() && !values_.contains(input)) {
        fail_model(concat("nothing makes ", in_quotes(input), " (found it read by a node ",
                          model_.nodes[i].op, "; expected a node, an input or an initializer)"));
      }
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
  for (std::size_t i = 0; i < waits.size(); ++i)
    if (waits[i] == 0) ready.push(i);
  std::vector<const OnnxNode*> order;
  while (!ready.empty()) {
    const std::size_t next = ready.top();
    ready.pop();
    order.push_back(&model_.nodes[next]);
    for (const std::size_t i : behind[next])
      if (--waits[i] == 0) ready.push(i);
  }
  if (order.size() < model_.nodes.size())
    fail_model("nodes in a circle (expected a network without one)");
  return order;
}

void Importer::refuse(const OnnxNode& node, std::string what, std::string help) {
  out_.untranslated.push_back(
      {node.op, node.name.empty() && !node.outputs.empty() ? node.outputs[0] : node.name,
       std::move(what), std::move(help)});
}

// Whether all it reads is known, or only the shape of what it reads is asked for.
bool Importer::fold_node(const OnnxNode& node) {
  std::vector<const Constant*> inputs;
  Constant shape_only;
  for (const std::string& input : node.inputs) {
    const Known* known = input.empty() ? nullptr : find(input);
    const Constant* constant = known ? std::get_if<Constant>(known) : nullptr;
    if (known && !constant) {
      if (node.op != "Shape" && node.op != "Size") return false;
      const ComputedTensor& x = std::get<ComputedTensor>(*known);
      if (x.batch) shape_only.shape.push_back(kFreeBatch);
      shape_only.shape.insert(shape_only.shape.end(), x.layout.extents().begin(),
                              x.layout.extents().end());
      constant = &shape_only;
      if (node.op == "Size" && x.batch) return false;
    }
    inputs.push_back(constant);
  }
  std::optional<std::vector<Constant>> made = fold(node, opset_, inputs);
  if (!made) return false;
  for (std::size_t i = 0; i < node.outputs.size() && i < made->size(); ++i)
    set(node.outputs[i], std::move((*made)[i]));
  return true;
}

// What it means in this opset, if anything, and whether it means anything in another.
std::pair<const OnnxOperator*, bool> Importer::operator_of(const OnnxNode& node) const {
  const OnnxOperator* found = nullptr;
  bool known_name = false;
  for (const OnnxFamily* family : all_onnx_families())
    for (const OnnxOperator& each : family->operators) {
      if (each.op != node.op || !node.domain.empty()) continue;
      known_name = true;
      if (each.since <= opset_ && (!found || each.since > found->since)) found = &each;
    }
  return {found, known_name};
}

void Importer::translate(const OnnxNode& node) {
  const auto [found, known_name] = operator_of(node);
  const bool reads_unknown =
      std::any_of(node.inputs.begin(), node.inputs.end(),
                  [&](const std::string& input) { return !input.empty() && !find(input); });
  try {
    if (!reads_unknown && fold_node(node)) return;
    if (!found) {
      // What no name is known of has been told; arithmetic on what is not known is not what is missing.
      if (!reads_unknown && known_name) unsupported("not in opset ", opset_);
      if (!reads_unknown && can_fold(node)) unsupported("on what the network computes");
      return;
    }
    if (reads_unknown) return;  // what came before it is told
    for (const OnnxAttribute& attribute : node.attributes)
      if (!says_nothing(attribute.name) &&
          std::find(found->attributes.begin(), found->attributes.end(), attribute.name) ==
              found->attributes.end())
        unsupported("attribute ", attribute.name);
    NodeTranslation translation(*this, node);
    found->translate(translation);
  } catch (const Unsupported& problem) {
    refuse(node, problem.what, problem.help);
  } catch (const Error& error) {
    refuse(node, error.what(), "");
  }
}

void Importer::finish() {
  if (model_.outputs.empty()) fail_model("no output (expected one)");
  const OnnxValueInfo* output = &model_.outputs.front();
  for (const OnnxValueInfo& each : model_.outputs)
    if (each.name == options_.output) output = &each;
  if (!options_.output.empty() && output->name != options_.output)
    fail_model(
        concat("no output ", in_quotes(options_.output), " (found ", in_quotes(output->name), ")"));
  for (const OnnxValueInfo& each : model_.outputs)
    if (&each != output) out_.other_outputs.push_back(each.name);
  out_.output_name = output->name;
  if (!out_.untranslated.empty()) {
    out_.layers.clear();
    return;
  }
  const auto known = values_.find(output->name);
  if (known == values_.end())
    fail_model(concat("nothing makes the output ", in_quotes(output->name)));
  const auto* y = std::get_if<ComputedTensor>(&known->second);
  if (!y)
    fail_model(concat("output ", in_quotes(output->name),
                      " is a constant (expected a result of the network)"));
  out_.output_extents = y->layout.extents();
  const std::vector<int> onnx_order = axes_in_order(y->layout.rank());
  if (!y->layout.is_in(onnx_order)) out_.output_copy = y->layout.copy_to(onnx_order);
  // Layers that the output does not need are other outputs'.
  std::vector<bool> needed(out_.layers.size());
  std::map<std::string, std::size_t> place;
  for (std::size_t i = 0; i < out_.layers.size(); ++i) place[out_.layers[i].json["name"]] = i;
  if (y->layer >= 0) needed[static_cast<std::size_t>(y->layer)] = true;
  for (std::size_t i = out_.layers.size(); i-- > 0;)
    if (needed[i])
      for (const auto& input : out_.layers[i].json["inputs"])
        if (const auto from = place.find(input); from != place.end()) needed[from->second] = true;
  std::vector<ImportedLayer> kept;
  for (std::size_t i = 0; i < needed.size(); ++i)
    if (needed[i]) kept.push_back(std::move(out_.layers[i]));
  out_.layers = std::move(kept);
}

// Operators that are not known by any name, whatever the sizes.
void Importer::refuse_unknown() {
  for (const OnnxNode& node : model_.nodes)
    if (!operator_of(node).second && !can_fold(node))
      refuse(node,
             node.domain.empty() ? "no such operator here" : "an operator of domain " + node.domain,
             "");
}

ImportedNetwork Importer::run() {
  if (opset_ < 7 || opset_ > 28)
    fail_model(concat("opset ", opset_, " (expected 7 to 28 of ONNX's own operators)"));
  out_.notes = model_.notes;
  take_constants();
  refuse_unknown();
  if (!take_input()) return std::move(out_);
  for (const OnnxNode& node : model_.nodes)
    for (const std::string& input : node.inputs) ++readers_[input];
  for (const OnnxValueInfo& output : model_.outputs) ++readers_[output.name];
  for (const OnnxNode* node : sorted()) translate(*node);
  finish();
  return std::move(out_);
}

ImportedNetwork import_onnx(const OnnxModel& model, const ImportOptions& options) {
  return Importer(model, options).run();
}

std::string kind_of_refused(const std::vector<UntranslatedNode>& nodes) {
  const auto any = [&](const std::vector<std::string_view>& ops) {
    return std::any_of(nodes.begin(), nodes.end(), [&](const UntranslatedNode& node) {
      return std::find(ops.begin(), ops.end(), node.op) != ops.end();
    });
  };
  if (any({"LSTM", "GRU", "RNN", "Scan", "Loop"})) return "recurrent layers";
  if (any({"ConvInteger", "MatMulInteger", "QLinearConv", "QLinearMatMul", "QuantizeLinear",
           "DynamicQuantizeLinear"}))
    return "quantised integers";
  if (any({"Attention", "MultiHeadAttention", "Einsum", "ScatterND", "GatherND",
           "RotaryEmbedding"}))
    return "attention";
  return "";
}

}  // namespace pellucid
