#include "explain/activation/pooled_gradient.h"

#include <utility>

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
  const Graph& graph = model.graph();
  int value = model.value(layer);
  const ActivationShape& shape = graph.value(value).shape;
  std::vector<const Op*> behind;
  while (graph.cut(value).size() == 1 && (value = graph.only_reader(value)) != 0) {
    const Op& op = *graph.node_of(value).op;
    behind.push_back(&op);
    if (op.linear_weight())
      return op.output().shape.c <= kMostOutputs && graph.cut(value).size() == 1
                 ? std::optional(PooledGradient(stream, shape, std::move(behind)))
                 : std::nullopt;
    if (!op.keeps_values() && !op.max_pooling()) break;
  }
  return std::nullopt;
}

PooledGradient::PooledGradient(Stream& stream, const ActivationShape& layer,
                               std::vector<const Op*> behind)
    : stream_(&stream), behind_(std::move(behind)), linear_(behind_.back()->name()) {
  const Parameter& weight = *behind_.back()->linear_weight();
  const int outputs = weight.out, k = layer.c;
  const int places = static_cast<int>(weight.variable.value().count() / outputs / k);
  const Tensor turned = Tensor::empty(stream, {outputs, k, places});
  transpose(stream,
            {weight.variable.value().data<float>(), turned.data<float>(), outputs, places, k});
  mean_ = Tensor::empty(stream, {outputs, k});
  row_sum(stream, {turned.data<float>(), mean_.data<float>(), outputs * k, places});
  add(stream, {mean_.data<float>(), nullptr, mean_.data<float>(), mean_.count(),
               1 / static_cast<float>(layer.h * layer.w)});
}

Tensor PooledGradient::forward(const Tensor& activation) const {
  const NoGradient off;
  Variable x(activation);
  for (const Op* op : behind_) x = op->forward({*stream_}, std::span(&x, 1));
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
