#include "explain/masks/normal_noise.h"

#include <cmath>
#include <numbers>

namespace pellucid {

std::vector<double> normal_noise(std::size_t count, RandomKey key, double deviation) {
  const auto uniform = [&](std::uint64_t word) {  // 53 bits
    const std::uint64_t bits =
        std::uint64_t{random_bits(key, word)} << 32 | random_bits(key, word + 1);
    return static_cast<double>(bits >> 11) * 0x1p-53;
  };
  std::vector<double> noise(count);
  for (std::size_t i = 0; i < count; i += 2) {  // four words make two values
    const double radius = deviation * std::sqrt(-2 * std::log(1 - uniform(2 * i)));
    const double angle = 2 * std::numbers::pi * uniform(2 * i + 2);
    noise[i] = radius * std::cos(angle);
    if (i + 1 < count) noise[i + 1] = radius * std::sin(angle);
  }
  return noise;
}

}  // namespace pellucid
