// random_network.h: networks drawn at random from the operations of nn/op, for what holds for all of them.
#pragma once

#include "nn/graph/model.h"

namespace pellucid::test {

// A description: a dozen operations at most on small pictures, each on what one or several before it made,
// and some between them that move values (random_moves.h); what none of them has read goes side by side
// through linear layers into three classes.
Json random_network(std::uint64_t seed);

// It with weights, scales, shifts and running statistics none of which is where it begins.
Model random_model(std::uint64_t seed);

// So many of them as the device runs in a second or two.
std::uint64_t random_networks();

}  // namespace pellucid::test
