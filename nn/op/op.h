// op.h: an operation of a network as a noun: everything about one kind of operation (its JSON, its
// shapes, its trained and kept tensors, its forward pass and, through nn/autograd, its derivative, and
// what passes over the graph may do with it) stands in one file, nn/op/NAME.cpp.
//
// An Operation is a kind of operation ("conv2d"), an Op one of them with its attributes and shapes, at
// its place in a network. Shapes are known before any tensor exists, so that a description that does not
// fit is refused with the layer's name and not by a kernel. They are of one image: the batch is free.
//
// A file added to nn/op is built and known without an edit elsewhere: NAME.cpp defines
// `const Operation NAME_operation`, and the table of all of them is generated (nn/CMakeLists.txt).
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nn/autograd/functions.h"
#include "runtime/formats/json.h"

namespace pellucid {

struct Activation;  // kernels/activation/activation.h

// The most weights of one layer: kernels index them with int. Also the features that a picture
// flattens into.
inline constexpr std::int64_t kMaxLayerWeights = std::numeric_limits<int>::max();

// The most inputs of one layer.
inline constexpr std::size_t kMostInputs = 64;

// One image's activation: (h, w, c), or, flat, c features (h = w = 1).
struct ActivationShape {
  int h = 1, w = 1, c = 1;
  bool flat = false;

  std::int64_t count() const { return std::int64_t{h} * w * c; }
  Shape batch(std::int64_t n) const;  // (n, h, w, c) or (n, c)
  std::string to_string() const;      // "13x13x14" or "2366"
  bool operator==(const ActivationShape&) const = default;
};

// What flows from one operation to the next.
struct Value {
  ActivationShape shape;
  // What the features of a flat value were flattened from, in (h, w, c) order: their order in files is
  // (c, h, w). The shape itself where nothing was flattened.
  ActivationShape picture;
};
Value value_of(const ActivationShape& shape);

// How a parameter begins: he_uniform draws from ±√(6 / fan_in), uniform from ±spread, normal with the standard deviation
// `spread`.
enum class Initial { he_uniform, zeros, ones, uniform, normal };

// A trained array. Weights of convolutions and linear layers are (out, h, w, c) in memory and
// (out, c, h, w) in files (of a transposed convolution `out` are its inputs); h = w = 1 for a linear layer that reads no flattened picture. Of an array with
// one extent, `out` is that extent.
struct Parameter {
  std::string name;   // "conv1.weight"
  Variable variable;  // requires a gradient; undefined until it has a value
  Initial initial = Initial::zeros;
  int out = 0, h = 1, w = 1, c = 1;
  std::int64_t fan_in = 0;  // inputs of one output, for he_uniform
  double spread = 0;        // for uniform and normal
  Shape file_shape;         // conv weight (out, c, h, w), fc weight (out, h·w·c), bias (out)

  Shape memory_shape() const;    // conv weight (out, h, w, c), otherwise as in the file
  void set_value(Tensor value);  // makes the variable if there is none yet
};

// An array that training computes beside the gradients, such as running statistics: saved with the
// parameters and kept with the best of them, never touched by the optimiser.
struct ModelBuffer {
  std::string name;       // "bn1.running_mean"
  Tensor value;           // undefined until it has a value; written in place
  float initial = 0;      // of every element
  float least = 0;        // the smallest value that a file may hold (a variance is not negative)
  std::int64_t size = 0;  // its one extent
};

// What a forward pass needs beside its inputs.
struct OpContext {
  Stream& stream;
  bool training = false;  // batch statistics, not running ones
  bool dropout = false;   // dropout acts
  RandomKey key = {};     // of this operation in this step
};

// A convolution's parts, for a plan that computes it together with what follows.
struct Convolution {
  const Parameter* weight;
  const Parameter* bias;  // or null
  Conv2dOptions options;
};
// y = scale[c]·x + shift[c] for each channel c, on the host.
struct ChannelAffine {
  std::vector<double> scale, shift;
};

class Op {
 public:
  Op(std::string name, std::vector<Value> inputs, Value output)
      : name_(std::move(name)), inputs_(std::move(inputs)), output_(output) {}
  virtual ~Op() = default;
  Op(const Op&) = delete;
  Op& operator=(const Op&) = delete;

  const std::string& name() const { return name_; }  // of the layer
  const Value& input(std::size_t i = 0) const { return inputs_[i]; }
  std::size_t arity() const { return inputs_.size(); }
  const Value& output() const { return output_; }

  // x: as many as inputs, (n, …) each.
  virtual Variable forward(const OpContext& context, std::span<const Variable> x) const = 0;
  virtual std::vector<Parameter*> parameters() { return {}; }
  virtual std::vector<ModelBuffer*> buffers() { return {}; }

  // What passes over a graph ask; by default an operation is none of it.
  virtual std::optional<Convolution> convolution() const { return std::nullopt; }
  virtual std::optional<Pool2dOptions> max_pooling() const { return std::nullopt; }
  // W of y = W·x + b over flat features.
  virtual const Parameter* linear_weight() const { return nullptr; }
  // Whether a prediction is an affine function of each channel, which may be folded into a convolution
  // before it; and that function. Waits for the device.
  virtual bool is_channel_affine() const { return false; }
  virtual ChannelAffine channel_affine(Stream&) const { return {}; }
  virtual bool is_relu() const { return false; }
  // The function of each value by itself, of kernels/activation, that it is; null if it is none of these.
  virtual const Activation* activation() const { return nullptr; }
  // The sum of its inputs, of one shape.
  virtual bool is_addition() const { return false; }
  // Neither adds nor mixes features, it only thins out places (pooling): a map that is to be looked at
  // is looked at before it.
  virtual bool is_pooling() const { return false; }
  // A prediction's output is its input, in another shape or none.
  virtual bool keeps_values() const { return false; }
  // Makes one score a class of the logits at each place of a picture: what it reads is a segmenter's answer.
  virtual bool scores_places() const { return false; }
  // Turns logits into probabilities: only as the last layer, and only when it is asked for.
  virtual bool makes_probabilities() const { return false; }

 private:
  std::string name_;
  std::vector<Value> inputs_;
  Value output_;
};

// What an Op is made from.
struct OpDescription {
  std::string name;           // of the layer
  std::vector<Value> inputs;  // as many as the operation takes
  JsonView json;              // of the layer; its keys are known ones
};

// A kind of operation.
struct Operation {
  std::string_view type;        // "conv2d", in JSON
  std::string_view short_name;  // "conv": layers without a name are conv1, conv2, …
  // Throws Error naming the layer, or the place in the JSON, and the values.
  std::unique_ptr<Op> (*make)(const OpDescription&);
  std::vector<std::string_view> keys = {};  // of its JSON, beside type, name and inputs
  std::size_t least_inputs = 1, most_inputs = 1;
  // The key that says how many outputs its weights make, which may be made one a class.
  std::string_view outputs_key = {};
  bool draws = false;  // random numbers in training
};

// All of nn/op, by type in alphabetical order.
const std::vector<const Operation*>& all_operations();
// Null if there is none of this type.
const Operation* find_operation(std::string_view type);

}  // namespace pellucid
