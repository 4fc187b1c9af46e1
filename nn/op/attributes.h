// attributes.h: attributes that operations on pictures share, read from JSON and checked.
#pragma once

#include <string>
#include <string_view>

#include "nn/op/op.h"

namespace pellucid {

inline constexpr int kModelMaxExtent = 1 << 14;    // of a picture
inline constexpr int kModelMaxChannels = 1 << 16;  // also filters, outputs and classes
inline constexpr int kModelMaxWindow = 1 << 10;    // also stride, padding and dilation

// All throw Error naming the place and the values.
int integer_of(const JsonView& view, int least, int most);
// One number, or [height, width].
Size2d size_of(const JsonView& view, int least, int most);
Size2d size_or(const JsonView& layer, std::string_view key, int least, Size2d otherwise);
// "valid", "same", a size, or [top, left, bottom, right]. window: the (dilated) extent of what slides
// over the picture.
Padding2d padding_of(const JsonView& layer, Size2d window, Size2d stride);
// Of a key that says yes or no; false without it unless `otherwise`.
bool flag_or(const JsonView& layer, std::string_view key, bool otherwise = false);

std::string text_of(Size2d size);               // "5x3"
std::string text_of(const Padding2d& padding);  // the same, or "[0, 0, 1, 1]"
// "groups" (1), which must divide the channels and the filters.
int groups_of(const OpDescription& description, int channels, int filters);
// How weight and bias of a layer begin, by its "initial": "he_uniform", which is the default and what they have;
// "fan_out_normal", the weight normal with the deviation √(2 / fan_out), where fan_out is the outputs of one input if
// each output read all of them (PyTorch's kaiming_normal_ with mode="fan_out"); "fan_in_uniform", weight and bias from
// ±1/√fan_in (what PyTorch's layers have of themselves); a number, the weight normal with this deviation.
void read_initial(const JsonView& layer, Parameter& weight, Parameter& bias);
// Throws if a layer would have more than kMaxLayerWeights weights; found: what they come from.
void expect_weights(const std::string& name, std::int64_t weights, const std::string& found);
// Throws unless `input` is a picture.
void expect_picture(const std::string& name, std::string_view type, const ActivationShape& input);

}  // namespace pellucid
