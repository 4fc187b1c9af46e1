// bits.cuh: counting the bits of a word.
#pragma once

#include "runtime/launch/backend.h"

namespace pellucid::PELLUCID_BACKEND {

__device__ __forceinline__ int popcount(unsigned word) {
#if defined(__CUDACC__)
  return __popc(word);
#else
  return __builtin_popcount(word);
#endif
}

}  // namespace pellucid::PELLUCID_BACKEND
