#include "explain/ablation.h"

#include <algorithm>
#include <cmath>

#include "kernels/mask/mask.h"
#include "runtime/profile.h"

namespace pellucid {
namespace {

constexpr int kChannelsAtOnce = 64;  // changes no bit of a score

// The layer's output as mask_images sees it: a picture whose superpixels are the channels.
struct ChannelMasks {
  Tensor labels;  // (places · channels): the channel
  Tensor bits;    // (channels, words): all channels on but one
  Tensor fill;    // (places · channels): 0
  int words;
};

ChannelMasks make_masks(Stream& stream, int places, int channels) {
  const int words = (channels + 31) / 32;
  std::vector<std::int32_t> labels(static_cast<std::size_t>(places) * channels);
  for (std::size_t i = 0; i < labels.size(); ++i)
    labels[i] = static_cast<std::int32_t>(i % static_cast<std::size_t>(channels));
  std::vector<std::int32_t> bits(static_cast<std::size_t>(channels) * words, -1);
  for (int k = 0; k < channels; ++k)
    bits[static_cast<std::size_t>(k) * words + k / 32] = static_cast<std::int32_t>(~(1u << k % 32));
  return {Tensor::from_host(stream, {std::ssize(labels)}, labels),
          Tensor::from_host(stream, {channels, words}, bits),
          Tensor::zeros(stream, {std::ssize(labels)}), words};
}

}  // namespace

std::vector<float> ablation_weights(Stream& stream, const Model& model, const std::string& layer,
                                    const Tensor& activation, std::span<const float> logits,
                                    int label, Score score) {
  const ProfileScope scope(stream, "ablation");
  const NoGradient off;
  const ActivationShape& shape = model.layer(layer).output();
  const int places = shape.h * shape.w, channels = shape.c, classes = model.classes();
  const ChannelMasks masks = make_masks(stream, places, channels);
  const double whole = score_value(logits, label, score);
  std::vector<float> weights;
  for (int first = 0; first < channels; first += kChannelsAtOnce) {
    const int count = std::min(kChannelsAtOnce, channels - first);
    const Tensor ablated = Tensor::empty(stream, shape.batch(count));
    MaskedImage masked;
    masked.image = activation.data<float>();
    masked.fill = masks.fill.data<float>();
    masked.labels = masks.labels.data<std::int32_t>();
    masked.bits =
        reinterpret_cast<const std::uint32_t*>(masks.bits.slice(first, count).data<std::int32_t>());
    masked.words = masks.words;
    mask_images(stream, {masked, ablated.data<float>(), count, places * channels, 1, 1});
    const std::vector<float> scores =
        model.forward_from(stream, Variable(ablated), layer).value().to_host<float>(stream);
    for (int k = 0; k < count; ++k) {
      const std::span<const float> row(scores.data() + std::ptrdiff_t{k} * classes,
                                       static_cast<std::size_t>(classes));
      require(std::all_of(row.begin(), row.end(), [](float v) { return std::isfinite(v); }),
              "Ablation-CAM: a score without channel ", first + k, " of layer ", layer,
              " is not finite");
      weights.push_back(
          static_cast<float>(whole == 0 ? 0 : score_difference(logits, row, label, score) / whole));
    }
  }
  return weights;
}

}  // namespace pellucid
