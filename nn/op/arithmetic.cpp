// y = f(x₁, x₂, …) element by element with numpy's broadcasting (kernels/arithmetic/arithmetic.h), or of
// one input and a constant: the buffer NAME.constant, which nothing trains, or, for prelu, the slopes, the
// parameter NAME.weight. Both are in memory order. Of three and more inputs the first two are joined,
// then their result and the third, …; "mean" is their sum times 1/n.
//
// "views" says which extents each input's memory has: as many axes for all, [h, w, c] of a picture and
// [1, 1, c] of flat features by default. The output is, unless "output" says so, what the first input with
// as many elements is; else a picture where views have three axes, and flat where not.
#include "kernels/arithmetic/arithmetic.h"

#include <algorithm>

#include "kernels/elementwise/elementwise.h"
#include "nn/op/attributes.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

using Extents = std::vector<std::int64_t>;

constexpr std::size_t kMaxViewRank = BroadcastShape::kMaxRank - 1;  // the batch is an axis, too

std::string text_of(const Extents& extents) {
  std::string text;
  for (const std::int64_t extent : extents) text += concat(text.empty() ? "[" : ", ", extent);
  return text + "]";
}

std::int64_t count_of(const Extents& extents) {
  std::int64_t count = 1;
  for (const std::int64_t extent : extents) count *= extent;
  return count;
}

// 1 to 6 numbers of at least 1, whose product kernels can index.
Extents extents_of(const JsonView& view) {
  Extents extents;
  std::int64_t count = 1;
  for (std::size_t i = 0; i < view.array_size(1, kMaxViewRank); ++i) {
    extents.push_back(view.element(i).integer(1, kMaxLayerWeights));
    if (extents.back() > kMaxLayerWeights / count)
      view.fail_expected(concat("a product of at most ", kMaxLayerWeights));
    count *= extents.back();
  }
  return extents;
}

struct Attributes {
  std::string_view name;  // of the function
  ArithmeticFunction function = ArithmeticFunction::add;
  std::vector<Extents> views;  // of the inputs, then of the constant
  bool constant = false, constant_first = false;
};

// Of operands that fit.
Extents larger_of(Extents a, const Extents& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = std::max(a[i], b[i]);
  return a;
}

// The view of the result. Throws Error if operands do not fit, or have too large a one.
Extents joined_views(const std::string& layer, const std::vector<Extents>& views) {
  Extents joined = views[0];
  for (const Extents& view : views) {
    bool fits = view.size() == joined.size();
    for (std::size_t i = 0; fits && i < view.size(); ++i)
      fits = joined[i] == view[i] || joined[i] == 1 || view[i] == 1;
    require(fits, "layer ", layer, ": operands that do not fit (found ", text_of(joined), " and ",
            text_of(view), "; expected as many axes, with equal extents or 1)");
    joined = larger_of(joined, view);
  }
  std::int64_t count = 1;
  for (const std::int64_t extent : joined) {
    require(extent <= kMaxLayerWeights / count, "layer ", layer, ": too many elements (found ",
            text_of(joined), "; expected at most ", kMaxLayerWeights, ")");
    count *= extent;
  }
  return joined;
}

class Arithmetic final : public Op {
 public:
  Arithmetic(const OpDescription& d, Attributes attributes, const Value& output)
      : Op(d.name, d.inputs, output), attributes_(std::move(attributes)) {
    if (!attributes_.constant) return;
    const auto size = count_of(attributes_.views.back());
    if (attributes_.function == ArithmeticFunction::prelu)
      weight_ = {.name = name() + ".weight",
                 .variable = {},
                 .out = static_cast<int>(size),
                 .file_shape = {size}};
    else
      constant_ = {.name = name() + ".constant",
                   .value = {},
                   .initial = neutral(),
                   .least = std::numeric_limits<float>::lowest(),
                   .size = size};
  }

