// y = scale[c]·x + shift[c] for each channel c, constants of the description: how a network from elsewhere wants its
// pictures, which are in [0, 1] here. One number stands for all channels.
#include "nn/op/op.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

class Affine final : public Op {
 public:
  Affine(const OpDescription& d, std::vector<float> scale, std::vector<float> shift)
      : Op(d.name, d.inputs, d.inputs[0]), scale_(std::move(scale)), shift_(std::move(shift)) {}

  Variable forward(const OpContext& context, std::span<const Variable> x) const override {
    // Once: a copy to the device a forward pass would wait for it.
    if (!device_scale_.defined()) {
      const Shape channels{output().shape.c};
      device_scale_ = Tensor::from_host(context.stream, channels, scale_);
      device_shift_ = Tensor::from_host(context.stream, channels, shift_);
    }
    return pellucid::channel_affine(context.stream, x[0], device_scale_, device_shift_);
  }
  bool is_channel_affine() const override { return true; }
  ChannelAffine channel_affine(Stream&) const override {
    return {{scale_.begin(), scale_.end()}, {shift_.begin(), shift_.end()}};
  }

 private:
  std::vector<float> scale_, shift_;            // (c)
  mutable Tensor device_scale_, device_shift_;  // the same, like weights of the stream's device
};

std::vector<float> numbers(const JsonView& layer, std::string_view key, int channels) {
  const JsonView view = layer.at(key);
  const std::size_t count = view.array_size(1, static_cast<std::size_t>(channels));
  if (count != 1 && count != static_cast<std::size_t>(channels))
    view.fail_expected(concat("1 or ", channels, " numbers"));
  std::vector<float> out;
  for (int c = 0; c < channels; ++c)
    out.push_back(static_cast<float>(
        view.element(count == 1 ? 0 : static_cast<std::size_t>(c)).number(-1e6, 1e6)));
  return out;
}

std::unique_ptr<Op> make(const OpDescription& d) {
  const int channels = d.inputs[0].shape.c;
  return std::make_unique<Affine>(d, numbers(d.json, "scale", channels),
                                  numbers(d.json, "shift", channels));
}

}  // namespace

extern const Operation affine_operation;
const Operation affine_operation{
    .type = "affine", .short_name = "affine", .make = make, .keys = {"scale", "shift"}};

}  // namespace pellucid
