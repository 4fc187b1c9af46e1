// model.h: a network with its weights, built from a JSON description.
//
//   {"name": "tiny",
//    "input": [64, 64, 1],                      height, width, channels
//    "classes": ["normal", "benign", …],        optional; as many as the last layer's outputs
//    "outputs": "classes",                      or "labels", "values", "winners": what the last layer gives
//    "target_layer": "relu3",                   optional; Graph::target()
//    "layers": [
//      {"type": "conv2d", "name": "conv1", "filters": 8, "kernel": [5, 5],
//       "stride": 1, "padding": "same", "dilation": 1},
//      {"type": "relu"}, …]}
//
// A layer reads the one before it, or those that its "inputs" name: ["relu1", "conv3"]; "input" there is
// the network's own. Each reads layers before it, and every layer but the last is read.
//
// Layer types and their keys ("name" and "inputs" are optional everywhere but where there are several
// inputs; a name is by default the type's short name and a number, conv1, deconv1, relu1, pool1, fc1,
// flatten1, dropout1, softmax1, bn1, add1, concat1, leaky1, activation1, arithmetic1,
// reduce1, norm1, matmul1, lrn1, winners1):
//   conv2d          filters, kernel; stride (1), padding ("valid"), dilation (1), groups (1), bias (true),
//                   initial: how weights begin (nn/op/attributes.h), if not "he_uniform"
//   conv_transpose2d  the same, padding a size or [top, left, bottom, right]; output_padding (0)
//   max_pool2d      window; stride (the window), padding ("valid"), dilation (1), ceil (false); window
//                   "global" takes the whole picture
//   average_pool2d  the same; count_padding (false)
//   batch_norm      momentum (0.1), epsilon (1e-5)
//   add             inputs: two or more of one shape
//   concat          inputs: two or more pictures of one height and width; their channels in this order;
//                   axis (the last), views (of each input), output: along any axis of these views
//   resize          output; mode ("nearest", "linear"), nearest ("round_prefer_floor"), coordinates
//                   ("half_pixel"), scales (the quotients of the sizes): as ONNX's Resize
//   reshape         output: the values as they lie in memory in another shape
//   rearrange       view, order (0, 1, …), start (0), step (1), extent (the view's), mode ("constant",
//                   "reflect", "edge", "wrap"), value (0), output: slice, pad, transpose, flip,
//                   broadcast: index i of axis k of the output reads place start[k] + step[k]·i of axis
//                   order[k] of the view, what lies outside by the mode
//   linear          outputs; bias (true), initial; the input must be flat
//   dropout         rate
//   leaky_relu      slope (0.01), from 0 to 1
//   activation      function: sigmoid, tanh, hard_sigmoid, hard_swish, swish, gelu, gelu_tanh, erf,
//                   softplus, mish, elu, selu, celu, softsign, leaky_relu, clip, thresholded_relu, abs, neg,
//                   exp, log, sqrt, reciprocal, sign, floor, ceil, round, sin, cos, tan, asin, acos, atan,
//                   sinh, cosh, asinh, acosh or atanh; alpha and beta where the function has them
//                   (kernels/activation/activation.h)
//   arithmetic      function: add, sub, mul, div, pow, max, min, mean or prelu; inputs: two, of add, mul,
//                   max, min and mean also more; or one input and "constant": the extents of the buffer
//                   NAME.constant, of prelu the parameter NAME.weight; constant_first (false): constant − x;
//                   views, output (nn/op/arithmetic.cpp): numpy's broadcasting
//   relu, flatten   no keys
//   affine          scale, shift: numbers of each channel, or one of all
//   reduce          function ("mean", "sum", "max", "min", "prod", "l1", "l2", "sum_square", "log_sum",
//                   "log_sum_exp"), axes; view, output (flat, of what is left)
//   normalize       axes, over which mean and variance are taken; view, epsilon (1e-5), affine: the view's
//                   extents, 1 on axes without parameters (no parameters): layer, instance, group norm
//   softmax         no keys, as the last layer; or, anywhere, view, axis (the last), log (false)
//   matmul          views [[b, m, k], [b or 1, k, n]], one an input, or one and constant: [b or 1, k, n], the
//                   extents of the buffer NAME.constant, which is not trained; output (flat)
//   winner_sum      mask (false); a segmenter's logits as one score a class: their sum over the places where
//                   it has the largest, or where the buffer NAME.mask is not 0 (at first everywhere)
//   lrn             size; alpha (1e-4), beta (0.75), bias (1): local response normalisation across channels
// A view is the row-major array that an image's memory is taken for: 1 to 6 extents whose product is its
// number of values, by default [h, w, c] of a picture and [c] of flat features. An output is [h, w, c], a
// picture, or [c], flat; by default a picture if the result has three axes.
// A size is one number or [height, width]. Padding is "valid" (none), "same" (output as large as
// the input; stride 1 and an odd dilated kernel only), a size, or [top, left, bottom, right]. An unknown
// key or type is an error.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nn/graph/fusion.h"
#include "nn/graph/graph.h"
#include "nn/graph/graph_json.h"
#include "runtime/formats/json.h"