  Variable forward(const OpContext& context, std::span<const Variable> x) const override {
    std::vector<Operand> operands;
    for (std::size_t i = 0; i < x.size(); ++i)
      operands.push_back({x[i], with_batch(x[i].shape()[0], attributes_.views[i])});
    if (attributes_.constant)
      operands.push_back({weight_.out > 0 ? weight_.variable : Variable(constant_.value),
                          with_batch(1, attributes_.views.back())});
    if (attributes_.constant_first) std::swap(operands[0], operands[1]);
    Operand y = operands[0];
    for (std::size_t i = 1; i < operands.size(); ++i) y = join(context.stream, y, operands[i]);
    if (attributes_.name == "mean")
      y.x = scaled(context.stream, y.x, 1.0f / static_cast<float>(operands.size()));
    return reshape(y.x, output().shape.batch(x[0].shape()[0]));
  }
  std::vector<Parameter*> parameters() override {
    return weight_.out > 0 ? std::vector{&weight_} : std::vector<Parameter*>{};
  }
  std::vector<ModelBuffer*> buffers() override {
    return constant_.size > 0 ? std::vector{&constant_} : std::vector<ModelBuffer*>{};
  }

 private:
  struct Operand {
    Variable x;
    Extents extents;  // with the batch's
  };

  static Extents with_batch(std::int64_t n, const Extents& view) {
    Extents extents{n};
    extents.insert(extents.end(), view.begin(), view.end());
    return extents;
  }

  // Before the file's values are there: what changes nothing.
  float neutral() const {
    using enum ArithmeticFunction;
    const ArithmeticFunction f = attributes_.function;
    constexpr float largest = std::numeric_limits<float>::max();
    return f == mul || f == div || f == pow ? 1 : f == max ? -largest : f == min ? largest : 0;
  }

  Operand join(Stream& stream, const Operand& a, const Operand& b) const {
    const ArithmeticFunction f = attributes_.function;
    const BroadcastShape shape = broadcast_shape(a.extents, b.extents);
    Operand y{{}, larger_of(a.extents, b.extents)};
    const Tensor value = Tensor::empty(stream, {y.extents[0], shape.count() / y.extents[0]});
    arithmetic(stream, {f, shape, a.x.value().data<float>(), b.x.value().data<float>(),
                        value.data<float>()});
    const bool reads = f != ArithmeticFunction::add && f != ArithmeticFunction::sub;
    const std::array<Shape, 2> shapes{a.x.shape(), b.x.shape()};
    const std::array<bool, 2> wanted{a.x.requires_gradient(), b.x.requires_gradient()};
    y.x = Variable::operation(
        "arithmetic", value, {a.x, b.x},
        [=, in_a = reads ? a.x.value() : Tensor(), in_b = reads ? b.x.value() : Tensor()](
            Stream& s, const Tensor& dy) {
          std::vector<Tensor> gradients(2);
          for (const bool of_b : {false, true}) {
            Tensor& gradient = gradients[of_b];
            if (!wanted[of_b]) continue;
            const bool is_dy = f == ArithmeticFunction::add || (!of_b && !reads);
            if (is_dy && shapes[of_b].count() == dy.count()) {
              gradient = dy.reshape(shapes[of_b]);
              continue;
            }
            gradient = Tensor::empty(s, shapes[of_b]);
            arithmetic_backward(
                s, {f, shape, (reads ? in_a : dy).data<float>(), (reads ? in_b : dy).data<float>(),
                    dy.data<float>(), gradient.data<float>(), of_b});
          }
          return gradients;
        });
    return y;
  }

  static Variable scaled(Stream& stream, const Variable& x, float factor) {
    const auto times = [factor](Stream& s, const Tensor& from) {
      const Tensor y = Tensor::empty(s, from.shape());
      add(s, {.x = from.data<float>(),
              .z = nullptr,
              .y = y.data<float>(),
              .count = y.count(),
              .a = factor});
      return y;
    };
    return Variable::operation(
        "scale", times(stream, x.value()), {x},
        [times](Stream& s, const Tensor& dy) { return std::vector{times(s, dy)}; });
  }

  Attributes attributes_;
  Parameter weight_;      // out is 0 where there is none
  ModelBuffer constant_;  // size is 0 where there is none
};

void read_function(const JsonView& layer, Attributes& attributes) {
  const JsonView view = layer.at("function");
  const std::string& name = view.text();
  attributes.name = name == "mean" ? "mean" : "";
  if (name == "mean") return;  // a sum, and its scale
#define PELLUCID_NAMED(one)                        \
  if (name == #one) {                              \
    attributes.name = #one;                        \
    attributes.function = ArithmeticFunction::one; \
  }
  PELLUCID_ARITHMETIC(PELLUCID_NAMED)
#undef PELLUCID_NAMED
  if (attributes.name.empty())
    view.fail_expected("add, sub, mul, div, pow, max, min, mean or prelu");
}

