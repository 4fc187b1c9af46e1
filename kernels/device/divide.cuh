// divide.cuh: division by a number that the host knows, as one multiplication and a shift: a GPU's integer division
// is some twenty instructions.
#pragma once

#include <cstdint>

#include "runtime/launch/backend.h"

namespace pellucid::PELLUCID_BACKEND {
namespace {

// Granlund and Montgomery, PLDI 1994, §4: n / d = (⌊n·m / 2^32⌋ + n) / 2^s with s = ⌈log2 d⌉ and
// m = ⌊2^32·(2^s − d) / d⌋ + 1, exact for all n, d in [1, 2^31]; the sum stays below 2^32 for n < 2^31.
struct Divider {
  std::uint32_t divisor, multiplier, shift;
};

inline Divider divider(int divisor) {
  const auto d = static_cast<std::uint32_t>(divisor);
  std::uint32_t shift = 0;
  while ((std::uint64_t{1} << shift) < d) ++shift;
  const std::uint64_t rest = (std::uint64_t{1} << shift) - d;
  return {d, static_cast<std::uint32_t>((rest << 32) / d + 1), shift};
}

// n / divisor, and what is left; 0 ≤ n < 2^31.
struct Divided {
  int quotient, rest;
};
__device__ __forceinline__ Divided divide(int n, const Divider& by) {
  const auto value = static_cast<std::uint32_t>(n);
  const auto high = static_cast<std::uint32_t>((std::uint64_t{value} * by.multiplier) >> 32);
  const std::uint32_t quotient = (high + value) >> by.shift;
  return {static_cast<int>(quotient), static_cast<int>(value - quotient * by.divisor)};
}

}  // namespace
}  // namespace pellucid::PELLUCID_BACKEND
