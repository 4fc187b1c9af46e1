// Any shape, unchanged: y = f(x), one of kernels/activation/activation.h. And "leaky_relu", which was an
// operation before the family was one.
#include "kernels/activation/activation.h"
#include "nn/op/op.h"
#include "runtime/error.h"
#include "runtime/formats/nearest.h"

namespace pellucid {
namespace {

constexpr double kLargest = std::numeric_limits<float>::max();

class ActivationOp final : public Op {
 public:
  ActivationOp(const OpDescription& d, const Activation& f)
      : Op(d.name, d.inputs, d.inputs[0]), f_(f) {}
  Variable forward(const OpContext& context, std::span<const Variable> x) const override {
    const Tensor& in = x[0].value();
    const Tensor y = Tensor::empty(context.stream, in.shape());
    pellucid::activation(context.stream, {f_, in.data<float>(), y.data<float>(), y.count()});
    return Variable::operation(
        "activation", y, {x[0]}, [f = f_, in](Stream& stream, const Tensor& dy) {
          const Tensor dx = Tensor::empty(stream, dy.shape());
          activation_backward(
              stream, {f, in.data<float>(), dy.data<float>(), dx.data<float>(), dx.count()});
          return std::vector{dx};
        });
  }

  const Activation* activation() const override { return &f_; }

 private:
  Activation f_;
};

const ActivationInfo& function_of(const JsonView& layer) {
  const JsonView function = layer.at("function");
  std::vector<std::string> known;
  for (const ActivationInfo& info : all_activations()) {
    if (info.name == function.text()) return info;
    known.emplace_back(info.name);
  }
  function.fail_expected(joined(known));
}

float number_of(const JsonView& layer, std::string_view key, std::string_view function,
                const std::optional<float>& otherwise) {
  const auto view = layer.find(key);
  if (!view) return otherwise.value_or(0);
  if (!otherwise) view->fail_expected(concat("no such key: ", function, " has no ", key));
  return static_cast<float>(view->number(-kLargest, kLargest));
}

std::unique_ptr<Op> make_activation(const OpDescription& d) {
  const ActivationInfo& info = function_of(d.json);
  const float alpha = number_of(d.json, "alpha", info.name, info.alpha);
  if (info.function == ActivationFunction::celu && alpha == 0)
    d.json.at("alpha").fail_expected("a number that is not 0, by which celu divides");
  return std::make_unique<ActivationOp>(
      d, Activation{info.function, alpha, number_of(d.json, "beta", info.name, info.beta)});
}

std::unique_ptr<Op> make_leaky_relu(const OpDescription& d) {
  const auto slope = d.json.find("slope");
  return std::make_unique<ActivationOp>(
      d, Activation{ActivationFunction::leaky_relu,
                    slope ? static_cast<float>(slope->number(0, 1)) : 0.01f});
}

}  // namespace

extern const Operation activation_operation, leaky_relu_operation;
const Operation activation_operation{.type = "activation",
                                     .short_name = "activation",
                                     .make = make_activation,
                                     .keys = {"function", "alpha", "beta"}};
const Operation leaky_relu_operation{
    .type = "leaky_relu", .short_name = "leaky", .make = make_leaky_relu, .keys = {"slope"}};

}  // namespace pellucid