namespace pellucid {

// Random streams of this library (runtime/random.h); each reserves the streams that follow it.
inline constexpr std::uint64_t kInitialWeightsStream = 0x5745494748540000;  // "WEIGHT", + parameter
inline constexpr std::uint64_t kDropoutStream = 0x4452000000000000;  // "DR", + 256 · step + layer
inline constexpr std::uint64_t kBatchOrderStream = 0x4F52444552000000;  // "ORDER", + epoch

struct ForwardOptions {
  bool training =
      false;  // batch normalisation takes the batch's statistics and moves the running ones
  bool dropout = false;  // dropout acts
  RandomKey key = {};    // layer l draws from stream key.stream + l (fewer than 256 layers)
  // Called with each layer and its output as it is computed: where to hook or keep an activation.
  std::function<void(const Op&, const Variable& output)> observe = {};
};

class Model {
 public:
  // Builds the layers and sets the weights to initialise(seed). `file` names the description in
  // messages. Throws Error naming the file, the layer and the values.
  Model(Stream& stream, const Json& description, std::uint64_t seed,
        const std::string& file = "model");
  // Without weights: initialise() or a checkpoint must set them before the first forward pass.
  explicit Model(const Json& description, const std::string& file = "model");
  Model(Model&&) = default;
  Model& operator=(Model&&) = default;

  const std::string& name() const { return name_; }
  const ActivationShape& input() const { return graph_.value(0).shape; }
  int classes() const;  // outputs of the last layer
  const std::vector<std::string>& class_names() const { return class_names_; }  // may be empty
  // Throws Error if their number is not classes().
  void set_class_names(std::vector<std::string> names);
  Outputs outputs() const { return outputs_; }
  const Json& description() const { return description_; }  // with the class names

  const Graph& graph() const { return graph_; }
  std::vector<std::string> layer_names() const;
  // The value of the layer of this name. Throws Error naming the nearest layer name.
  int value(std::string_view layer) const;
  const ActivationShape& shape(std::string_view layer) const {
    return graph_.value(value(layer)).shape;
  }
  // The layer whose output an activation map looks at unless told otherwise (Graph::target()). Throws
  // Error if no layer makes a picture.
  const std::string& target_layer() const;

  // In layer order, weight before bias.
  const std::vector<Parameter*>& parameters() const { return parameters_; }
  const std::vector<ModelBuffer*>& buffers() const { return buffers_; }
  // The values of all parameters, then those of all buffers, which they share memory with, by name.
  std::vector<std::pair<std::string, Tensor>> state() const;
  std::int64_t parameter_count() const;
  // Gradients of the parameters on or off, e.g. off while explaining.
  void set_requires_gradient(bool on);
  void clear_gradients();

  // x: (N, h, w, c) in [0, 1] → logits (N, classes). A softmax layer at the end is not applied: the
  // loss and predict() do that.
  Variable forward(Stream& stream, const Variable& x, const ForwardOptions& options = {}) const;
  // The values of the last layer, a softmax included, on the host.
  std::vector<float> output(Stream& stream, const Tensor& x) const;
  // The same in two parts: from the input to the values of the layer's cut (Graph::cut: the layer's own
  // output first, then what else is read behind it), and from these to the logits.
  // forward_to(…, the softmax layer) gives probabilities.
  std::vector<Variable> forward_to(Stream& stream, const Variable& x, std::string_view layer,
                                   const ForwardOptions& options = {}) const;
  Variable forward_from(Stream& stream, std::span<const Variable> cut, std::string_view layer,
                        const ForwardOptions& options = {}) const;

  // Weights uniform in ±√(6 / fan_in), or as the layer's "initial" says, biases 0, scales 1; parameter i draws from
  // stream kInitialWeightsStream + i in memory order. Equal on every device.
  void initialise(Stream& stream, std::uint64_t seed);

 private:
  using Values = std::vector<Variable>;  // by id; undefined where not there
  // Computes what is wanted of what `values` holds, and drops what nobody reads any more.
  Values run(Stream& stream, Values values, const std::vector<int>& wanted,
             const ForwardOptions& options) const;

  std::string name_;
  std::vector<std::string> class_names_;
  Outputs outputs_ = Outputs::classes;
  Json description_;
  Graph graph_;
  std::vector<FusedGroup> groups_;  // for training, of all nodes
  std::vector<Parameter*> parameters_;
  std::vector<ModelBuffer*> buffers_;
};

// The description of a built-in model, or of the file at `name_or_path`.
//   balve2024      224×224×3, 1,386,177 parameters: the network of Balve & Hendrix (CHIL 2024)
//   tiny           64×64×1: for phantoms; its last feature map is 16×16
//   tiny_residual  the same with two residual blocks and batch normalisation
//   resnet18, mobilenet_v2   224×224×3, torchvision's (nn/graph/builtin_torchvision.h)
// Throws Error if it is neither.
Json load_model_description(const std::string& name_or_path);
const std::vector<std::string>& builtin_models();
// A description for pictures and classes of one's own: `input`, and as many outputs of the last linear layer or
// convolution as there are classes. Behind it may be what has no weights: pooling, reshaping, softmax. Throws Error
// naming the layer for anything else.
Json fitted_description(Json description, const ActivationShape& input, int classes);

}  // namespace pellucid
