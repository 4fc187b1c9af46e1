// pool2d.h: what maximum and average pooling have in common: (h, w, c) → (p, q, c).
#pragma once

#include <array>

#include "nn/op/op.h"

namespace pellucid {

inline constexpr std::array<std::string_view, 5> kPool2dKeys{"window", "stride", "padding",
                                                             "dilation", "ceil"};

// "window": a size or "global", the whole picture; "stride": the window unless it is given; "padding",
// "dilation" and "ceil" of kernels/pool2d/pool2d.h.
// Throws Error naming the layer and the values if nothing comes out of it.
Pool2dOptions pool2d_options(const OpDescription& description, std::string_view type);
Value pooled_value(const OpDescription& description, const Pool2dOptions& options);

}  // namespace pellucid
