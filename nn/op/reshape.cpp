// The values of one image as they lie in memory, in another shape; nothing is moved. Memory is (h, w, c):
// what another order of axes would call a reshape takes a rearrange layer before it.
#include "nn/op/view.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

class Reshape final : public Op {
 public:
  Reshape(const OpDescription& d, const Value& output) : Op(d.name, d.inputs, output) {}
  Variable forward(const OpContext&, std::span<const Variable> x) const override {
    return reshape(x[0], output().shape.batch(x[0].shape()[0]));
  }
  bool keeps_values() const override { return true; }
};

std::unique_ptr<Op> make(const OpDescription& d) {
  d.json.at("output");
  const ActivationShape output = output_of(d, default_view(d.inputs[0].shape));
  return std::make_unique<Reshape>(d, output == d.inputs[0].shape ? d.inputs[0] : value_of(output));
}

}  // namespace

extern const Operation reshape_operation;
const Operation reshape_operation{
    .type = "reshape", .short_name = "reshape", .make = make, .keys = {"output"}};

}  // namespace pellucid
