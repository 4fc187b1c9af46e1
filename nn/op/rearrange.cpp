// Values moved: slice, pad, transpose, flip, broadcast, space to depth, channel shuffle
// (kernels/rearrange). An image's memory is seen as the array "view", by default [h, w, c]; axis k of the
// output goes along axis "order"[k], from "start"[k] in steps of "step"[k].
#include "kernels/rearrange/rearrange.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "nn/op/attributes.h"
#include "nn/op/view.h"
#include "runtime/error.h"
#include "runtime/formats/nearest.h"

namespace pellucid {
namespace {

constexpr std::array<std::string_view, 4> kOutsideModes{"constant", "reflect", "edge", "wrap"};
constexpr double kLargest = std::numeric_limits<float>::max();

class Rearrange final : public Op {
 public:
  Rearrange(const OpDescription& d, Rearrangement rearrangement, const ActivationShape& output)
      : Op(d.name, d.inputs, value_of(output)), rearrangement_(std::move(rearrangement)) {}

  Variable forward(const OpContext& context, std::span<const Variable> x) const override {
    const std::int64_t n = x[0].shape()[0];
    const RearrangeShape shape = rearrange_shape(n, rearrangement_);
    const Tensor y = Tensor::empty(context.stream, output().shape.batch(n));
    rearrange(context.stream, {x[0].value().data<float>(), y.data<float>(), shape});
    return Variable::operation(
        "rearrange", y, {x[0]}, [shape, in = x[0].shape()](Stream& stream, const Tensor& dy) {
          const Tensor dx = Tensor::empty(stream, in);
          rearrange_backward(stream, {dy.data<float>(), dx.data<float>(), shape});
          return std::vector{dx};
        });
  }

 private:
  Rearrangement rearrangement_;
};

// The key's numbers, one an axis.
std::vector<int> axes_or(const JsonView& layer, std::string_view key, int least, int most,
                         std::vector<int> otherwise) {
  const auto list = layer.find(key);
  if (!list) return otherwise;
  list->array_size(otherwise.size(), otherwise.size());
  for (std::size_t k = 0; k < otherwise.size(); ++k)
    otherwise[k] = integer_of(list->element(k), least, most);
  return otherwise;
}

Outside outside_of(const JsonView& layer) {
  const auto mode = layer.find("mode");
  if (!mode) return Outside::constant;
  for (std::size_t i = 0; i < kOutsideModes.size(); ++i)
    if (mode->text() == kOutsideModes[i]) return static_cast<Outside>(i);
  const std::vector<std::string> known(kOutsideModes.begin(), kOutsideModes.end());
  mode->fail_expected(joined(known));
}

std::unique_ptr<Op> make(const OpDescription& d) {
  constexpr int kMost = kRearrangeMostPlaces;
  const ActivationShape& in = d.inputs[0].shape;
  const auto view = d.json.find("view");
  Rearrangement r;
  r.view = view ? view_of(*view, in.count()) : default_view(in);
  const int rank = static_cast<int>(r.view.size());
  std::vector<int> identity(r.view.size());
  std::iota(identity.begin(), identity.end(), 0);
  r.order = axes_or(d.json, "order", 0, rank - 1, identity);
  require(std::is_permutation(identity.begin(), identity.end(), r.order.begin()), "layer ", d.name,
          ": bad order (found an axis twice; expected each of 0 to ", rank - 1, " once)");
  std::vector<int> all;
  for (const int axis : r.order) all.push_back(r.view[static_cast<std::size_t>(axis)]);
  r.start = axes_or(d.json, "start", -kMost, kMost, std::vector(r.view.size(), 0));
  r.step = axes_or(d.json, "step", -kMost, kMost, std::vector(r.view.size(), 1));
  r.extent = axes_or(d.json, "extent", 1, kMost, all);
  r.outside = outside_of(d.json);
  const auto value = d.json.find("value");
  if (value) r.value = static_cast<float>(value->number(-kLargest, kLargest));
  try {
    rearrange_shape(1, r);  // whose checks are those of the kernels
  } catch (const Error& error) {
    fail("layer ", d.name, ": ", error.what());
  }
  const ActivationShape output = output_of(d, r.extent);
  return std::make_unique<Rearrange>(d, std::move(r), output);
}

}  // namespace

extern const Operation rearrange_operation;
const Operation rearrange_operation{
    .type = "rearrange",
    .short_name = "rearrange",
    .make = make,
    .keys = {"view", "order", "start", "step", "extent", "mode", "value", "output"}};

}  // namespace pellucid
