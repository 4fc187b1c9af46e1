// The steps of a plan: what is folded and packed when it is made, and what runs.
#include "kernels/activation/activation.h"
#include "kernels/conv2d/conv2d_finished_cpu.h"
#include "kernels/conv2d/relu_pool/conv2d_relu_pool.h"
#include "nn/autograd/shapes.h"
#include "nn/plan/plan.h"
#include "runtime/profile.h"

namespace pellucid {
namespace {

// scale[k]·(W[k]·x + b[k]) + shift[k] as weights and bias of one convolution, in double, rounded once.
// An undefined bias is 0.
void fold(Stream& stream, const ChannelAffine& affine, Tensor& weight, Tensor& bias) {
  std::vector<float> w = weight.to_host<float>(stream), b(affine.scale.size());
  if (bias.defined()) b = bias.to_host<float>(stream);
  const std::size_t taps = w.size() / b.size();
  for (std::size_t k = 0; k < b.size(); ++k) {
    for (std::size_t i = k * taps; i < (k + 1) * taps; ++i)
      w[i] = static_cast<float>(w[i] * affine.scale[k]);
    b[k] = static_cast<float>(b[k] * affine.scale[k] + affine.shift[k]);
  }
  weight = Tensor::from_host(stream, weight.shape(), w);
  bias = Tensor::from_host(stream, {static_cast<std::int64_t>(b.size())}, b);
}

}  // namespace

// On cpu all that a convolution can finish, unless a variant was asked for of an operator that would not run then.
Fusion Plan::fusion() const {
  if (stream_.device().kind != DeviceKind::cpu) return Fusion::prediction;
  for (const char* const name : {"conv2d_fprop", "conv2d_relu_pool", "relu", "activation", "add"})
    if (stream_.policy().forced(name)) return Fusion::prediction;
  return Fusion::finishing;
}

Plan::Step Plan::step_of(const FusedGroup& group) const {
  const Op& first = *graph_.node_of(group.first()).op;
  Step step;
  step.name = first.name();
  step.inputs = graph_.node_of(group.first()).inputs;
  step.output = group.output();
  step.input_shape = first.input().shape;
  step.output_shape = graph_.value(group.output()).shape;
  const bool finishes = group.addition || group.activation;
  const bool packs = group.convolution && fusion() == Fusion::finishing;
  if (!group.affine && !group.relu && !finishes && !packs) {
    step.op = &first;
    return step;
  }
  const Convolution convolution = *group.convolution->convolution();
  step.weight = convolution.weight->variable.value();
  if (convolution.bias) step.bias = convolution.bias->variable.value();
  step.convolution = convolution.options;
  step.relu = group.relu != nullptr;
  if (group.affine) fold(stream_, group.affine->channel_affine(stream_), step.weight, step.bias);
  if (group.addition) step.inputs.push_back(group.addend);
  if (group.activation) step.activation = *group.activation->activation();
  if (group.max_pooling) step.pool = plain_window(*group.max_pooling);
  return step;
}

// A finished convolution takes what the others leave to passes of their own; fields that are small or shown by masks
// have kernels of theirs.
void Plan::pack(Step& step) const {
  if (step.op || fusion() != Fusion::finishing) return;
  const Conv2dShape shape = shape_of(step, 1);
  if (step.is_link() && !cpu::conv2d_is_wide(shape)) return;
  step.panels =
      Tensor::empty(stream_, {static_cast<std::int64_t>(cpu::packed_conv2d_floats(shape))});
  cpu::pack_conv2d(shape, step.weight.data<float>(), step.panels.data<float>());
}

Tensor Plan::convolve(const Step& step, const float* x, const MaskedImage& masked, int n) const {
  const Tensor y = Tensor::empty(stream_, step.output_shape.batch(n));
  conv2d_relu_pool(stream_, {shape_of(step, n), x, masked, step.weight.data<float>(),
                             step.bias.defined() ? step.bias.data<float>() : nullptr,
                             y.data<float>(), step.pool});
  return y;
}

Tensor Plan::convolve_finished(const Step& step, const Values& values) const {
  const Tensor& x = values[slot(step.inputs.front())];
  const int n = static_cast<int>(x.shape()[0]);
  const Tensor y = Tensor::empty(stream_, step.output_shape.batch(n));
  Finish finish{.relu = step.relu};
  if (step.inputs.size() > 1) finish.addend = values[slot(step.inputs[1])].data<float>();
  if (step.activation) {
    finish.clips = step.activation->function == ActivationFunction::clip;
    if (!finish.clips) finish.function = cpu::finishing_activation(step.activation->function);
    finish.alpha = step.activation->alpha;
    finish.beta = step.activation->beta;
  }
  cpu::conv2d_finished(stream_, {shape_of(step, n), x.data<float>(), step.panels.data<float>(),
                                 step.bias.defined() ? step.bias.data<float>() : nullptr,
                                 y.data<float>(), finish, step.pool});
  return y;
}

Conv2dShape Plan::shape_of(const Step& step, int n) const {
  const Shape& filters = step.weight.shape();
  return pellucid::shape_of(step.input_shape.batch(n), static_cast<int>(filters[0]),
                            {static_cast<int>(filters[1]), static_cast<int>(filters[2])},
                            step.convolution);
}

Tensor Plan::run_step(const Step& step, const Values& values) const {
  const ProfileScope scope(stream_, step.name);
  const NoGradient off;
  const Tensor& x = values[slot(step.inputs.front())];
  if (step.panels.defined()) return convolve_finished(step, values);
  if (step.relu) return convolve(step, x.data<float>(), {}, static_cast<int>(x.shape()[0]));
  if (!step.op)
    return conv2d(stream_, Variable(x), Variable(step.weight),
                  step.bias.defined() ? Variable(step.bias) : Variable(), step.convolution)
        .value();
  std::vector<Variable> inputs;
  for (const int input : step.inputs) inputs.emplace_back(values[slot(input)]);
  return step.op->forward({stream_}, inputs).value();
}

}  // namespace pellucid
