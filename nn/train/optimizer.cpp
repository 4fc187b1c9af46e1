#include "nn/train/optimizer.h"

#include <cmath>
#include <utility>

#include "kernels/elementwise/elementwise.h"
#include "kernels/optimizer/optimizer.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

void expect_setting(bool good, const char* name, const char* range, double value) {
  if (!good) throw UsageError(concat(name, " must be ", range, ", got ", value));
}

Tensor zeros_like(Stream& stream, const Parameter& parameter) {
  return Tensor::zeros(stream, parameter.variable.shape());
}

class Adam final : public Optimizer {
 public:
  Adam(Stream& stream, std::vector<Parameter*> parameters, const AdamOptions& options)
      : Optimizer(options.learning_rate), options_(options) {
    for (Parameter* parameter : parameters)
      slots_.push_back({parameter, zeros_like(stream, *parameter), zeros_like(stream, *parameter)});
  }

  void step(Stream& stream) override {
    ++steps_;
    const auto steps = static_cast<double>(steps_);
    const double correction =
        std::sqrt(1 - std::pow(options_.beta2, steps)) / (1 - std::pow(options_.beta1, steps));
    std::vector<AdamArray> arrays;
    for (Slot& slot : slots_) {
      const Variable& variable = slot.parameter->variable;
      const Tensor& gradient = variable.gradient();
      if (!gradient.defined()) continue;
      if (options_.weight_decay > 0 && slot.parameter->file_shape.extents().size() > 1)
        decay(stream, variable.value());
      arrays.push_back({.w = variable.value().data<float>(),
                        .g = gradient.data<float>(),
                        .m = slot.m.data<float>(),
                        .v = slot.v.data<float>(),
                        .count = gradient.count()});
    }
    if (arrays.empty()) return;
    adam(stream, {.arrays = arrays,
                  .step = {.step_size = static_cast<float>(learning_rate_ * correction),
                           .beta1 = static_cast<float>(options_.beta1),
                           .beta2 = static_cast<float>(options_.beta2),
                           .epsilon = static_cast<float>(options_.epsilon)}});
    for (Slot& slot : slots_) slot.parameter->variable.clear_gradient();
  }

  std::vector<std::pair<std::string, Tensor>> state() const override {
    std::vector<std::pair<std::string, Tensor>> tensors;
    for (const Slot& slot : slots_) {
      tensors.emplace_back("m." + slot.parameter->name, slot.m);
      tensors.emplace_back("v." + slot.parameter->name, slot.v);
    }
    return tensors;
  }

 private:
  struct Slot {
    Parameter* parameter;
    Tensor m, v;
  };

  void decay(Stream& stream, const Tensor& weights) const {
    add(stream, {.x = weights.data<float>(),
                 .z = nullptr,
                 .y = weights.data<float>(),
                 .count = weights.count(),
                 .a = static_cast<float>(1 - learning_rate_ * options_.weight_decay)});
  }

  AdamOptions options_;
  std::vector<Slot> slots_;
};

class Sgd final : public Optimizer {
 public:
  Sgd(Stream& stream, std::vector<Parameter*> parameters, const SgdOptions& options)
      : Optimizer(options.learning_rate), options_(options) {
    for (Parameter* parameter : parameters)
      slots_.push_back({parameter, zeros_like(stream, *parameter)});
  }

  void step(Stream& stream) override {
    ++steps_;
    for (Slot& slot : slots_) {
      Variable& variable = slot.parameter->variable;
      const Tensor& gradient = variable.gradient();
      if (!gradient.defined()) continue;
      sgd(stream, {.w = variable.value().data<float>(),
                   .g = gradient.data<float>(),
                   .m = slot.m.data<float>(),
                   .count = gradient.count(),
                   .learning_rate = static_cast<float>(learning_rate_),
                   .momentum = static_cast<float>(options_.momentum)});
      variable.clear_gradient();
    }
  }

  std::vector<std::pair<std::string, Tensor>> state() const override {
    std::vector<std::pair<std::string, Tensor>> tensors;
    for (const Slot& slot : slots_) tensors.emplace_back("m." + slot.parameter->name, slot.m);
    return tensors;
  }

 private:
  struct Slot {
    Parameter* parameter;
    Tensor m;
  };
  SgdOptions options_;
  std::vector<Slot> slots_;
};

}  // namespace

std::unique_ptr<Optimizer> make_adam(Stream& stream, std::vector<Parameter*> parameters,
                                     const AdamOptions& o) {
  expect_setting(o.learning_rate > 0 && std::isfinite(o.learning_rate), "the learning rate",
                 "above 0", o.learning_rate);
  expect_setting(o.beta1 >= 0 && o.beta1 < 1, "Adam's beta1", "in [0, 1)", o.beta1);
  expect_setting(o.beta2 >= 0 && o.beta2 < 1, "Adam's beta2", "in [0, 1)", o.beta2);
  expect_setting(o.epsilon > 0, "Adam's epsilon", "above 0", o.epsilon);
  expect_setting(o.weight_decay >= 0 && std::isfinite(o.weight_decay), "the weight decay",
                 "0 or more", o.weight_decay);
  return std::make_unique<Adam>(stream, std::move(parameters), o);
}

std::unique_ptr<Optimizer> make_sgd(Stream& stream, std::vector<Parameter*> parameters,
                                    const SgdOptions& o) {
  expect_setting(o.learning_rate > 0 && std::isfinite(o.learning_rate), "the learning rate",
                 "above 0", o.learning_rate);
  expect_setting(o.momentum >= 0 && o.momentum < 1, "the momentum", "in [0, 1)", o.momentum);
  return std::make_unique<Sgd>(stream, std::move(parameters), o);
}

}  // namespace pellucid
