#include "nn/graph/onnx/importer.h"

#include <algorithm>
#include <numeric>
#include <queue>

#include "nn/graph/graph_json.h"
#include "nn/op/attributes.h"
#include "runtime/formats/text.h"

namespace pellucid {
namespace {

using Known = std::variant<Constant, ComputedTensor>;

std::vector<int> counting(int count) {
  std::vector<int> numbers(static_cast<std::size_t>(count));
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

// Attributes that say nothing about values.
bool says_nothing(std::string_view attribute) { return attribute.starts_with("doc_"); }

// A layer's name: letters that a command line and a tensor's name may hold.
std::string layer_name(std::string_view name) {
  std::string out;
  for (const char c : name.substr(0, kModelMaxName - 8)) out += is_name_character(c) ? c : '_';
  return out.empty() ? "layer" : out;
}

}  // namespace

class Importer {
 public:
  Importer(const OnnxModel& model, const ImportOptions& options)
      : model_(model), options_(options) {
    const auto found = model.opsets.find("");
    opset_ = found == model.opsets.end() ? 0 : found->second;
  }

  ImportedNetwork run();

  const OnnxModel& model() const { return model_; }
  std::int64_t opset() const { return opset_; }
  const Known* find(const std::string& name) const {
    const auto known = values_.find(name);
    return known == values_.end() ? nullptr : &known->second;
  }
  void set(const std::string& name, Known value) {
    values_.insert_or_assign(name, std::move(value));
  }
  std::size_t readers(const std::string& name) const {
    const auto found = readers_.find(name);
    return found == readers_.end() ? 0 : found->second;
  }
  std::vector<ImportedLayer>& layers() { return out_.layers; }
  std::string unique_name(const std::string& wanted);
  void note(std::string text) { out_.notes.push_back(std::move(text)); }

 private:
  void take_constants();
  std::vector<const OnnxValueInfo*> own_inputs() const;  // those that are no constants
  bool take_input();                                     // whether its size is known
  void take_joined(const std::vector<const OnnxValueInfo*>& inputs);
  void refuse_unknown();
  std::pair<const OnnxOperator*, bool> operator_of(const OnnxNode& node) const;
  std::vector<const OnnxNode*> sorted() const;
  void translate(const OnnxNode& node);
  bool fold_node(const OnnxNode& node);
  void refuse(const OnnxNode& node, std::string what, std::string help);
  void finish();
  [[noreturn]] void fail_model(const std::string& what) const {
    fail(model_.path.string(), ": ", what);
  }

