// optimizer.h: Adam and SGD over the parameters of a model; formulas in kernels/optimizer.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "nn/op/op.h"

namespace pellucid {

struct AdamOptions {
  double learning_rate = 1e-4;
  double beta1 = 0.9, beta2 = 0.999;
  double epsilon = 1e-7;  // added to the root of the uncorrected second moment, as Keras does
  // Decoupled (AdamW; Loshchilov and Hutter, ICLR 2019, in PyTorch's form): each step begins with
  // w ← (1 − learning_rate · weight_decay) · w, for the weights of convolutions and linear layers alone
  // (arrays of more than one axis), not for biases nor for what batch normalisation scales and shifts by.
  double weight_decay = 0;
};

struct SgdOptions {
  double learning_rate = 1e-2;
  double momentum = 0;
};

// One rule for all parameters; the parameters must outlive it.
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  // Moves every parameter along its gradient and clears the gradients. A parameter without a
  // gradient stays as it is.
  virtual void step(Stream& stream) = 0;

  // What the next step depends on beside weights and gradients, so that a run can be stopped and
  // resumed: tensors (sharing their memory), named "m.conv1.weight", and the number of steps.
  virtual std::vector<std::pair<std::string, Tensor>> state() const = 0;
  std::int64_t steps() const { return steps_; }
  void set_steps(std::int64_t steps) { steps_ = steps; }
  // Of the next steps, for a schedule; above 0.
  void set_learning_rate(double rate) { learning_rate_ = rate; }

 protected:
  explicit Optimizer(double learning_rate) : learning_rate_(learning_rate) {}
  double learning_rate_;
  std::int64_t steps_ = 0;
};

// Throw UsageError for a setting out of range: learning_rate > 0, 0 ≤ beta, momentum < 1,
// epsilon > 0, weight_decay ≥ 0.
std::unique_ptr<Optimizer> make_adam(Stream& stream, std::vector<Parameter*> parameters,
                                     const AdamOptions& options);
std::unique_ptr<Optimizer> make_sgd(Stream& stream, std::vector<Parameter*> parameters,
                                    const SgdOptions& options);

}  // namespace pellucid
