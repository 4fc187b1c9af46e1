// relu_max.cuh: ReLU and the running maximum of a pooling window in one comparison.
#pragma once

#include "runtime/backend.h"

namespace pellucid::PELLUCID_BACKEND {

// With 0 as the first candidate, only values above it count. A NaN stays.
__device__ __forceinline__ float relu_max(float largest, float value) {
  return value > largest || value != value ? value : largest;
}

}  // namespace pellucid::PELLUCID_BACKEND
