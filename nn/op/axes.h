// axes.h: the keys "view" and "axes" of operations that reduce along axes.
#pragma once

#include <string>
#include <vector>

#include "kernels/axes.h"
#include "nn/op/view.h"

namespace pellucid {

// The key "view", or the input's own extents.
std::vector<int> view_of_input(const OpDescription& layer);

// The axes of the view; those in the key "axes", at least one and each once, are reduced. Throws Error
// naming the place.
std::vector<Axis> axes_of(const OpDescription& layer, const std::vector<int>& view);

// Those of a batch of n, for kernels. Throws Error naming the layer if they alternate too often
// (kernels/axes.h).
MergedAxes merged_axes(const std::string& layer, std::int64_t n, const std::vector<Axis>& axes,
                       bool reduce_batch = false);

}  // namespace pellucid