  const OnnxModel& model_;
  const ImportOptions& options_;
  std::int64_t opset_ = 0;
  std::map<std::string, Known> values_;
  std::map<std::string, std::size_t> readers_;  // how many inputs of nodes and outputs a name is
  std::set<std::string> names_{"input"};
  ImportedNetwork out_;
};

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

std::vector<const OnnxValueInfo*> Importer::own_inputs() const {
  std::vector<const OnnxValueInfo*> own;
  for (const OnnxValueInfo& each : model_.inputs) {
    if (values_.contains(each.name)) continue;  // an initializer that is listed
    if (!own.empty() && !options_.joined)
      fail_model(concat("several inputs (found '", own.front()->name, "' and '", each.name,
                        "'; expected one, pictures)"));
    if (!each.has_shape) fail_model(concat("input '", each.name, "': no shape (expected N×3×H×W)"));
    own.push_back(&each);
  }
  if (own.empty()) fail_model("no input (found constants only; expected pictures)");
  return own;
}

void Importer::take_joined(const std::vector<const OnnxValueInfo*>& inputs) {
  std::vector<Extents> parts;
  std::int64_t total = 0;
  for (const OnnxValueInfo* input : inputs) {
    Extents extents;
    for (std::size_t k = options_.batch ? 1 : 0; k < input->shape.size(); ++k)
      extents.push_back(input->shape[k].extent);
    for (const std::int64_t extent : extents)
      if (extent < 1 || extent > kModelMaxChannels)
        fail_model(concat("input '", input->name, "': a free size (found ", to_string(extents),
                          "; expected known ones)"));
    total += product(extents);
    parts.push_back(std::move(extents));
  }
  const ComputedTensor all{
      -1, Layout({total}), options_.batch, {1, 1, static_cast<int>(total), true}};
  out_.input_name = inputs.front()->name;
  out_.input = all.shape;
  std::int64_t begin = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const std::int64_t count = product(parts[i]);
    OnnxNode part;
    part.name = inputs[i]->name;
    ComputedTensor x = NodeTranslation(*this, part)
                           .emit({{"type", "rearrange"},
                                  {"view", {total}},
                                  {"start", {begin}},
                                  {"extent", {count}},
                                  {"output", {count}}},
                                 {&all}, Layout(parts[i]), {1, 1, static_cast<int>(count), true});
    x.batch = options_.batch;
    values_.emplace(inputs[i]->name, std::move(x));
    begin += count;
  }
}

bool Importer::take_input() {
  const std::vector<const OnnxValueInfo*> own = own_inputs();
  for (const OnnxValueInfo* each : own)
    if (each->type != OnnxType::f32 && each->type != OnnxType::undefined)
      note(concat("input '", each->name, "': ", name_of(each->type), " is computed as float32"));
  if (options_.joined) {
    take_joined(own);
    return true;
  }
  const OnnxValueInfo* const input = own.front();
  Extents extents;
  for (std::size_t k = options_.batch ? 1 : 0; k < input->shape.size(); ++k)
    extents.push_back(input->shape[k].extent);
  out_.input_name = input->name;
  const bool is_picture = options_.batch && extents.size() == 3;
  const auto few = [](std::int64_t channels) {
    return channels == 1 || channels == 3 || channels == 4;
  };
  out_.channels_last = is_picture && few(extents[2]) && !few(extents[0]);
  if (is_picture && options_.size) {
    Extents::iterator h = extents.begin() + (out_.channels_last ? 0 : 1);
    for (const auto& [at, wanted] :
         {std::pair{h, options_.size->h}, std::pair{h + 1, options_.size->w}}) {
      if (*at >= 0 && *at != wanted)
        fail_model(
            concat("pictures of another size (found ", *at, "; expected ", wanted, ", as asked)"));
      *at = wanted;
    }
  }
  for (const std::int64_t extent : extents)
    if (extent < 1 || extent > kModelMaxChannels) {
      if (!out_.untranslated.empty()) return false;
      fail_model(concat("input '", input->name, "': a free size (found ", to_string(extents),
                        "; expected the pictures' height and width, by --size)"));
    }
  ComputedTensor x;
  x.batch = options_.batch;
  if (is_picture) {
    const std::vector<int> order = out_.channels_last ? counting(3) : std::vector<int>{1, 2, 0};
    x.layout = Layout(extents, order);
    const auto at = [&](int k) {
      return static_cast<int>(
          extents[static_cast<std::size_t>(order[static_cast<std::size_t>(k)])]);
    };
    x.shape = {at(0), at(1), at(2)};
  } else {
    x.layout = Layout(extents);
    x.shape = {1, 1, static_cast<int>(x.layout.count()), true};
  }
  out_.input = x.shape;
  values_.emplace(input->name, x);
  return true;
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
  const std::vector<int> onnx_order = counting(y->layout.rank());
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
  return ordered(x, counting(x.layout.rank()), {1, 1, static_cast<int>(x.layout.count()), true});
}

ComputedTensor NodeTranslation::with_order(const ComputedTensor& x) {
  if (x.layout.order()) return x;
  const Extents& extents = x.layout.extents();
  const std::vector<int> order =
      extents.size() == 3 ? std::vector<int>{1, 2, 0} : counting(x.layout.rank());
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
  const std::vector<OnnxValueInfo>& outputs = importer_.model().outputs;
  return importer_.readers(node_.outputs[i]) == 1 &&
         std::any_of(outputs.begin(), outputs.end(),
                     [&](const OnnxValueInfo& each) { return each.name == node_.outputs[i]; });
}

void NodeTranslation::note(std::string text) { importer_.note(std::move(text)); }

const std::vector<float>& reals_of(const Constant& c) {
  if (c.whole) unsupported("weights of integers");
  return c.floats();
}

ActivationShape shape_for(const Extents& extents, const std::vector<int>& order) {
  if (extents.size() == 3 && Layout(extents, order).is_in({1, 2, 0}))
    return {static_cast<int>(extents[1]), static_cast<int>(extents[2]),
            static_cast<int>(extents[0])};
  return {1, 1, static_cast<int>(product(extents)), true};
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
