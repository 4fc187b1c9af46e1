// lanes.h: four doubles at once, for the cpu variant of quick shift.
#pragma once

#include <cstdint>

namespace pellucid::cpu {

inline constexpr int kLanes = 4;  // doubles of one AVX2 register
using Lanes [[gnu::vector_size(kLanes * sizeof(double))]] = double;
using IndexLanes [[gnu::vector_size(kLanes * sizeof(std::int64_t))]] = std::int64_t;

// t², rounded before anything is added to it; GCC would fuse the two across statements, Clang not.
inline Lanes rounded_square(Lanes t) {
#if defined(__clang__)
  return t * t;
#else
  return __builtin_assoc_barrier(t * t);
#endif
}

// exp(x) for x ≤ 0, within 2 ulp; exactly 0 below −708, where exp(x) < 4e-308.
//
// exp(x) = 2^n · exp(r), n = ⌊x / ln 2⌉, r = x − n·ln 2, |r| ≤ 0.347. The Taylor series to r^13
// leaves out less than 5e-18.
inline Lanes exp_lanes(Lanes x) {
  constexpr double kLog2E = 1.4426950408889634;
  // ln 2 in two parts; the first has zeros at its end, so that n times it is exact.
  constexpr double kLn2High = 0x1.62e42feep-1, kLn2Low = 0x1.a39ef35793c76p-33;
  constexpr double kRound = 0x1.8p52;  // adding it leaves the integer part in the last bits
  constexpr double kSmallest = -708;

  const IndexLanes representable = x >= kSmallest;
  x = representable ? x : Lanes{} + kSmallest;
  const Lanes shifted = x * kLog2E + kRound;
  const Lanes n = shifted - kRound;
  const Lanes r = (x - n * kLn2High) - n * kLn2Low;

  const Lanes r2 = r * r, r4 = r2 * r2;
  const Lanes low = (1.0 / 2 + r * (1.0 / 6)) + r2 * (1.0 / 24 + r * (1.0 / 120));
  const Lanes middle = (1.0 / 720 + r * (1.0 / 5040)) + r2 * (1.0 / 40320 + r * (1.0 / 362880));
  const Lanes high =
      (1.0 / 3628800 + r * (1.0 / 39916800)) + r2 * (1.0 / 479001600 + r * (1.0 / 6227020800));
  const Lanes power = 1 + (r + r2 * (low + r4 * (middle + r4 * high)));

  const IndexLanes exponent = (reinterpret_cast<IndexLanes>(shifted) + 1023) << 52;
  return reinterpret_cast<Lanes>(
      reinterpret_cast<IndexLanes>(power * reinterpret_cast<Lanes>(exponent)) & representable);
}

}  // namespace pellucid::cpu
