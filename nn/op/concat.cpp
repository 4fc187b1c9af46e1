// One after the other along an axis, by default the channels: (h, w, c₁), (h, w, c₂), … →
// (h, w, c₁ + c₂ + …), in their order.
#include "nn/op/attributes.h"
#include "nn/op/view.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

class Concat final : public Op {
 public:
  // rows: of one image, each of which is joined of one of every input.
  Concat(const OpDescription& d, std::int64_t rows, const ActivationShape& output)
      : Op(d.name, d.inputs, value_of(output)), rows_(rows) {}
  Variable forward(const OpContext& context, std::span<const Variable> x) const override {
    const std::int64_t n = x[0].shape()[0];
    return concat(context.stream, std::vector<Variable>(x.begin(), x.end()), n * rows_,
                  output().shape.batch(n));
  }

 private:
  std::int64_t rows_;
};

// Without "views": inputs that differ along the axis alone.
void expect_joinable(const OpDescription& d, std::size_t axis) {
  for (const Value& input : d.inputs) {
    const ActivationShape &in = input.shape, &first = d.inputs[0].shape;
    std::vector<int> extents = default_view(in), others = default_view(first);
    if (in.flat == first.flat) extents[axis] = others[axis] = 1;
    require(extents == others, "layer ", d.name, ": inputs of different sizes (found ",
            first.to_string(), " and ", in.to_string(), "; expected ",
            axis == 2 || in.flat ? "pictures of one height and width, or flat features"
                                 : "sizes that differ along the axis alone",
            ")");
    // Files would order the features of several flattened pictures as no linear layer can tell.
    require(input.picture.h == in.h && input.picture.w == in.w, "layer ", d.name,
            ": wrong input (found the features of a flattened ", input.picture.to_string(),
            "; expected pictures, concatenated before they are flattened)");
  }
}

std::vector<std::vector<int>> views_of(const OpDescription& d) {
  std::vector<std::vector<int>> views;
  const auto given = d.json.find("views");
  if (given) given->array_size(d.inputs.size(), d.inputs.size());
  for (std::size_t i = 0; i < d.inputs.size(); ++i) {
    const ActivationShape& in = d.inputs[i].shape;
    views.push_back(given ? view_of(given->element(i), in.count()) : default_view(in));
  }
  return views;
}

std::unique_ptr<Op> make(const OpDescription& d) {
  const std::vector<std::vector<int>> views = views_of(d);
  const auto key = d.json.find("axis");
  const int last = static_cast<int>(views[0].size()) - 1;
  const auto axis = static_cast<std::size_t>(key ? integer_of(*key, 0, last) : last);
  if (!d.json.find("views")) expect_joinable(d, axis);
  std::vector<int> joined = views[0];
  for (std::size_t i = 1; i < views.size(); ++i) {
    std::vector<int> view = views[i];
    require(view.size() == joined.size(), "layer ", d.name, ": views of different ranks (found ",
            joined.size(), " and ", view.size(), " axes; expected the same)");
    require(view[axis] <= kMaxLayerWeights - joined[axis], "layer ", d.name,
            ": too many values along an axis (found more than ", kMaxLayerWeights,
            "; expected at most that)");
    joined[axis] += view[axis];
    view[axis] = joined[axis];
    require(view == joined, "layer ", d.name, ": views of different sizes (found input ", i + 1,
            " with another extent than the first on an axis other than ", axis,
            "; expected them to differ there alone)");
  }
  require(joined.size() != 3 || d.json.find("output") || joined[2] <= kModelMaxChannels, "layer ",
          d.name, ": too many channels (found ", joined[2], "; expected at most ",
          kModelMaxChannels, ")");
  std::int64_t rows = 1;
  for (std::size_t k = 0; k < axis; ++k) rows *= joined[k];
  return std::make_unique<Concat>(d, rows, output_of(d, joined));
}

}  // namespace

extern const Operation concat_operation;
const Operation concat_operation{.type = "concat",
                                 .short_name = "concat",
                                 .make = make,
                                 .keys = {"views", "axis", "output"},
                                 .least_inputs = 2,
                                 .most_inputs = kMostInputs};

}  // namespace pellucid
