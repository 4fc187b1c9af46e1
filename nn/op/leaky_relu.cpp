// Any shape, unchanged: y = x > 0 ? x : slope·x.
#include "kernels/leaky_relu/leaky_relu.h"
#include "nn/op/op.h"

namespace pellucid {
namespace {

class LeakyRelu final : public Op {
 public:
  LeakyRelu(const OpDescription& d, float slope)
      : Op(d.name, d.inputs, d.inputs[0]), slope_(slope) {}
  Variable forward(const OpContext& context, std::span<const Variable> x) const override {
    const auto run = [slope = slope_](Stream& stream, const Tensor& sign, const Tensor& v) {
      const Tensor y = Tensor::empty(stream, v.shape());
      leaky_relu(stream, {sign.data<float>(), v.data<float>(), y.data<float>(), y.count(), slope});
      return y;
    };
    return Variable::operation("leaky_relu", run(context.stream, x[0].value(), x[0].value()),
                               {x[0]}, [run, in = x[0].value()](Stream& stream, const Tensor& dy) {
                                 return std::vector{run(stream, in, dy)};
                               });
  }

 private:
  float slope_;
};

std::unique_ptr<Op> make(const OpDescription& d) {
  const auto slope = d.json.find("slope");
  return std::make_unique<LeakyRelu>(d, slope ? static_cast<float>(slope->number(0, 1)) : 0.01f);
}

}  // namespace

extern const Operation leaky_relu_operation;
const Operation leaky_relu_operation{
    .type = "leaky_relu", .short_name = "leaky", .make = make, .keys = {"slope"}};

}  // namespace pellucid
