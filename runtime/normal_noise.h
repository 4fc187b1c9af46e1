// normal_noise.h: normally distributed numbers, the same on every device.
#pragma once

#include <cstddef>
#include <vector>

#include "runtime/random.h"

namespace pellucid {

// count values deviation · N(0, 1), from Philox by Box and Muller; value i depends on (key, i) alone.
std::vector<double> normal_noise(std::size_t count, RandomKey key, double deviation);

}  // namespace pellucid
