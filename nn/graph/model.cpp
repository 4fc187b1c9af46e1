#include "nn/graph/model.h"

#include <cmath>
#include <string_view>
#include <utility>

#include "nn/graph/graph_json.h"
#include "runtime/error.h"
#include "runtime/formats/nearest.h"
#include "runtime/normal_noise.h"
#include "runtime/profile.h"

namespace pellucid {

Model::Model(Stream& stream, const Json& description, std::uint64_t seed, const std::string& file)
    : Model(description, file) {
  initialise(stream, seed);
}

Model::Model(const Json& description, const std::string& file)
    : description_(description), graph_({}) {
  ParsedModel parsed = parse_model(description, file);
  name_ = std::move(parsed.name);
  class_names_ = std::move(parsed.class_names);
  outputs_ = parsed.outputs;
  graph_ = std::move(parsed.graph);
  groups_ = fuse(graph_, Fusion::training, graph_.output());
  for (const Node& node : graph_.nodes()) {
    for (Parameter* parameter : node.op->parameters()) parameters_.push_back(parameter);
    for (ModelBuffer* buffer : node.op->buffers()) buffers_.push_back(buffer);
  }
}

int Model::classes() const { return graph_.value(graph_.output()).shape.c; }

void Model::set_class_names(std::vector<std::string> names) {
  require(names.size() == static_cast<std::size_t>(classes()), "model ", name_, " has ", classes(),
          " classes, got ", names.size(), " class names");
  class_names_ = std::move(names);
  description_["classes"] = class_names_;
}

std::vector<std::string> Model::layer_names() const {
  std::vector<std::string> names;
  for (const Node& node : graph_.nodes()) names.push_back(node.name());
  return names;
}

int Model::value(std::string_view layer) const {
  const int id = graph_.find(layer);
  require(id > 0, "model ", name_, " has no layer '", layer, "'",
          did_you_mean(layer, layer_names()));
  return id;
}

const std::string& Model::target_layer() const {
  const int target = graph_.target();
  require(target > 0, "model ", name_, " has no layer with a feature map");
  return graph_.node_of(target).name();
}

std::vector<std::pair<std::string, Tensor>> Model::state() const {
  std::vector<std::pair<std::string, Tensor>> all;
  for (const Parameter* parameter : parameters_)
    all.emplace_back(parameter->name, parameter->variable.value());
  for (const ModelBuffer* buffer : buffers_) all.emplace_back(buffer->name, buffer->value);
  return all;
}

std::int64_t Model::parameter_count() const {
  std::int64_t count = 0;
  for (const Parameter* parameter : parameters_) count += parameter->file_shape.count();
  return count;
}

void Model::set_requires_gradient(bool on) {
  for (Parameter* parameter : parameters_) parameter->variable.set_requires_gradient(on);
}

void Model::clear_gradients() {
  for (Parameter* parameter : parameters_) parameter->variable.clear_gradient();
}

Model::Values Model::run(Stream& stream, Values values, const std::vector<int>& wanted,
                         const ForwardOptions& options) const {
  const auto slot = [](int id) { return static_cast<std::size_t>(id); };
  // What the wanted values need of what is not there, and how often each value is read for it.
  std::vector<int> reads(values.size());
  std::vector<bool> needed(values.size());
  for (const int id : wanted) {
    needed[slot(id)] = !values[slot(id)].defined();
    ++reads[slot(id)];
  }
  for (int id = graph_.values() - 1; id > 0; --id) {
    if (!needed[slot(id)]) continue;
    for (const int input : graph_.node_of(id).inputs) {
      ++reads[slot(input)];
      if (!values[slot(input)].defined()) needed[slot(input)] = true;
    }
  }
  const auto take = [&](int id) {
    return --reads[slot(id)] == 0 ? std::move(values[slot(id)]) : values[slot(id)];
  };
  for (const FusedGroup& group : groups_) {
    const bool whole = group.values.size() > 1 && !options.observe && needed[slot(group.first())] &&
                       needed[slot(group.output())] && reads[slot(group.first())] == 1;
    for (const int id : group.values) {
      if (!needed[slot(id)]) continue;
      const Op& op = *graph_.node_of(id).op;
      const ProfileScope scope(stream, op.name());
      if (whole) {
        values[slot(group.output())] = relu_max_pool2d(
            stream, take(graph_.node_of(id).inputs.front()), *group.max_pooling->max_pooling());
        break;
      }
      std::vector<Variable> inputs;
      for (const int input : graph_.node_of(id).inputs) inputs.push_back(take(input));
      const RandomKey key{options.key.seed,
                          options.key.stream + static_cast<std::uint64_t>(id - 1)};
      values[slot(id)] = op.forward({stream, options.training, options.dropout, key}, inputs);
      if (options.observe) options.observe(op, values[slot(id)]);
    }
  }
  return values;
}

namespace {

void expect_batch(const std::string& where, const Variable& x, const ActivationShape& shape) {
  const bool fits =
      x.shape().rank() >= 1 && x.shape()[0] >= 1 && x.shape() == shape.batch(x.shape()[0]);
  require(fits, where, ": expected N times ", shape.to_string(), " with N at least 1, got ",
          x.shape().to_string());
}

}  // namespace

Variable Model::forward(Stream& stream, const Variable& x, const ForwardOptions& options) const {
  expect_batch("the input of model " + name_, x, input());
  Values values(static_cast<std::size_t>(graph_.values()));
  values[0] = x;
  return run(stream, std::move(values), {graph_.logits()},
             options)[static_cast<std::size_t>(graph_.logits())];
}

std::vector<float> Model::output(Stream& stream, const Tensor& x) const {
  const NoGradient off;
  const Variable in(x);
  expect_batch("the input of model " + name_, in, input());
  Values values(static_cast<std::size_t>(graph_.values()));
  values[0] = in;
  values = run(stream, std::move(values), {graph_.output()}, {});
  return values[static_cast<std::size_t>(graph_.output())].value().to_host<float>(stream);
}

std::vector<Variable> Model::forward_to(Stream& stream, const Variable& x, std::string_view layer,
                                        const ForwardOptions& options) const {
  expect_batch("the input of model " + name_, x, input());
  const std::vector<int> cut = graph_.cut(value(layer));
  Values values(static_cast<std::size_t>(graph_.values()));
  values[0] = x;
  values = run(stream, std::move(values), cut, options);
  std::vector<Variable> out;
  for (const int id : cut) out.push_back(values[static_cast<std::size_t>(id)]);
  return out;
}

Variable Model::forward_from(Stream& stream, std::span<const Variable> cut, std::string_view layer,
                             const ForwardOptions& options) const {
  const int from = value(layer);
  require(from <= graph_.logits(), "layer ", layer, " lies behind the logits of model ", name_);
  const std::vector<int> ids = graph_.cut(from);
  require(cut.size() == ids.size(), "behind layer ", layer, " ", ids.size(),
          " values are read, got ", cut.size());
  Values values(static_cast<std::size_t>(graph_.values()));
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const std::string name =
        ids[i] == 0 ? "the input" : "the output of layer " + graph_.node_of(ids[i]).name();
    expect_batch(name, cut[i], graph_.value(ids[i]).shape);
    values[static_cast<std::size_t>(ids[i])] = cut[i];
  }
  return run(stream, std::move(values), {graph_.logits()},
             options)[static_cast<std::size_t>(graph_.logits())];
}

