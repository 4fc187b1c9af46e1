// (h, w, c₁), (h, w, c₂), … → (h, w, c₁ + c₂ + …), in their order.
#include "nn/op/attributes.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

class Concat final : public Op {
 public:
  Concat(const OpDescription& d, const ActivationShape& output)
      : Op(d.name, d.inputs, value_of(output)) {}
  Variable forward(const OpContext& context, std::span<const Variable> x) const override {
    return concat(context.stream, std::vector<Variable>(x.begin(), x.end()));
  }
};

std::unique_ptr<Op> make(const OpDescription& d) {
  ActivationShape output = d.inputs[0].shape;
  output.c = 0;
  for (const Value& input : d.inputs) {
    const ActivationShape& in = input.shape;
    require(in.h == output.h && in.w == output.w && in.flat == output.flat, "layer ", d.name,
            ": inputs of different sizes (found ", d.inputs[0].shape.to_string(), " and ",
            in.to_string(), "; expected pictures of one height and width, or flat features)");
    // Files would order the features of several flattened pictures as no linear layer can tell.
    require(input.picture.h == in.h && input.picture.w == in.w, "layer ", d.name,
            ": wrong input (found the features of a flattened ", input.picture.to_string(),
            "; expected pictures, concatenated before they are flattened)");
    require(in.c <= kModelMaxChannels - output.c, "layer ", d.name,
            ": too many channels (found more than ", kModelMaxChannels, "; expected at most that)");
    output.c += in.c;
  }
  return std::make_unique<Concat>(d, output);
}

}  // namespace

extern const Operation concat_operation;
const Operation concat_operation{.type = "concat",
                                 .short_name = "concat",
                                 .make = make,
                                 .least_inputs = 2,
                                 .most_inputs = kMostInputs};

}  // namespace pellucid