void read_views(const OpDescription& d, Attributes& attributes) {
  if (const auto views = d.json.find("views")) {
    views->array_size(d.inputs.size(), d.inputs.size());
    for (std::size_t i = 0; i < d.inputs.size(); ++i) {
      const JsonView view = views->element(i);
      attributes.views.push_back(extents_of(view));
      if (count_of(attributes.views[i]) != d.inputs[i].shape.count())
        view.fail_expected(concat("extents of ", d.inputs[i].shape.count(),
                                  " elements, as the input ", d.inputs[i].shape.to_string(),
                                  " has"));
    }
  } else {
    for (const Value& input : d.inputs)
      attributes.views.push_back({input.shape.h, input.shape.w, input.shape.c});
  }
  if (const auto constant = d.json.find("constant")) {
    attributes.constant = true;
    attributes.views.push_back(extents_of(*constant));
  }
  if (const auto first = d.json.find("constant_first"))
    attributes.constant_first = first->boolean();
}

// [h, w, c] or [c].
ActivationShape shape_of(const JsonView& view) {
  if (view.array_size(1, 3) == 2) view.fail_expected("[h, w, c] or [c]");
  if (view.array_size() == 1)
    return {.c = integer_of(view.element(0), 1, static_cast<int>(kMaxLayerWeights)), .flat = true};
  return {integer_of(view.element(0), 1, kModelMaxExtent),
          integer_of(view.element(1), 1, kModelMaxExtent),
          integer_of(view.element(2), 1, kModelMaxChannels)};
}

Value output_of(const OpDescription& d, const Extents& view) {
  const std::int64_t count = count_of(view);
  if (const auto output = d.json.find("output")) {
    const ActivationShape shape = shape_of(*output);
    if (shape.count() != count) output->fail_expected(concat("a shape of ", count, " elements"));
    return value_of(shape);
  }
  for (const Value& input : d.inputs)
    if (input.shape.count() == count) return input;
  const bool all_flat = std::all_of(d.inputs.begin(), d.inputs.end(),
                                    [](const Value& input) { return input.shape.flat; });
  if (view.size() != 3 || (all_flat && !d.json.find("views")))
    return value_of({.c = static_cast<int>(count), .flat = true});
  require(view[0] <= kModelMaxExtent && view[1] <= kModelMaxExtent && view[2] <= kModelMaxChannels,
          "layer ", d.name, ": too large a picture (found ", text_of(view), "; expected at most ",
          kModelMaxExtent, "x", kModelMaxExtent, "x", kModelMaxChannels, ")");
  return value_of(
      {static_cast<int>(view[0]), static_cast<int>(view[1]), static_cast<int>(view[2])});
}

std::unique_ptr<Op> make(const OpDescription& d) {
  Attributes attributes;
  read_function(d.json, attributes);
  read_views(d, attributes);
  const std::size_t operands = attributes.views.size();
  require(
      operands >= 2, "layer ", d.name,
      ": one operand (found one input and no \"constant\"; expected several inputs, or one and a "
      "constant)");
  require(!attributes.constant || operands == 2, "layer ", d.name, ": wrong inputs (found ",
          d.inputs.size(), " and a constant; expected one input and a constant)");
  const bool any_number = attributes.name == "mean" || attributes.name == "add" ||
                          attributes.name == "mul" || attributes.name == "max" ||
                          attributes.name == "min";
  require(any_number || operands == 2, "layer ", d.name, ": wrong inputs (found ", operands,
          "; expected two for ", attributes.name, ")");
  const bool slopes = attributes.function == ArithmeticFunction::prelu && attributes.constant;
  require(!attributes.constant_first || (attributes.constant && !slopes), "layer ", d.name,
          ": wrong key (found \"constant_first\"; expected it with a \"constant\" of another "
          "function than prelu)");
  const Value output = output_of(d, joined_views(d.name, attributes.views));
  return std::make_unique<Arithmetic>(d, std::move(attributes), output);
}

}  // namespace

extern const Operation arithmetic_operation;
const Operation arithmetic_operation{
    .type = "arithmetic",
    .short_name = "arithmetic",
    .make = make,
    .keys = {"function", "views", "output", "constant", "constant_first"},
    .most_inputs = kMostInputs};

}  // namespace pellucid
