// y = (x − μ)/√(σ² + ε)·γ + β with the mean and variance of one image over the "axes" of the "view": layer,
// instance and group norm (kernels/group_norm/group_norm.h), alike in training and prediction. NAME.weight is
// γ, NAME.bias β, in the memory order of "affine".
#include "kernels/group_norm/group_norm.h"

#include <utility>

#include "kernels/reduce/reduce_axes.h"
#include "nn/op/attributes.h"
#include "nn/op/axes.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

const float* data_or_null(const Tensor& tensor) {
  return tensor.defined() ? tensor.data<float>() : nullptr;
}

// What forward and backward share.
struct NormState {
  MergedAxes merged;      // of x, for the statistics
  MergedAxes parameters;  // of x, the parameters' axes kept and all others, the batch too, reduced
  Tensor x, mean, inverse, gamma;
};

// Σ over all axes without parameters, (count).
Tensor parameter_gradient(Stream& stream, const NormState& state, const Tensor& values,
                          Shape shape) {
  const Tensor sum = Tensor::empty(stream, shape);
  reduce_axes(stream,
              {state.parameters.shape, Reduction::sum, values.data<float>(), sum.data<float>()});
  return sum;
}

std::vector<Tensor> derive(Stream& stream, const NormState& state, const Tensor& dy, bool wants_dx,
                           bool wants_gamma, bool wants_beta) {
  const Tensor dx = wants_dx ? Tensor::empty(stream, dy.shape()) : Tensor();
  const Tensor product = wants_gamma ? Tensor::empty(stream, dy.shape()) : Tensor();
  if (wants_dx || wants_gamma)
    group_norm_backward(stream, {.shape = state.merged.shape,
                                 .affine = state.merged.parameter,
                                 .x = state.x.data<float>(),
                                 .dy = dy.data<float>(),
                                 .gamma = data_or_null(state.gamma),
                                 .mean = state.mean.data<float>(),
                                 .inverse = state.inverse.data<float>(),
                                 .dx = wants_dx ? dx.data<float>() : nullptr,
                                 .product = wants_gamma ? product.data<float>() : nullptr});
  std::vector<Tensor> gradients{dx};
  if (!state.gamma.defined()) return gradients;
  const Shape shape = state.gamma.shape();
  gradients.push_back(wants_gamma ? parameter_gradient(stream, state, product, shape) : Tensor());
  gradients.push_back(wants_beta ? parameter_gradient(stream, state, dy, shape) : Tensor());
  return gradients;
}

class Normalize final : public Op {
 public:
  // axes: of one image. parameters: how many γ and β are; 0: none.
  Normalize(const OpDescription& d, std::vector<Axis> axes, int parameters, float epsilon)
      : Op(d.name, d.inputs, d.inputs[0]),
        axes_(std::move(axes)),
        parameters_(parameters),
        epsilon_(epsilon) {
    gamma_ = {.name = name() + ".weight",
              .variable = {},
              .initial = Initial::ones,
              .out = parameters,
              .file_shape = {parameters}};
    beta_ = {
        .name = name() + ".bias", .variable = {}, .out = parameters, .file_shape = {parameters}};
  }

  Variable forward(const OpContext& context, std::span<const Variable> x) const override {
    Stream& stream = context.stream;
    const Variable& in = x[0];
    const std::int64_t n = in.shape()[0];
    NormState state{merged_axes(name(), n, axes_), {}, in.value(), {}, {}, {}};
    const auto results = state.merged.shape.results();
    state.mean = Tensor::empty(stream, {results});
    state.inverse = Tensor::empty(stream, {results});
    if (parameters_ > 0) {
      state.gamma = gamma_.variable.value();
      state.parameters = summed_axes(name(), n, axes_);
    }
    const Tensor y = Tensor::empty(stream, in.shape());
    group_norm(stream, {.shape = state.merged.shape,
                        .affine = state.merged.parameter,
                        .x = in.value().data<float>(),
                        .y = y.data<float>(),
                        .gamma = data_or_null(state.gamma),
                        .beta = parameters_ > 0 ? beta_.variable.value().data<float>() : nullptr,
                        .mean = state.mean.data<float>(),
                        .inverse = state.inverse.data<float>(),
                        .epsilon = epsilon_});
    std::vector<Variable> inputs{in};
    if (parameters_ > 0) inputs.insert(inputs.end(), {gamma_.variable, beta_.variable});
    const bool wants_dx = in.requires_gradient(),
               wants_gamma = parameters_ > 0 && gamma_.variable.requires_gradient(),
               wants_beta = parameters_ > 0 && beta_.variable.requires_gradient();
    return Variable::operation(
        "normalize", y, std::move(inputs),
        [state, wants_dx, wants_gamma, wants_beta](Stream& s, const Tensor& dy) {
          return derive(s, state, dy, wants_dx, wants_gamma, wants_beta);
        });
  }
  std::vector<Parameter*> parameters() override {
    if (parameters_ == 0) return {};
    return {&gamma_, &beta_};
  }

  // Axes for the sums that are the gradients of γ and β.
  static MergedAxes summed_axes(const std::string& name, std::int64_t n,
                                const std::vector<Axis>& axes) {
    std::vector<Axis> all;
    for (const Axis& axis : axes) all.push_back({axis.extent, !axis.has_parameter});
    return merged_axes(name, n, all, true);
  }

 private:
  std::vector<Axis> axes_;
  int parameters_;
  float epsilon_;
  Parameter gamma_, beta_;
};

// Marks the axes along which γ and β vary; how many they are.
int read_affine(const JsonView& affine, const std::vector<int>& view, std::vector<Axis>& axes) {
  affine.array_size(view.size(), view.size());
  int count = 1;
  for (std::size_t i = 0; i < view.size(); ++i) {
    const JsonView element = affine.element(i);
    const int extent = integer_of(element, 1, view[i]);
    require(extent == 1 || extent == view[i], element.where(), ": wrong extent (found ", extent,
            "; expected 1 or the view's ", view[i], ")");
    axes[i].has_parameter = extent > 1;
    count *= extent;
  }
  return count;
}

std::unique_ptr<Op> make(const OpDescription& d) {
  const std::vector<int> view = view_of_input(d);
  std::vector<Axis> axes = axes_of(d, view);
  const auto affine = d.json.find("affine");
  const int parameters = affine ? read_affine(*affine, view, axes) : 0;
  const auto epsilon = d.json.find("epsilon");
  merged_axes(d.name, 2, axes);
  if (parameters > 0) Normalize::summed_axes(d.name, 2, axes);
  return std::make_unique<Normalize>(d, std::move(axes), parameters,
                                     epsilon ? static_cast<float>(epsilon->number(0, 1)) : 1e-5f);
}

}  // namespace

extern const Operation normalize_operation;
const Operation normalize_operation{.type = "normalize",
                                    .short_name = "norm",
                                    .make = make,
                                    .keys = {"view", "axes", "epsilon", "affine"}};

}  // namespace pellucid
