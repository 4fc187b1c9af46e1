// first_maximum.cuh: a candidate for a maximum and the order among candidates. The order is total but for NaN, which
// never wins, so the winner does not depend on the order of the comparisons.
#pragma once

#include <cstdint>

#include "kernels/device/warp.cuh"

namespace pellucid::PELLUCID_BACKEND {

struct FirstMaximum {
  float value = -INFINITY;
  std::int32_t index = 0;
};

// The greater value; of equal ones the smaller index.
__device__ __forceinline__ FirstMaximum better_of(FirstMaximum a, FirstMaximum b) {
  const bool second = b.value > a.value || (b.value == a.value && b.index < a.index);
  return second ? b : a;
}

// Of `lanes` neighbouring lanes, a power of two, each its own; every lane of the warp comes here.
__device__ __forceinline__ FirstMaximum best_of_lanes(FirstMaximum best, int lanes = kWarp) {
  for (int step = lanes / 2; step > 0; step /= 2) {
    FirstMaximum other;
    other.value = shuffle_xor(best.value, step);
    other.index = shuffle_xor(best.index, step);
    best = better_of(best, other);
  }
  return best;
}

}  // namespace pellucid::PELLUCID_BACKEND
