// Products of matrices, (b, m, k) · (b or 1, k, n) → (b, m, n), of two values, or of one and the buffer
// NAME.constant, which training leaves as it is; formulas in kernels/linear/matmul.h.
#include "kernels/linear/matmul.h"

#include <limits>

#include "nn/op/attributes.h"
#include "nn/op/view.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

// Of one image: b products of (m, k) by (k, n), the second factor of each its own or one of all.
struct MatmulShape {
  int b = 1, m = 1, k = 1, n = 1;
  bool own = true;
};

// Of a batch. Rows that meet the same matrix are rows of one product.
MatmulArgs arguments(const MatmulShape& s, std::int64_t images, bool constant) {
  std::int64_t batch = images * s.b, m = s.m;
  if (!s.own) batch = images, m *= s.b;
  if (!s.own && constant) batch = 1, m *= images;
  require(std::max(batch, m) <= std::numeric_limits<int>::max(), "matmul: too many rows, ", images,
          " images of ", s.b, " times ", s.m);
  MatmulArgs args{
      static_cast<int>(batch), static_cast<int>(m), s.n, s.k, nullptr, nullptr, nullptr, 1};
  args.b_count = !constant ? args.batch : s.own ? s.b : 1;
  return args;
}

class Matmul final : public Op {
 public:
  Matmul(const OpDescription& d, const MatmulShape& shape, const ActivationShape& output)
      : Op(d.name, d.inputs, value_of(output)), shape_(shape) {
    constant_ = {.name = name() + ".constant",
                 .value = {},
                 .least = std::numeric_limits<float>::lowest(),
                 .size = std::int64_t{shape.own ? shape.b : 1} * shape.k * shape.n};
  }

  Variable forward(const OpContext& context, std::span<const Variable> x) const override {
    const bool constant = x.size() == 1;
    const std::int64_t images = x[0].shape()[0];
    MatmulArgs args = arguments(shape_, images, constant);
    const Tensor a = x[0].value(), b = constant ? constant_.value : x[1].value();
    const Tensor y = Tensor::empty(context.stream, output().shape.batch(images));
    args.a = a.data<float>();
    args.b = b.data<float>();
    args.c = y.data<float>();
    matmul(context.stream, args);
    const bool wants_a = x[0].requires_gradient(), wants_b = !constant && x[1].requires_gradient();
    return Variable::operation(
        "matmul", y, {x.begin(), x.end()},
        [args, wants_a, wants_b, a_shape = a.shape(), b_shape = b.shape(),
         a = wants_b ? a : Tensor(), b = wants_a ? b : Tensor(),
         inputs = x.size()](Stream& s, const Tensor& dy) {
          std::vector<Tensor> gradients(inputs);
          if (wants_a) {
            gradients[0] = Tensor::empty(s, a_shape);
            matmul(s, {args.batch, args.m, args.k, args.n, dy.data<float>(), b.data<float>(),
                       gradients[0].data<float>(), args.b_count, false, true});
          }
          if (wants_b) {
            gradients[1] = Tensor::empty(s, b_shape);
            matmul(s, {args.batch, args.k, args.n, args.m, a.data<float>(), dy.data<float>(),
                       gradients[1].data<float>(), args.batch, true, false});
          }
          return gradients;
        });
  }
  std::vector<ModelBuffer*> buffers() override {
    if (arity() > 1) return {};
    return {&constant_};
  }

 private:
  MatmulShape shape_;
  ModelBuffer constant_;
};

std::string text_of_matrices(const std::vector<int>& v) {
  return concat(v[0], "x", v[1], "x", v[2]);
}

// Three extents; of a constant their product is free.
std::vector<int> constant_extents(const JsonView& constant) {
  std::vector<int> extents;
  constant.array_size(3, 3);
  std::int64_t count = 1;
  for (std::size_t i = 0; i < 3; ++i) {
    extents.push_back(integer_of(constant.element(i), 1, kModelMaxChannels));
    require(count <= kMaxLayerWeights / extents.back(), constant.where(),
            ": too many values (found more than ", kMaxLayerWeights, "; expected at most that)");
    count *= extents.back();
  }
  return extents;
}

std::unique_ptr<Op> make(const OpDescription& d) {
  const JsonView views = d.json.at("views");
  const auto constant = d.json.find("constant");
  require((d.inputs.size() == 1) == constant.has_value(), "layer ", d.name,
          ": wrong inputs (found ", d.inputs.size(),
          constant ? " and a constant" : " and no constant",
          "; expected two inputs, or one and \"constant\")");
  std::vector<std::vector<int>> factors;
  for (std::size_t i = 0; i < views.array_size(d.inputs.size(), d.inputs.size()); ++i) {
    views.element(i).array_size(3, 3);
    factors.push_back(view_of(views.element(i), d.inputs[i].shape.count()));
  }
  if (constant) factors.push_back(constant_extents(*constant));
  const std::vector<int>&a = factors[0], &b = factors[1];
  require(a[2] == b[1] && (b[0] == a[0] || b[0] == 1), "layer ", d.name,
          ": factors that do not fit (found ", text_of_matrices(a), " times ", text_of_matrices(b),
          "; expected b x m x k times b x k x n or 1 x k x n)");
  const MatmulShape shape{a[0], a[1], a[2], b[2], b[0] == a[0] && a[0] > 1};
  const std::int64_t count = std::int64_t{shape.b} * shape.m * shape.n;
  require(
      count <= kMaxLayerWeights && std::int64_t{shape.b} * shape.m <= kMaxLayerWeights / shape.n,
      "layer ", d.name, ": too many values (found ", shape.b, "x", shape.m, "x", shape.n,
      "; expected at most ", kMaxLayerWeights, ")");
  return std::make_unique<Matmul>(d, shape, output_of(d, {static_cast<int>(count)}));
}

}  // namespace

extern const Operation matmul_operation;
const Operation matmul_operation{.type = "matmul",
                                 .short_name = "matmul",
                                 .make = make,
                                 .keys = {"views", "constant", "output"},
                                 .least_inputs = 1,
                                 .most_inputs = 2};

}  // namespace pellucid
