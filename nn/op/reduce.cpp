// One number for all values along the "axes" of the "view"; formulas in kernels/reduce/reduce_axes.h.
#include "kernels/reduce/reduction.h"

#include <algorithm>
#include <array>
#include <utility>

#include "nn/op/axes.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

constexpr std::array<std::pair<std::string_view, Reduction>, 10> kReductions{{
    {"mean", Reduction::mean},
    {"sum", Reduction::sum},
    {"max", Reduction::max},
    {"min", Reduction::min},
    {"prod", Reduction::prod},
    {"l1", Reduction::l1},
    {"l2", Reduction::l2},
    {"sum_square", Reduction::sum_square},
    {"log_sum", Reduction::log_sum},
    {"log_sum_exp", Reduction::log_sum_exp},
}};

class Reduce final : public Op {
 public:
  Reduce(const OpDescription& d, Reduction function, std::vector<Axis> axes,
         const ActivationShape& output)
      : Op(d.name, d.inputs, value_of(output)), function_(function), axes_(std::move(axes)) {}

  Variable forward(const OpContext& context, std::span<const Variable> x) const override {
    const std::int64_t n = x[0].shape()[0];
    const AxesShape shape = merged_axes(name(), n, axes_).shape;
    const Tensor y = Tensor::empty(context.stream, output().shape.batch(n));
    const Tensor index = has_winner(function_) && gradient_enabled() && x[0].requires_gradient()
                             ? Tensor::empty(context.stream, y.shape(), DType::i32)
                             : Tensor();
    reduce_axes(context.stream, {shape, function_, x[0].value().data<float>(), y.data<float>(),
                                 index.defined() ? index.data<std::int32_t>() : nullptr});
    const auto kept = [&](bool read, const Tensor& tensor) { return read ? tensor : Tensor(); };
    return Variable::operation(
        "reduce", y, {x[0]},
        [shape, index, function = function_, like = x[0].shape(),
         x = kept(reads_x(function_), x[0].value()),
         y = kept(reads_y(function_), y)](Stream& s, const Tensor& dy) {
          const Tensor dx = Tensor::empty(s, like);
          reduce_axes_backward(
              s, {shape, function, x.defined() ? x.data<float>() : nullptr,
                  y.defined() ? y.data<float>() : nullptr, dy.data<float>(),
                  index.defined() ? index.data<std::int32_t>() : nullptr, dx.data<float>()});
          return std::vector{dx};
        });
  }

 private:
  Reduction function_;
  std::vector<Axis> axes_;  // of one image
};

std::unique_ptr<Op> make(const OpDescription& d) {
  const JsonView name = d.json.at("function");
  const auto* const function =
      std::find_if(kReductions.begin(), kReductions.end(),
                   [&](const auto& known) { return known.first == name.text(); });
  if (function == kReductions.end())
    name.fail_expected("mean, sum, max, min, prod, l1, l2, sum_square, log_sum or log_sum_exp");
  const std::vector<int> view = view_of_input(d);
  std::vector<Axis> axes = axes_of(d, view);
  int left = 1;
  for (const Axis& axis : axes)
    if (!axis.reduced) left *= static_cast<int>(axis.extent);
  merged_axes(d.name, 1, axes);
  return std::make_unique<Reduce>(d, function->second, std::move(axes), output_of(d, {left}));
}

}  // namespace

extern const Operation reduce_operation;
const Operation reduce_operation{.type = "reduce",
                                 .short_name = "reduce",
                                 .make = make,
                                 .keys = {"function", "view", "axes", "output"}};

}  // namespace pellucid
