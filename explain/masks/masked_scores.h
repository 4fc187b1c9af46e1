// masked_scores.h: a model's scores of pictures with some of their superpixels switched off.
//
// The pictures lie on the device side by side with their fills and label images, and masks of
// several of them go through the model in one launch (kernels/masked_image.h), so that a small
// network fills a GPU. A score does not depend on the company its mask was in.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "explain/masks/coalitions.h"
#include "explain/masks/shared_layers.h"
#include "explain/target.h"

namespace pellucid {

// How masks go through a network's first convolutions: one by one, or what looks alike to an output
// once (explain/masks/shared_layers.h). automatic: as is faster; direct and shared give the same scores, on the cpu to
// the bit.
enum class Forward { automatic, direct, shared };
// "auto", "direct" or "shared"; throws UsageError.
Forward parse_forward(const std::string& name);
std::string_view to_string(Forward forward);

// How a plan takes pictures: grey ones on one channel, where the model allows it.
Plan::Channels channels_for(const Model& model, bool colour);
// Each value of a plane so many times.
std::vector<float> repeat_channels(const std::vector<float>& plane, int channels);

class MaskedScores {
 public:
  // The model must outlive it. batch: masks at a time, which changes no bit; 0: as many as the
  // caches like.
  // colour: pictures have the model's channels, else they are grey.
  MaskedScores(Stream& stream, const Model& model, int batch, bool colour = false,
               Forward forward = Forward::automatic);

  const ActivationShape& input() const { return plan_.input(); }
  int classes() const { return plan_.classes(); }
  Outputs outputs() const { return plan_.outputs(); }
  // Masks that a launch takes; more are more launches.
  int masks_at_once() const;

  // Makes room for `pictures`; what was there is gone.
  void reset(int pictures);
  // image, fill: in [0, 1], (h, w), grey, of which a model with several channels gets one in each, or in
  // colour (h, w, c); labels: (h, w), each from 0 to the number of the masks' features − 1.
  void place(int picture, const std::vector<float>& image, const std::vector<float>& fill,
             const std::vector<std::int32_t>& labels);

  struct Masks {
    int picture = 0;
    const Coalitions* coalitions = nullptr;  // at least one row; it stays on the device
  };
  // How masks went through: layers that they shared; multiply-adds of these layers, of what the
  // masks one by one would have needed; seconds that finding and computing what they share took.
  struct Sharing {
    int layers = 0;
    double computed = 1, seconds = 0;
  };
  // For each of the masks (rows, classes) scores, one by one.
  std::vector<std::vector<double>> scores(std::span<const Masks> masks, Score score) const;
  // Whether these masks may share layers, which shared_scores then decides with their bits in hand, a
  // copy from the device; else it is not to be asked.
  bool may_share(const Coalitions& masks) const;
  // Scores of masks that share layers; nothing if they should go one by one, which depends on
  // nothing but the masks, their picture and `forward`.
  std::optional<std::vector<double>> shared_scores(const Masks& masks, Score score,
                                                   Sharing& sharing) const;

 private:
  using Selection = std::vector<std::size_t>;  // positions in the masks
  std::optional<SharedLayers> share(const Masks& masks) const;
  template <class Logits>
  std::vector<float> in_batches(int rows, Score score, const Logits& logits) const;
  MaskedImage pictures_from(int picture, int words) const;
  Tensor joined_bits(std::span<const Masks> masks, const Selection& chosen) const;
  std::vector<float> scores_of_one_width(std::span<const Masks> masks, const Selection& chosen,
                                         Score score) const;

  Stream& stream_;
  Plan plan_;
  int batch_;
  bool colour_;
  Forward forward_;
  std::vector<std::vector<std::int32_t>> host_labels_;  // a picture each
  Tensor images_, fills_, labels_;  // (pictures, h, w, c) twice, (pictures, h, w)
};

}  // namespace pellucid
