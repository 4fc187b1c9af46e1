#include "nn/graph/model.h"

#include <cmath>
#include <string_view>
#include <utility>

#include "nn/graph/model_parser.h"
#include "runtime/error.h"
#include "runtime/formats/nearest.h"
#include "runtime/profile.h"

namespace pellucid {

Model::Model(Stream& stream, const Json& description, std::uint64_t seed, const std::string& file)
    : Model(description, file) {
  initialise(stream, seed);
}

Model::Model(const Json& description, const std::string& file) : description_(description) {
  ParsedModel parsed = parse_model(description, file);
  name_ = std::move(parsed.name);
  input_ = parsed.input;
  class_names_ = std::move(parsed.class_names);
  layers_ = std::move(parsed.layers);
  for (const auto& layer : layers_)
    for (Parameter* parameter : layer->parameters()) parameters_.push_back(parameter);
}

int Model::classes() const { return layers_.back()->output().c; }

void Model::set_class_names(std::vector<std::string> names) {
  require(names.size() == static_cast<std::size_t>(classes()), "model ", name_, " has ", classes(),
          " classes, got ", names.size(), " class names");
  class_names_ = std::move(names);
  description_["classes"] = class_names_;
}

std::vector<std::string> Model::layer_names() const {
  std::vector<std::string> names;
  for (const auto& layer : layers_) names.push_back(layer->name());
  return names;
}

std::size_t Model::layer_index(std::string_view name) const {
  for (std::size_t i = 0; i < layers_.size(); ++i)
    if (layers_[i]->name() == name) return i;
  fail("model ", name_, " has no layer '", name, "'", did_you_mean(name, layer_names()));
}

const Layer& Model::layer(std::string_view name) const { return *layers_[layer_index(name)]; }

const std::string& Model::last_convolution() const {
  for (std::size_t i = layers_.size(); i-- > 0;) {
    if (std::string_view(layers_[i]->type()) != "conv2d") continue;
    const bool relu_follows =
        i + 1 < layers_.size() && std::string_view(layers_[i + 1]->type()) == "relu";
    return layers_[i + (relu_follows ? 1 : 0)]->name();
  }
  fail("model ", name_, " has no convolution");
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

std::size_t Model::logits_end() const {
  const bool softmax_last = std::string_view(layers_.back()->type()) == "softmax";
  return layers_.size() - (softmax_last ? 1 : 0);
}

Variable Model::run(Stream& stream, Variable x, std::size_t first, std::size_t last,
                    const ForwardOptions& options) const {
  for (std::size_t i = first; i < last; ++i) {
    const ProfileScope scope(stream, layers_[i]->name());
    if (!options.observe && i + 1 < last && std::string_view(layers_[i]->type()) == "relu")
      if (const auto pooling = layers_[i + 1]->max_pooling()) {
        x = relu_max_pool2d(stream, x, *pooling);
        ++i;
        continue;
      }
    const RandomKey key{options.key.seed, options.key.stream + i};
    x = layers_[i]->forward({stream, options.training, key}, x);
    if (options.observe) options.observe(*layers_[i], x);
  }
  return x;
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
  expect_batch("the input of model " + name_, x, input_);
  return run(stream, x, 0, logits_end(), options);
}

Variable Model::forward_to(Stream& stream, const Variable& x, std::string_view layer,
                           const ForwardOptions& options) const {
  expect_batch("the input of model " + name_, x, input_);
  return run(stream, x, 0, layer_index(layer) + 1, options);
}

Variable Model::forward_from(Stream& stream, const Variable& output, std::string_view layer,
                             const ForwardOptions& options) const {
  const std::size_t index = layer_index(layer);
  expect_batch(concat("the output of layer ", layer), output, layers_[index]->output());
  return run(stream, output, index + 1, logits_end(), options);
}

void Model::initialise(Stream& stream, std::uint64_t seed) {
  for (std::size_t p = 0; p < parameters_.size(); ++p) {
    Parameter& parameter = *parameters_[p];
    std::vector<float> values(static_cast<std::size_t>(parameter.file_shape.count()));
    if (!parameter.is_bias()) {
      const RandomKey key{seed, kInitialWeightsStream + p};
      const auto limit = static_cast<float>(std::sqrt(6.0 / static_cast<double>(parameter.fan_in)));
      // 2u − 1 is exact in fp32, so there is one rounding and every machine gets the same number.
      for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = limit * (2 * random_uniform(key, i) - 1);
    }
    parameter.set_value(Tensor::from_host(stream, parameter.memory_shape(), values));
  }
}

}  // namespace pellucid
