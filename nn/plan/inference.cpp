#include "nn/plan/inference.h"

#include <algorithm>
#include <string_view>

#include "kernels/conv2d/relu_pool/conv2d_relu_pool.h"
#include "kernels/mask/mask.h"
#include "runtime/error.h"
#include "runtime/profile.h"

namespace pellucid {
namespace {

// (K, R, S, C) → (K, R, S, 1).
Tensor sum_over_channels(Stream& stream, const Tensor& weight) {
  const std::vector<float> values = weight.to_host<float>(stream);
  const std::size_t channels = static_cast<std::size_t>(weight.shape()[3]);
  std::vector<float> sums(values.size() / channels);
  for (std::size_t i = 0; i < sums.size(); ++i) {
    double sum = 0;
    for (std::size_t c = 0; c < channels; ++c) sum += values[i * channels + c];
    sums[i] = static_cast<float>(sum);
  }
  const Shape& s = weight.shape();
  return Tensor::from_host(stream, {s[0], s[1], s[2], 1}, sums);
}

// The side of square pooling windows that neither overlap nor are padded, else 0.
int plain_window(const std::optional<Pool2dOptions>& pool) {
  if (!pool || pool->padding != Size2d{0, 0} || pool->window != pool->stride ||
      pool->window.h != pool->window.w)
    return 0;
  return pool->window.h;
}

// Windows that the fused kernels hold in a thread's registers.
constexpr int kLargestFusedWindow = 2;

}  // namespace

Inference::Inference(Stream& stream, const Model& model, Channels channels)
    : stream_(stream), input_(model.input()), classes_(model.classes()) {
  const auto& layers = model.layers();
  const auto type_of = [&](std::size_t i) {
    return i < layers.size() ? std::string_view(layers[i]->type()) : std::string_view();
  };
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (type_of(i) == "dropout" || type_of(i) == "softmax") continue;
    Step step;
    step.layer = layers[i].get();
    step.name = layers[i]->name();
    step.input = layers[i]->input();
    step.output = layers[i]->output();
    step.pool = std::max(1, plain_window(layers[i]->max_pooling()));
    const auto convolution = layers[i]->convolution();
    if (convolution && type_of(i + 1) == "relu") {
      step.layer = nullptr;
      step.weight = convolution->weight->variable.value();
      step.bias = convolution->bias->variable.value();
      step.convolution = convolution->options;
      ++i;
      const int window = i + 1 < layers.size() ? plain_window(layers[i + 1]->max_pooling()) : 0;
      if (window >= 1 && window <= kLargestFusedWindow) {
        step.pool = window;
        step.output = layers[++i]->output();
      }
    }
    (step.output.flat && step.input.flat ? flat_steps_ : picture_steps_).push_back(step);
  }
  if (channels == Channels::one) {
    require(!picture_steps_.empty() && !picture_steps_.front().layer, "model ", model.name(),
            " does not begin with a convolution and a ReLU, so its channels cannot be summed");
    Step& first = picture_steps_.front();
    first.weight = sum_over_channels(stream, first.weight);
    first.input.c = input_.c = 1;
  }
}

Conv2dShape Inference::shape_of(const Step& step, int n) const {
  const Shape& filters = step.weight.shape();
  const Conv2dOptions& o = step.convolution;
  return {.n = n,
          .h = step.input.h,
          .w = step.input.w,
          .c = step.input.c,
          .k = static_cast<int>(filters[0]),
          .r = static_cast<int>(filters[1]),
          .s = static_cast<int>(filters[2]),
          .stride_h = o.stride.h,
          .stride_w = o.stride.w,
          .pad_h = o.padding.h,
          .pad_w = o.padding.w,
          .dilation_h = o.dilation.h,
          .dilation_w = o.dilation.w};
}

Tensor Inference::convolve(const Step& step, const float* x, const MaskedImage& masked,
                           int n) const {
  const Tensor y = Tensor::empty(stream_, step.output.batch(n));
  conv2d_relu_pool(stream_, {shape_of(step, n), x, masked, step.weight.data<float>(),
                             step.bias.data<float>(), y.data<float>(), step.pool});
  return y;
}

Tensor Inference::run_step(const Step& step, const Tensor& x) const {
  const ProfileScope scope(stream_, step.name);
  if (!step.layer) return convolve(step, x.data<float>(), {}, static_cast<int>(x.shape()[0]));
  const NoGradient off;
  return step.layer->forward({stream_}, Variable(x)).value();
}

Tensor Inference::first_step(const MaskedImage& masked, int n) const {
  if (!picture_steps_.empty() && !picture_steps_.front().layer) {
    const ProfileScope scope(stream_, picture_steps_.front().name);
    return convolve(picture_steps_.front(), nullptr, masked, n);
  }
  const Tensor x = Tensor::empty(stream_, input_.batch(n));
  mask_images(stream_, {masked, x.data<float>(), n, input_.h, input_.w, input_.c});
  return picture_steps_.empty() ? x : run_step(picture_steps_.front(), x);
}

// Some 16 MiB on a host, the 50 MB of a data-centre GPU's L2.
int Inference::chunk(std::size_t first_step) const {
  std::int64_t largest = 1;
  for (std::size_t i = first_step; i < picture_steps_.size(); ++i)
    largest = std::max(largest, picture_steps_[i].output.count());
  const std::int64_t budget = stream_.device() == DeviceKind::cuda ? 32 << 20 : 8 << 20;
  return static_cast<int>(std::clamp<std::int64_t>(budget / (4 * largest), 1, 1024));
}

// input(first, count): what step `first_step` reads, for these images.
Tensor Inference::run(int n, std::size_t first_step, const Input& input) const {
  const int most = chunk(first_step == 0 ? 0 : first_step - 1);  // with what made its input
  Tensor flat;
  for (int first = 0; first < n; first += most) {
    const int count = std::min(most, n - first);
    Tensor x = input(first, count);
    for (std::size_t i = first_step; i < picture_steps_.size(); ++i)
      x = run_step(picture_steps_[i], x);
    if (count == n) {
      flat = x;
    } else {
      if (!flat.defined()) flat = Tensor::empty(stream_, {n, x.count() / count});
      const Tensor rows = flat.slice(first, count);
      stream_.copy_on_device(rows.data<float>(), x.data<float>(), x.bytes());
    }
  }
  for (const Step& step : flat_steps_) flat = run_step(step, flat);
  return flat.reshape({n, classes_});
}

Tensor Inference::logits(const Tensor& x) const {
  const bool fits =
      x.shape().rank() >= 1 && x.shape()[0] >= 1 && x.shape() == input_.batch(x.shape()[0]);
  require(fits, "the input of the plan: expected N times ", input_.to_string(),
          " with N at least 1, got ", x.shape().to_string());
  return run(static_cast<int>(x.shape()[0]), 0,
             [&](int first, int count) { return x.slice(first, count); });
}

Tensor Inference::logits(const MaskedImage& masked, int n) const {
  require(n >= 1, "the input of the plan: at least 1 mask, got ", n);
  return run(n, 1, [&](int first, int count) {
    MaskedImage part = masked;
    part.bits += std::ptrdiff_t{first} * masked.words;
    if (part.image_of) part.image_of += first;
    return first_step(part, count);
  });
}

}  // namespace pellucid