namespace {

std::vector<float> initial_values(const Parameter& parameter, RandomKey key) {
  const auto count = static_cast<std::size_t>(parameter.file_shape.count());
  std::vector<float> values(count, parameter.initial == Initial::ones ? 1.0f : 0.0f);
  if (parameter.initial == Initial::normal) {
    const std::vector<double> drawn = normal_noise(count, key, parameter.spread);
    for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<float>(drawn[i]);
  }
  const bool he_uniform = parameter.initial == Initial::he_uniform;
  if (!he_uniform && parameter.initial != Initial::uniform) return values;
  const auto limit = static_cast<float>(
      he_uniform ? std::sqrt(6.0 / static_cast<double>(parameter.fan_in)) : parameter.spread);
  // 2u − 1 is exact in fp32, so there is one rounding and every machine gets the same number.
  for (std::size_t i = 0; i < count; ++i) values[i] = limit * (2 * random_uniform(key, i) - 1);
  return values;
}

}  // namespace

void Model::initialise(Stream& stream, std::uint64_t seed) {
  for (std::size_t p = 0; p < parameters_.size(); ++p) {
    Parameter& parameter = *parameters_[p];
    const RandomKey key{seed, kInitialWeightsStream + p};
    parameter.set_value(
        Tensor::from_host(stream, parameter.memory_shape(), initial_values(parameter, key)));
  }
  for (ModelBuffer* buffer : buffers_) {
    const std::vector<float> values(static_cast<std::size_t>(buffer->size), buffer->initial);
    buffer->value = Tensor::from_host(stream, {buffer->size}, values);
  }
}

}  // namespace pellucid
