// Local response normalisation across the channels, which are the last axis; formulas in kernels/lrn/lrn.h.
#include "kernels/lrn/lrn.h"

#include "nn/op/attributes.h"

namespace pellucid {
namespace {

class Lrn final : public Op {
 public:
  // shape: but for the rows.
  Lrn(const OpDescription& d, const LrnShape& shape)
      : Op(d.name, d.inputs, d.inputs[0]), shape_(shape) {}

  Variable forward(const OpContext& context, std::span<const Variable> x) const override {
    LrnShape shape = shape_;
    shape.rows = x[0].value().count() / shape.channels;
    const Tensor y = Tensor::empty(context.stream, x[0].shape());
    lrn(context.stream, {shape, x[0].value().data<float>(), y.data<float>()});
    return Variable::operation(
        "lrn", y, {x[0]}, [shape, in = x[0].value()](Stream& s, const Tensor& dy) {
          const Tensor dx = Tensor::empty(s, in.shape());
          lrn_backward(s, {shape, in.data<float>(), dy.data<float>(), dx.data<float>()});
          return std::vector{dx};
        });
  }

 private:
  LrnShape shape_;
};

std::unique_ptr<Op> make(const OpDescription& d) {
  const auto number = [&](const char* key, double least, double most, float otherwise) {
    const auto view = d.json.find(key);
    return view ? static_cast<float>(view->number(least, most)) : otherwise;
  };
  const int size = integer_of(d.json.at("size"), 1, kModelMaxChannels);
  // A positive sum has every power.
  return std::make_unique<Lrn>(
      d, LrnShape{0, d.inputs[0].shape.c, size, number("alpha", 0, 1e6, 1e-4f),
                  number("beta", -100, 100, 0.75f), number("bias", 1e-6, 1e6, 1)});
}

}  // namespace

extern const Operation lrn_operation;
const Operation lrn_operation{
    .type = "lrn", .short_name = "lrn", .make = make, .keys = {"size", "alpha", "beta", "bias"}};

}  // namespace pellucid
