// reference_network.h: what a description and its weights mean, in double and as plainly as can be: the
// formulas of nn/op written once more, with nothing of nn or kernels in them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "runtime/formats/json.h"

namespace pellucid::test {

// Parameters and running statistics by name, each in memory order.
using State = std::map<std::string, std::vector<double>>;

// x: n pictures (n, h, w, c) → logits (n, classes). training: batch normalisation takes the statistics of
// the batch. Dropout does nothing.
std::vector<double> reference_logits(const Json& description, const State& state,
                                     const std::vector<double>& x, int n, bool training);

}  // namespace pellucid::test
