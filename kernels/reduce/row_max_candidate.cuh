// row_max_candidate.cuh: a candidate for a row's maximum and the order among candidates. The order
// is total but for NaN, which never wins, so the winner does not depend on the order of the
// comparisons.
#pragma once

#include <cstdint>

#include "kernels/device/warp.cuh"

namespace pellucid::PELLUCID_BACKEND {

struct RowMaxCandidate {
  float value = -INFINITY;
  std::int32_t index = 0;
};

// The greater value; of equal ones the smaller index.
__device__ __forceinline__ RowMaxCandidate better_of(RowMaxCandidate a, RowMaxCandidate b) {
  const bool second = b.value > a.value || (b.value == a.value && b.index < a.index);
  return second ? b : a;
}

__device__ __forceinline__ RowMaxCandidate warp_best(RowMaxCandidate best) {
  for (int step = kWarp / 2; step > 0; step /= 2) {
    RowMaxCandidate other;
    other.value = shuffle_xor(best.value, step);
    other.index = shuffle_xor(best.index, step);
    best = better_of(best, other);
  }
  return best;
}

}  // namespace pellucid::PELLUCID_BACKEND
