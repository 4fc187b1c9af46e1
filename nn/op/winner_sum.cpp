// One score a class of the logits of a segmenter: their sum over the places where the class wins, or, with
// "mask": true, over those where the buffer NAME.mask is not 0; formulas in kernels/winner_sum/winner_sum.h.
#include "kernels/winner_sum/winner_sum.h"

#include "nn/op/attributes.h"

namespace pellucid {
namespace {

class WinnerSum final : public Op {
 public:
  WinnerSum(const OpDescription& d, bool masked)
      : Op(d.name, d.inputs, value_of({1, 1, d.inputs[0].shape.c, true})) {
    const ActivationShape& in = input().shape;
    if (masked)
      mask_ = {
          .name = name() + ".mask", .value = {}, .initial = 1, .size = std::int64_t{in.h} * in.w};
  }

  Variable forward(const OpContext& context, std::span<const Variable> x) const override {
    const ActivationShape& in = input().shape;
    const auto n = x[0].shape()[0];
    const WinnerSumShape shape{static_cast<int>(n), in.h * in.w, in.c};
    const bool masked = mask_.size > 0;
    const Tensor y = Tensor::empty(context.stream, output().shape.batch(n)), mask = mask_.value,
                 winner = masked ? Tensor()
                                 : Tensor::empty(context.stream, {n, shape.places}, DType::i32);
    winner_sum(context.stream,
               {shape, x[0].value().data<float>(), masked ? mask.data<float>() : nullptr,
                masked ? nullptr : winner.data<std::int32_t>(), y.data<float>()});
    return Variable::operation(
        "winner_sum", y, {x[0]},
        [shape, mask, winner, masked, in = x[0].shape()](Stream& s, const Tensor& dy) {
          const Tensor dx = Tensor::empty(s, in);
          winner_sum_backward(s,
                              {shape, dy.data<float>(), masked ? mask.data<float>() : nullptr,
                               masked ? nullptr : winner.data<std::int32_t>(), dx.data<float>()});
          return std::vector{dx};
        });
  }
  bool scores_places() const override { return true; }
  std::vector<ModelBuffer*> buffers() override {
    return mask_.size > 0 ? std::vector{&mask_} : std::vector<ModelBuffer*>{};
  }

 private:
  ModelBuffer mask_;  // of (h, w); without a size: none
};

std::unique_ptr<Op> make(const OpDescription& d) {
  expect_picture(d.name, "winner_sum", d.inputs[0].shape);
  return std::make_unique<WinnerSum>(d, flag_or(d.json, "mask"));
}

}  // namespace

extern const Operation winner_sum_operation;
const Operation winner_sum_operation{
    .type = "winner_sum", .short_name = "winners", .make = make, .keys = {"mask"}};

}  // namespace pellucid
