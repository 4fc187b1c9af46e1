// model.h: a Sequential network built from a JSON description.
//
//   {"name": "tiny",
//    "input": [64, 64, 1],                      height, width, channels
//    "classes": ["normal", "benign", …],        optional; as many as the last layer's outputs
//    "layers": [
//      {"type": "conv2d", "name": "conv1", "filters": 8, "kernel": [5, 5],
//       "stride": 1, "padding": "same", "dilation": 1},
//      {"type": "relu"}, …]}
//
// Layer types and their keys ("name" is optional everywhere: by default the type's short name and a
// number, conv1, relu1, pool1, fc1, flatten1, dropout1, softmax1):
//   conv2d          filters, kernel; stride (1), padding ("valid"), dilation (1)
//   max_pool2d      window; stride (the window), padding ("valid")
//   average_pool2d  the same; window "global" takes the whole picture
//   linear          outputs; the input must be flat
//   dropout         rate
//   relu, flatten, softmax    no keys; softmax only as the last layer
// A size is one number or [height, width]. Padding is "valid" (none), "same" (output as large as
// the input; stride 1 and an odd dilated kernel only) or a size. An unknown key or type is an
// error.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "nn/op/layer.h"
#include "runtime/formats/json.h"

namespace pellucid {

// Random streams of this library (runtime/random.h); each reserves the streams that follow it.
inline constexpr std::uint64_t kInitialWeightsStream = 0x5745494748540000;  // "WEIGHT", + parameter
inline constexpr std::uint64_t kDropoutStream = 0x4452000000000000;  // "DR", + 256 · step + layer
inline constexpr std::uint64_t kBatchOrderStream = 0x4F52444552000000;  // "ORDER", + epoch

struct ForwardOptions {
  bool training = false;  // dropout acts
  RandomKey key = {};     // layer l draws from stream key.stream + l (fewer than 256 layers)
  // Called with each layer and its output as it is computed: where to hook or keep an activation.
  std::function<void(const Layer&, const Variable& output)> observe;
};

class Model {
 public:
  // Builds the layers and sets the weights to he_uniform(seed). `file` names the description in
  // messages. Throws Error naming the file, the layer and the values.
  Model(Stream& stream, const Json& description, std::uint64_t seed,
        const std::string& file = "model");
  // Without weights: initialise() or a checkpoint must set them before the first forward pass.
  explicit Model(const Json& description, const std::string& file = "model");
  Model(Model&&) = default;
  Model& operator=(Model&&) = default;

  const std::string& name() const { return name_; }
  const ActivationShape& input() const { return input_; }
  int classes() const;  // outputs of the last layer
  const std::vector<std::string>& class_names() const { return class_names_; }  // may be empty
  // Throws Error if their number is not classes().
  void set_class_names(std::vector<std::string> names);
  const Json& description() const { return description_; }  // with the class names

  const std::vector<std::unique_ptr<Layer>>& layers() const { return layers_; }
  std::vector<std::string> layer_names() const;
  // Throws Error naming the nearest layer name.
  const Layer& layer(std::string_view name) const;
  // The output of the last convolution after the ReLU that follows it (if one does): what Grad-CAM
  // looks at unless told otherwise. Throws Error if there is no convolution.
  const std::string& last_convolution() const;

  // In layer order, weight before bias.
  const std::vector<Parameter*>& parameters() const { return parameters_; }
  std::int64_t parameter_count() const;
  // Gradients of the parameters on or off, e.g. off while explaining.
  void set_requires_gradient(bool on);
  void clear_gradients();

  // x: (N, h, w, c) in [0, 1] → logits (N, classes). A softmax layer at the end is not applied: the
  // loss and predict() do that.
  Variable forward(Stream& stream, const Variable& x, const ForwardOptions& options = {}) const;
  // The same in two parts: from the input to the named layer's output, and from there to the
  // logits. forward_to(…, the softmax layer) gives probabilities.
  Variable forward_to(Stream& stream, const Variable& x, std::string_view layer,
                      const ForwardOptions& options = {}) const;
  Variable forward_from(Stream& stream, const Variable& output, std::string_view layer,
                        const ForwardOptions& options = {}) const;

  // he_uniform: weights uniform in ±√(6 / fan_in), biases 0; parameter i draws from stream
  // kInitialWeightsStream + i in memory order. Equal on every device.
  void initialise(Stream& stream, std::uint64_t seed);

 private:
  std::size_t layer_index(std::string_view name) const;
  Variable run(Stream& stream, Variable x, std::size_t first, std::size_t last,
               const ForwardOptions& options) const;
  std::size_t logits_end() const;  // layers before a final softmax

  std::string name_;
  ActivationShape input_;
  std::vector<std::string> class_names_;
  Json description_;
  std::vector<std::unique_ptr<Layer>> layers_;
  std::vector<Parameter*> parameters_;
};

// The description of a built-in model ("balve2024" or "tiny"), or of the file at `name_or_path`.
//   balve2024  224×224×3, 1,386,177 parameters: the network of Balve & Hendrix (CHIL 2024)
//   tiny       64×64×1: for phantoms; its last feature map is 16×16
// Throws Error if it is neither.
Json load_model_description(const std::string& name_or_path);
const std::vector<std::string>& builtin_models();
// A description for pictures and classes of one's own: `input`, and `outputs` of its last layer, which
// must be linear (Error).
Json fitted_description(Json description, const ActivationShape& input, int classes);

}  // namespace pellucid
