// inference.h: a model as a plan for prediction: no tape, each convolution with the ReLU and the
// maximum pooling that follow it as one operator, and an input that may be masks over an image
// (kernels/masked_image.h), of which no masked image is ever written.
//
// The layers up to the flattening run over a chunk of the batch that stays in the caches, the flat
// ones over the whole batch at once. Neither chunk nor batch changes a bit of the result.
#pragma once

#include <vector>

#include "kernels/masked_image.h"
#include "nn/model.h"

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
  int chunk() const;

  // x: (N, h, w, c) in [0, 1] → logits (N, classes).
  Tensor logits(const Tensor& x) const;
  // n masks over images of input() → logits (n, classes).
  Tensor logits(const MaskedImage& masked, int n) const;

 private:
  // A layer as it is, or a convolution with what it was fused with.
  struct Step {
    const Layer* layer = nullptr;
    std::string name;     // of the layer, or of the convolution
    Tensor weight, bias;  // of a fused convolution
    Conv2dOptions convolution;
    int pool = 1;
    ActivationShape input, output;
  };

  template <class Input>
  Tensor run(int n, const Input& input) const;
  Tensor run_step(const Step& step, const Tensor& x) const;
  Tensor convolve(const Step& step, const float* x, const MaskedImage& masked, int n) const;
  Tensor first_step(const MaskedImage& masked, int n) const;

  Stream& stream_;
  ActivationShape input_;
  int classes_;
  std::vector<Step> picture_steps_, flat_steps_;
};

}  // namespace pellucid
