#include "nn/graph/graph_json.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "nn/op/attributes.h"
#include "runtime/error.h"
#include "runtime/formats/nearest.h"
#include "runtime/formats/text.h"

namespace pellucid {
namespace {

constexpr std::string_view kNetworkInput = "input";  // among a layer's "inputs"

const Operation& operation_of(const JsonView& layer) {
  const JsonView type = layer.at("type");
  if (const Operation* operation = find_operation(type.text())) return *operation;
  std::vector<std::string> known;
  for (const Operation* operation : all_operations()) known.emplace_back(operation->type);
  fail(type.where(), ": unknown layer type (found ", in_quotes(type.text()), "; expected ",
       joined(known), ")");
}

std::string checked_model_name(const JsonView& view) {
  const std::string& name = view.text();
  const bool good = !name.empty() && name.size() <= kModelMaxName &&
                    std::all_of(name.begin(), name.end(), is_model_name_character);
  if (!good) view.fail_expected(concat("1 to ", kModelMaxName, " letters, digits, '_' or '-'"));
  return name;
}

std::string checked_layer_name(const JsonView& view) {
  const std::string& name = view.text();
  const bool good = !name.empty() && name.size() <= kLayerMaxName &&
                    std::all_of(name.begin(), name.end(), is_layer_name_character);
  if (!good)
    view.fail_expected(concat("1 to ", kLayerMaxName, " letters, digits or any of _ - . / :"));
  return name;
}

ActivationShape parse_input(const JsonView& view) {
  view.array_size(3, 3);
  return {integer_of(view.element(0), 1, kModelMaxExtent),
          integer_of(view.element(1), 1, kModelMaxExtent),
          integer_of(view.element(2), 1, kModelMaxChannels)};
}

// The layer before, or those that "inputs" names.
std::vector<int> parse_inputs(const JsonView& layer, const Operation& operation,
                              const Graph& graph) {
  if (!layer.find("inputs") && operation.least_inputs == 1) return {graph.output()};
  std::vector<int> inputs;
  const JsonView names = layer.at("inputs");
  const std::size_t count = names.array_size(operation.least_inputs, operation.most_inputs);
  for (std::size_t i = 0; i < count; ++i) {
    const JsonView element = names.element(i);
    const int id = graph.find(element.text());
    std::vector<std::string> known{std::string(kNetworkInput)};
    for (const Node& node : graph.nodes()) known.push_back(node.name());
    require(id > 0 || element.text() == kNetworkInput, element.where(),
            ": no such layer before this one (found ", in_quotes(element.text()),
            did_you_mean(element.text(), known), "; expected the name of an earlier layer, or ",
            in_quotes(kNetworkInput), ")");
    inputs.push_back(id);
  }
  return inputs;
}

std::unique_ptr<Op> parse_op(const JsonView& layer, const Operation& operation, std::string name,
                             const std::vector<int>& inputs, const Graph& graph,
                             const std::string& file) {
  std::vector<std::string_view> keys{"type", "name", "inputs"};
  keys.insert(keys.end(), operation.keys.begin(), operation.keys.end());
  layer.expect_keys(keys);
  OpDescription description{std::move(name), {}, layer};
  for (const int input : inputs) description.inputs.push_back(graph.value(input));
  try {
    return operation.make(description);
  } catch (const Error& error) {
    // The layer's own checks know its name but not the file.
    const std::string_view what = error.what();
    if (what.starts_with(file)) throw;
    fail(file, ": ", what);
  }
}

void expect_all_read(const Graph& graph, const std::string& file) {
  for (int id = 0; id < graph.output(); ++id)
    require(
        !graph.readers(id).empty(), file, ": ",
        id == 0 ? std::string("the network's input") : "layer " + graph.node_of(id).name(),
        ": nothing reads its output (found no later layer that does; expected one, or the end of "
        "the network)");
}

}  // namespace

std::string_view to_string(Outputs outputs) {
  return outputs == Outputs::classes  ? "classes"
         : outputs == Outputs::labels ? "labels"
         : outputs == Outputs::values ? "values"
                                      : "winners";
}

bool is_model_name_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
}

bool is_layer_name_character(char c) {
  return is_model_name_character(c) || c == '.' || c == '/' || c == ':';
}

Outputs parse_outputs(const JsonView& view) {
  for (const Outputs outputs :
       {Outputs::classes, Outputs::labels, Outputs::values, Outputs::winners})
    if (view.text() == to_string(outputs)) return outputs;
  view.fail_expected("classes, labels, values or winners");
}

ParsedModel parse_model(const Json& description, const std::string& file) {
  const JsonView view(description, file);
  view.expect_keys({"name", "input", "classes", "outputs", "target_layer", "layers"});
  ParsedModel model{checked_model_name(view.at("name")), {}, Graph(parse_input(view.at("input")))};
  if (const auto outputs = view.find("outputs")) model.outputs = parse_outputs(*outputs);
  Graph& graph = model.graph;

  const JsonView layers = view.at("layers");
  const std::size_t count = layers.array_size(1, kModelMaxLayers);
  std::map<std::string_view, int> numbers;
  std::set<std::string> names;
  for (std::size_t i = 0; i < count; ++i) {
    const JsonView layer = layers.element(i);
    const Operation& operation = operation_of(layer);
    const int number = ++numbers[operation.short_name];
    const auto given = layer.find("name");
    const std::string name =
        given ? checked_layer_name(*given) : concat(operation.short_name, number);
    require(name != kNetworkInput, layer.where(), ": taken name (found ", in_quotes(name),
            ", which is the network's own input among \"inputs\"; expected another)");
    require(names.insert(name).second, layer.where(), ": duplicate name (found '", name,
            "' twice; expected it once)");
    require(!operation.draws || i < kModelMaxDrawingLayers, layer.where(), ": wrong place (found ",
            operation.type, " behind layer ", kModelMaxDrawingLayers, "; expected it before)");
    const std::vector<int> inputs = parse_inputs(layer, operation, graph);
    std::unique_ptr<Op> op = parse_op(layer, operation, name, inputs, graph, file);
    require(!op->makes_probabilities() || i + 1 == count, layer.where(), ": wrong place (found ",
            operation.type, " before another layer; expected it last)");
    graph.add(operation, std::move(op), inputs);
  }
  const ActivationShape& output = graph.value(graph.output()).shape;
  require(output.flat, file, ": layer ", graph.nodes().back().name(),
          ": wrong last layer (found an output of ", output.to_string(),
          "; expected flat class scores)");
  expect_all_read(graph, file);

  if (const auto layer = view.find("target_layer")) {
    const int id = graph.find(layer->text());
    require(id > 0 && id <= graph.logits() && !graph.value(id).shape.flat, layer->where(),
            ": no such layer with a map (found ", in_quotes(layer->text()), ")");
    graph.set_target(id);
  }
  if (const auto classes = view.find("classes")) {
    const auto outputs = static_cast<std::size_t>(output.c);
    classes->array_size(outputs, outputs);
    for (std::size_t c = 0; c < outputs; ++c)
      model.class_names.push_back(classes->element(c).text());
  }
  return model;
}

}  // namespace pellucid
