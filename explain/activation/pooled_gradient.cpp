#include "explain/activation/pooled_gradient.h"

#include <algorithm>
#include <string_view>

#include "kernels/elementwise/elementwise.h"
#include "kernels/linear/linear.h"
#include "kernels/reduce/reduce.h"
#include "kernels/transpose/transpose.h"

namespace pellucid {
namespace {

constexpr int kMostOutputs = 65535;  // of kernels/transpose

}  // namespace

std::optional<PooledGradient> PooledGradient::of(Stream& stream, const Model& model,
                                                 const std::string& layer) {
  const auto& layers = model.layers();
  const auto named = std::find_if(layers.begin(), layers.end(),
                                  [&](const auto& each) { return each->name() == layer; });
  const auto first = static_cast<std::size_t>(named - layers.begin());
  for (std::size_t i = first + 1; i < layers.size(); ++i) {
    const std::string_view type = layers[i]->type();
    if (type == "linear")
      return layers[i]->output().c <= kMostOutputs
                 ? std::optional(PooledGradient(stream, model, first, i))
                 : std::nullopt;
    if (type != "flatten" && type != "dropout" && !layers[i]->max_pooling()) break;
  }
  return std::nullopt;
}

PooledGradient::PooledGradient(Stream& stream, const Model& model, std::size_t layer,
                               std::size_t linear)
    : stream_(&stream), linear_(model.layers()[linear]->name()) {
  for (std::size_t i = layer + 1; i <= linear; ++i) layers_.push_back(model.layers()[i].get());
  const std::string name = linear_ + ".weight";
  const auto& parameters = model.parameters();
  const Parameter& weight = **std::find_if(parameters.begin(), parameters.end(),
                                           [&](const auto* each) { return each->name == name; });
  const ActivationShape& of_layer = model.layers()[layer]->output();
  const int outputs = weight.out, k = of_layer.c;
  const int places = static_cast<int>(weight.variable.value().count() / outputs / k);
  const Tensor turned = Tensor::empty(stream, {outputs, k, places});
  transpose(stream,
            {weight.variable.value().data<float>(), turned.data<float>(), outputs, places, k});
  mean_ = Tensor::empty(stream, {outputs, k});
  row_sum(stream, {turned.data<float>(), mean_.data<float>(), outputs * k, places});
  add(stream, {mean_.data<float>(), nullptr, mean_.data<float>(), mean_.count(),
               1 / static_cast<float>(of_layer.h * of_layer.w)});
}

Tensor PooledGradient::forward(const Tensor& activation) const {
  const NoGradient off;
  Variable x(activation);
  for (const Layer* layer : layers_) x = layer->forward({*stream_}, x);
  return x.value();
}

Tensor PooledGradient::weights(const Tensor& delta) const {
  const int n = static_cast<int>(delta.shape()[0]), outputs = static_cast<int>(mean_.shape()[0]),
            k = static_cast<int>(mean_.shape()[1]);
  const Tensor weights = Tensor::empty(*stream_, {n, k});
  linear_dgrad(*stream_,
               {{n, k, outputs}, delta.data<float>(), mean_.data<float>(), weights.data<float>()});
  return weights;
}

}  // namespace pellucid
