#include "explain/activation/score_cam.h"

#include <algorithm>
#include <cmath>

#include "kernels/mask/weigh_images.h"
#include "kernels/normalize/normalize.h"
#include "kernels/resize/resize.h"
#include "kernels/transpose/transpose.h"
#include "runtime/profile.h"

namespace pellucid {
namespace {

constexpr int kChannelsAtOnce = 64;  // changes no bit of a score

std::vector<float> softmax_of(const std::vector<double>& scores) {
  const double greatest = *std::max_element(scores.begin(), scores.end());
  double sum = 0;
  for (const double score : scores) sum += std::exp(score - greatest);
  std::vector<float> out;
  for (const double score : scores)
    out.push_back(static_cast<float>(std::exp(score - greatest) / sum));
  return out;
}

}  // namespace

ScoreCam::ScoreCam(Stream& stream, const Model& model, const std::string& layer, ScoreCamForm form)
    : stream_(stream),
      plan_(stream, model),
      layer_(layer),
      shape_(model.shape(layer)),
      form_(form) {}

// channels: (count, h, w) → (count, height, width), in [0, 1].
Tensor ScoreCam::masks(const Tensor& channels) const {
  const int count = static_cast<int>(channels.shape()[0]);
  const ActivationShape& input = plan_.input();
  const auto stretch = [&](const Tensor& maps) {
    normalize_min_max(stream_, {maps.data<float>(), maps.data<float>(), count, maps.count() / count,
                                form_.epsilon});
  };
  if (form_.stretch_first) stretch(channels);
  const Tensor enlarged = Tensor::empty(stream_, {count, input.h, input.w});
  resize_bilinear(stream_, {channels.data<float>(), enlarged.data<float>(), count, shape_.h,
                            shape_.w, 1, input.h, input.w, form_.align_corners});
  if (!form_.stretch_first) stretch(enlarged);
  return enlarged;
}

std::vector<float> ScoreCam::weights(const Tensor& x, const Tensor& activation, int label,
                                     Score score) const {
  const ProfileScope scope(stream_, "score-cam");
  const ActivationShape& input = plan_.input();
  const int k = shape_.c, classes = plan_.classes();
  const Tensor channels = Tensor::empty(stream_, {k, shape_.h, shape_.w});
  transpose(stream_, {activation.data<float>(), channels.data<float>(), 1, shape_.h * shape_.w, k});
  std::vector<double> scores;
  for (int first = 0; first < k; first += kChannelsAtOnce) {
    const int count = std::min(kChannelsAtOnce, k - first);
    const Tensor mask = masks(channels.slice(first, count));
    const Tensor masked = Tensor::empty(stream_, input.batch(count));
    weigh_images(stream_, {x.data<float>(), mask.data<float>(), masked.data<float>(), count,
                           input.h, input.w, input.c});
    const std::vector<float> logits = plan_.logits(masked).to_host<float>(stream_);
    for (int i = 0; i < count; ++i) {
      const std::span<const float> row(logits.data() + std::ptrdiff_t{i} * classes,
                                       static_cast<std::size_t>(classes));
      require(std::all_of(row.begin(), row.end(), [](float v) { return std::isfinite(v); }),
              "Score-CAM: a score under channel ", first + i, " of layer ", layer_,
              " is not finite");
      scores.push_back(score_value(row, label, score));
    }
  }
  return softmax_of(scores);
}

}  // namespace pellucid
