// layer.h: the layers a Sequential model is built from. A layer knows its shapes before any tensor
// exists, so a description that does not fit is refused with the layer's name, not by a kernel.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nn/autograd/functions.h"

namespace pellucid {

// Of one layer: kernels index them with int. Also the features that a picture flattens into.
inline constexpr std::int64_t kMaxLayerWeights = std::numeric_limits<int>::max();

// One image's activation: (h, w, c), or, flat, c features (h = w = 1).
struct ActivationShape {
  int h = 1, w = 1, c = 1;
  bool flat = false;

  std::int64_t count() const { return std::int64_t{h} * w * c; }
  Shape batch(std::int64_t n) const;  // (n, h, w, c) or (n, c)
  std::string to_string() const;      // "13x13x14" or "2366"
  bool operator==(const ActivationShape&) const = default;
};

// A trainable array. Weights of conv2d and linear are (out, h, w, c) in memory and (out, c, h, w)
// in files; h = w = 1 for a linear layer that does not read a flattened picture. A bias has one
// extent.
struct Parameter {
  std::string name;   // "conv1.weight"
  Variable variable;  // requires a gradient; undefined until it has a value
  int out = 0, h = 1, w = 1, c = 1;
  std::int64_t fan_in = 0;  // inputs of one output; 0 for a bias
  Shape file_shape;         // conv weight (out, c, h, w), fc weight (out, h·w·c), bias (out)

  bool is_bias() const { return fan_in == 0; }
  Shape memory_shape() const;    // conv weight (out, h, w, c), otherwise as in the file
  void set_value(Tensor value);  // makes the variable if there is none yet
};

// What a forward pass needs beside its input.
struct LayerContext {
  Stream& stream;
  bool training = false;  // dropout acts
  RandomKey key = {};     // of this layer in this step
};

class Layer {
 public:
  Layer(std::string name, const char* type, ActivationShape input, ActivationShape output)
      : name_(std::move(name)), type_(type), input_(input), output_(output) {}
  virtual ~Layer() = default;

  const std::string& name() const { return name_; }
  const char* type() const { return type_; }  // "conv2d", "relu", …
  const ActivationShape& input() const { return input_; }
  const ActivationShape& output() const { return output_; }

  virtual Variable forward(const LayerContext& context, const Variable& x) const = 0;
  virtual std::vector<Parameter*> parameters() { return {}; }

  // What nn/plan/inference.h fuses; nothing for other layers.
  struct Convolution {
    const Parameter* weight;
    const Parameter* bias;
    Conv2dOptions options;
  };
  virtual std::optional<Convolution> convolution() const { return std::nullopt; }
  virtual std::optional<Pool2dOptions> max_pooling() const { return std::nullopt; }

 private:
  std::string name_;
  const char* type_;
  ActivationShape input_, output_;
};

// Each throws Error naming the layer and the values if the shapes do not fit. Parameters have no
// value yet; the model initialises or loads them.

// (h, w, c) → (p, q, filters); formulas in kernels/conv2d/conv2d.h. Has `name`.weight and
// `name`.bias.
std::unique_ptr<Layer> make_conv2d(std::string name, ActivationShape input, int filters,
                                   Size2d kernel, const Conv2dOptions& options);
// inputs → outputs. `picture`: the shape that was flattened into the input, or the flat input.
std::unique_ptr<Layer> make_linear(std::string name, ActivationShape input, int outputs,
                                   ActivationShape picture);
// Any shape, unchanged.
std::unique_ptr<Layer> make_relu(std::string name, ActivationShape input);
std::unique_ptr<Layer> make_dropout(std::string name, ActivationShape input, float rate);
// (h, w, c) → (p, q, c).
std::unique_ptr<Layer> make_max_pool2d(std::string name, ActivationShape input,
                                       const Pool2dOptions& options);
std::unique_ptr<Layer> make_average_pool2d(std::string name, ActivationShape input,
                                           const Pool2dOptions& options);
// (h, w, c) → h·w·c, in that order.
std::unique_ptr<Layer> make_flatten(std::string name, ActivationShape input);
// classes → classes.
std::unique_ptr<Layer> make_softmax(std::string name, ActivationShape input);

}  // namespace pellucid
