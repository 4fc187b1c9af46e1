// running_max.cuh: the maximum of a pooling window so far. A NaN stays.
#pragma once

#include "runtime/launch/backend.h"

namespace pellucid::PELLUCID_BACKEND {

// With 0 as the first candidate it is a ReLU too: only values above it count.
__device__ __forceinline__ float running_max(float largest, float value) {
  return value > largest || value != value ? value : largest;
}

}  // namespace pellucid::PELLUCID_BACKEND
