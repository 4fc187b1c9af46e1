// view.h: an image's memory as a row-major array of any rank, for operations that work along axes.
#pragma once

#include <string_view>
#include <vector>

#include "nn/op/op.h"

namespace pellucid {

inline constexpr std::size_t kMostViewAxes = 6;

// Extents, 1 to kMostViewAxes of them. Throws Error naming the place unless their product is `count`.
std::vector<int> view_of(const JsonView& view, std::int64_t count);
// [h, w, c] of a picture, [c] of flat features.
std::vector<int> default_view(const ActivationShape& shape);

// The key "output" of `layer`: [h, w, c], a picture, or [c], flat; without it a picture if `extents` are
// three, else flat. Throws Error naming the place unless its values are as many as those of `extents`.
ActivationShape output_of(const OpDescription& layer, const std::vector<int>& extents);

}  // namespace pellucid
