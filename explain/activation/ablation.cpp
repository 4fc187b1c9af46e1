#include "explain/activation/ablation.h"

#include <algorithm>
#include <cmath>

#include "kernels/mask/mask.h"
#include "runtime/profile.h"

namespace pellucid {
namespace {

constexpr int kCutsAtOnce = 64;  // changes no bit of a score

}  // namespace

Ablation::Ablation(Stream& stream, const Model& model, std::string layer)
    : stream_(stream),
      model_(model),
      layer_(std::move(layer)),
      shape_(model.shape(layer_)),
      words_((shape_.c + 31) / 32) {
  const auto values = static_cast<std::size_t>(shape_.count());
  const auto channels = static_cast<std::size_t>(shape_.c),
             words = static_cast<std::size_t>(words_);
  std::vector<std::int32_t> labels(values);
  for (std::size_t i = 0; i < values; ++i) labels[i] = static_cast<std::int32_t>(i % channels);
  std::vector<std::uint32_t> bits(channels * words, 0xFFFFFFFFu);
  for (std::size_t k = 0; k < channels; ++k) bits[k * words + k / 32] = ~(1u << k % 32);
  labels_ = Tensor::from_host(stream, {shape_.count()}, labels);
  bits_ = Tensor::from_host(stream, {shape_.c, words_}, bits);
  fill_ = Tensor::zeros(stream, {shape_.count()});
}

// What is read behind the layer beside its output, of one image so many times.
std::vector<Tensor> Ablation::repeated(std::span<const Tensor> cut, int count) const {
  const Graph& graph = model_.graph();
  const std::vector<int> values = graph.cut(model_.value(layer_));
  std::vector<Tensor> out;
  for (std::size_t i = 1; i < values.size(); ++i) {
    out.push_back(Tensor::empty(stream_, graph.value(values[i]).shape.batch(count)));
    for (int n = 0; n < count; ++n)
      stream_.copy_on_device(out.back().slice(n, 1).data<float>(), cut[i].data<float>(),
                             cut[i].bytes());
  }
  return out;
}

std::vector<float> Ablation::weights(std::span<const Tensor> cut, std::span<const float> logits,
                                     int label, Score score) const {
  const ProfileScope scope(stream_, "ablation");
  const NoGradient off;
  const int channels = shape_.c, classes = model_.classes();
  const double whole = score_value(logits, label, score);
  std::vector<float> weights;
  const std::vector<Tensor> others = repeated(cut, std::min(kCutsAtOnce, channels));
  for (int first = 0; first < channels; first += kCutsAtOnce) {
    const int count = std::min(kCutsAtOnce, channels - first);
    const Tensor ablated = Tensor::empty(stream_, shape_.batch(count));
    MaskedImage masked;
    masked.image = cut.front().data<float>();
    masked.fill = fill_.data<float>();
    masked.labels = labels_.data<std::int32_t>();
    masked.bits = bits_.slice(first, count).data<std::uint32_t>();
    masked.words = words_;
    mask_images(stream_,
                {masked, ablated.data<float>(), count, static_cast<int>(shape_.count()), 1, 1});
    std::vector<Variable> behind{Variable(ablated)};
    for (const Tensor& other : others) behind.emplace_back(other.slice(0, count));
    const std::vector<float> scores =
        model_.forward_from(stream_, behind, layer_).value().to_host<float>(stream_);
    for (int k = 0; k < count; ++k) {
      const std::span<const float> row(scores.data() + std::ptrdiff_t{k} * classes,
                                       static_cast<std::size_t>(classes));
      require(std::all_of(row.begin(), row.end(), [](float v) { return std::isfinite(v); }),
              "Ablation-CAM: a score without channel ", first + k, " of layer ", layer_,
              " is not finite");
      weights.push_back(
          static_cast<float>(whole == 0 ? 0 : score_difference(logits, row, label, score) / whole));
    }
  }
  return weights;
}

}  // namespace pellucid
