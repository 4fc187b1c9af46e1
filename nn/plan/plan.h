// plan.h: a network as a plan for prediction: no tape; a convolution with the batch normalisation (folded
// into its weights), the ReLU and the maximum pooling behind it as one operator (nn/graph/fusion.h); a value
// is dropped as soon as nothing reads it; and an input that may be masks over an image
// (kernels/masked_image.h), of which no masked image is ever written.
//
// The steps are cut into segments, each of which runs over a chunk of the batch: few images where maps are
// large, so that they stay in the caches, many where the weights are, and all of them once the picture is
// flat. Neither chunk nor batch changes a bit of the result.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "kernels/activation/activation.h"
#include "kernels/conv2d/conv2d.h"
#include "kernels/masked_image.h"
#include "nn/graph/fusion.h"
#include "nn/graph/model.h"

namespace pellucid {

class Plan {
 public:
  enum class Channels {
    as_model,  // the input has the model's channels
    one,       // one channel, which stands for all of the model's: a grey picture. The first
    // convolution's weights are summed over their channels (in double, rounded once), which
    // saves two thirds of its work on three; scores agree to rounding
  };
  // The model must outlive the plan and keep its weights. Throws Error if `one` is asked for of a model
  // that can_sum_channels() does not hold for.
  Plan(Stream& stream, const Model& model, Channels channels = Channels::as_model);
  // Whether a convolution with a ReLU is all that reads the network's input.
  static bool can_sum_channels(const Model& model);

  Stream& stream() const { return stream_; }
  const ActivationShape& input() const { return input_; }
  int classes() const { return classes_; }
  Outputs outputs() const { return outputs_; }
  // Images of the first chunk: what a step reads and writes for them fits into the caches.
  int chunk() const { return chunk(0, 0); }

  // x: (N, h, w, c) in [0, 1] → logits (N, classes).
  Tensor logits(const Tensor& x) const;
  // n masks over images of input() → logits (n, classes).
  Tensor logits(const MaskedImage& masked, int n) const;

  // A convolution with a ReLU, and with a maximum pooling of windows of pool × pool.
  struct ChainLink {
    std::string name;
    Conv2dShape shape;  // of one image
    int pool;
    Tensor weight, bias;  // the bias may be undefined
    ActivationShape output;
    // The window of a plain maximum pooling that alone reads the output, and what it makes; else 1.
    int pool_behind;
    ActivationShape pooled;
  };
  // The convolutions that the input passes one after the other, before anything else happens to it.
  std::vector<ChainLink> chain() const;
  // n images → logits (n, classes), from the outputs of the first `links` links of the chain, at least 1;
  // `pooled`: after the pooling behind these. output(first, count) gives them for these images.
  using Images = std::function<Tensor(int first, int count)>;
  Tensor logits_behind(int links, bool pooled, int n, const Images& output) const;

 private:
  // A node as it is, or a convolution with what it was fused with.
  struct Step {
    const Op* op = nullptr;
    std::string name;     // of the node, or of the convolution
    Tensor weight, bias;  // of a fused convolution; the bias may be undefined
    Conv2dOptions convolution;
    bool relu = false;
    int pool = 1;  // window of the fused pooling
    std::optional<Activation> activation;
    Tensor panels;            // the weights packed, of a convolution that the cpu finishes
    std::vector<int> inputs;  // of a convolution also what is added to it
    int output = 0;
    ActivationShape input_shape, output_shape;  // of the first input

    // A convolution with a ReLU, and perhaps a pooling, of all channels, to which nothing is added.
    bool is_link() const { return relu && inputs.size() == 1 && convolution.groups == 1; }
  };
  struct Segment {
    std::size_t first, last;   // steps; last excluded
    std::vector<int> outputs;  // values that later segments read
    bool whole;                // the whole batch is a chunk
  };
  using Values = std::vector<Tensor>;  // by id; undefined where not there
  // Values at hand for images first … first + count − 1.
  using Source = std::function<Values(int first, int count)>;

  static std::size_t slot(int value) { return static_cast<std::size_t>(value); }
  Fusion fusion() const;
  Step step_of(const FusedGroup& group) const;
  void pack(Step& step) const;
  Conv2dShape shape_of(const Step& step, int n) const;
  std::int64_t floats_of_chunk() const;
  void cut_into_segments();
  int chunk(std::size_t segment, std::size_t first_step) const;
  Tensor run(int n, std::size_t first_step, const Source& source) const;
  Tensor run_from(int value, int n, std::size_t first_step, const Images& images) const;
  Values run_segment(std::size_t segment, int first, int n, std::size_t first_step,
                     const Source& source) const;
  void run_steps(Values& values, const Segment& segment, std::size_t first_step) const;
  Tensor run_step(const Step& step, const Values& values) const;
  Tensor convolve(const Step& step, const float* x, const MaskedImage& masked, int n) const;
  Tensor convolve_finished(const Step& step, const Values& values) const;
  std::size_t chain_length() const;

  Stream& stream_;
  const Graph& graph_;
  ActivationShape input_;
  int classes_;
  Outputs outputs_;
  std::vector<Step> steps_;
  std::vector<Segment> segments_;
  int logits_ = 0;            // the value
  std::vector<int> readers_;  // of each value: how many inputs of steps it is
  std::vector<std::size_t>
      last_read_;  // of each value: the step; the number of steps for the logits
};

}  // namespace pellucid
