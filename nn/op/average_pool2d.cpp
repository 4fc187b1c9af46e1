#include "nn/op/pool2d.h"

#include "nn/op/attributes.h"

namespace pellucid {
namespace {

class AveragePool2d final : public Op {
 public:
  AveragePool2d(const OpDescription& d, const Pool2dOptions& options)
      : Op(d.name, d.inputs, pooled_value(d, options)), options_(options) {}
  Variable forward(const OpContext& context, std::span<const Variable> x) const override {
    return average_pool2d(context.stream, x[0], options_);
  }
  bool is_pooling() const override { return true; }

 private:
  Pool2dOptions options_;
};

std::unique_ptr<Op> make(const OpDescription& d) {
  Pool2dOptions options = pool2d_options(d, "average_pool2d");
  options.count_padding = flag_or(d.json, "count_padding");
  return std::make_unique<AveragePool2d>(d, options);
}

std::vector<std::string_view> keys() {
  std::vector<std::string_view> all{kPool2dKeys.begin(), kPool2dKeys.end()};
  all.push_back("count_padding");
  return all;
}

}  // namespace

extern const Operation average_pool2d_operation;
const Operation average_pool2d_operation{
    .type = "average_pool2d", .short_name = "pool", .make = make, .keys = keys()};

}  // namespace pellucid
