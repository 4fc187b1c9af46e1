// random_values.h: deterministic inputs for tests.
#pragma once

#include <limits>
#include <vector>

#include "runtime/random.h"

namespace pellucid::test {

// Uniform in [low, high).
template <class T = float>
std::vector<T> random_values(std::size_t count, std::uint64_t stream, float low = -1,
                             float high = 1) {
  std::vector<T> values(count);
  for (std::size_t i = 0; i < count; ++i)
    values[i] = static_cast<T>(low + (high - low) * random_uniform({7, stream}, i));
  return values;
}

// Integers in [−8, 8]: sums of their products stay exact in fp32 up to 2^24, so a kernel must match
// its reference bit for bit in whatever order it adds.
inline std::vector<float> random_integers(std::size_t count, std::uint64_t stream) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i)
    values[i] = static_cast<float>(static_cast<int>(random_below({11, stream}, i, 17)) - 8);
  return values;
}

// What comparisons with 0 and products must get right.
inline const std::vector<float> kDelicate{-0.0f,
                                          0.0f,
                                          1e-45f,
                                          -1e-45f,
                                          std::numeric_limits<float>::quiet_NaN(),
                                          std::numeric_limits<float>::infinity(),
                                          -std::numeric_limits<float>::infinity()};

}  // namespace pellucid::test
