// inference.h: a model as a plan for prediction: no tape, each convolution with the ReLU and the
// maximum pooling that follow it as one operator, and an input that may be masks over an image
// (kernels/masked_image.h), of which no masked image is ever written.
//
// The layers up to the flattening run over a chunk of the batch that stays in the caches, the flat
// ones over the whole batch at once. Neither chunk nor batch changes a bit of the result.
//
// Masks over one picture may also share the first layers: an output there sees few superpixels, so
// that most masks look the same from it, and is computed once a pattern (kernels/mask_patterns.h).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "kernels/conv2d/conv2d.h"
#include "kernels/conv2d/patterns/conv2d_patterns.h"
#include "kernels/masked_image.h"
#include "nn/graph/model.h"

namespace pellucid {

class Inference {
 public:
  enum class Channels {
    as_model,  // the input has the model's channels
    one,       // one channel, which stands for all of the model's: a grey picture. The first
    // convolution's weights are summed over their channels (in double, rounded once), which
    // saves two thirds of its work on three; scores agree to rounding
  };
  // The model must outlive the plan and keep its weights. Throws Error if `one` is asked for and
  // the model does not begin with a convolution.
  Inference(Stream& stream, const Model& model, Channels channels = Channels::as_model);

  const ActivationShape& input() const { return input_; }
  int classes() const { return classes_; }
  // Images of a chunk: what a step reads and writes for them fits into the caches.
  int chunk() const { return chunk(0); }

  // x: (N, h, w, c) in [0, 1] → logits (N, classes).
  Tensor logits(const Tensor& x) const;
  // n masks over images of input() → logits (n, classes).
  Tensor logits(const MaskedImage& masked, int n) const;

  // What masks over one picture share: the outputs of the first `layers` convolutions (with their
  // ReLU and pooling), a row a pattern.
  struct Shared {
    int layers = 0, masks = 0;
    double computed = 1;  // multiply-adds of these layers, of what the masks one by one would need
    Tensor rows, places, pattern_of_mask;  // of the last of them
  };
  enum class Sharing { where_faster, always };
  // Whether share() `where_faster` would look at so many masks: else they are through one by one
  // before what they share is found. words: of a mask.
  bool may_share(int masks, int words) const;
  // masked: of one picture, so without image_of; labels, bits: the same on the host, (h, w) and
  // (masks, words). Nothing where the masks one by one are faster, by a model of the cost that knows
  // the number of patterns and the device's speed; nor, even of `always`, where the plan does not
  // begin with a convolution and a ReLU, its first layer would have more rows than kMostSharedRows
  // or there are more than 2^27 bits of masks.
  std::optional<Shared> share(const MaskedImage& masked, std::span<const std::int32_t> labels,
                              std::span<const std::uint32_t> bits, Sharing sharing) const;
  // Masks first … first + n − 1 of them → logits (n, classes): on the cpu the bits of the masks one
  // by one, elsewhere the same within rounding.
  Tensor logits(const Shared& shared, int first, int n) const;
  static constexpr std::size_t kMostSharedRows = std::size_t{1} << 22;

 private:
  // A layer as it is, or a convolution with what it was fused with.
  struct Step {
    const Layer* layer = nullptr;
    std::string name;     // of the layer, or of the convolution
    Tensor weight, bias;  // of a fused convolution
    Conv2dOptions convolution;
    int pool = 1;  // window of the fused pooling; of a layer: if it is a plain maximum pooling
    ActivationShape input, output;
  };

  int chunk(std::size_t first_step) const;
  using Input = std::function<Tensor(int first, int count)>;
  Tensor run(int n, std::size_t first_step, const Input& input) const;
  Tensor run_step(const Step& step, const Tensor& x) const;
  Tensor convolve(const Step& step, const float* x, const MaskedImage& masked, int n) const;
  Tensor first_step(const MaskedImage& masked, int n) const;
  Conv2dShape shape_of(const Step& step, int n) const;
  int pool_after(std::size_t steps) const;
  std::vector<Conv2dPatternsArgs> layers_of_pictures() const;

  Stream& stream_;
  ActivationShape input_;
  int classes_;
  std::vector<Step> picture_steps_, flat_steps_;
};

}  // namespace pellucid
