// shared.cuh: the block's dynamic shared memory, whose size the launch gives.
#pragma once

#include "runtime/launch/backend.h"

namespace pellucid::PELLUCID_BACKEND {

// Aligned to 128 bytes. A kernel calls it once and cuts the memory itself.
__device__ __forceinline__ float* dynamic_shared_floats() {
#if defined(__CUDACC__)
  extern __shared__ __align__(128) float block_shared_floats[];
  return block_shared_floats;
#else
  return static_cast<float*>(emulator::dynamic_shared());
#endif
}

}  // namespace pellucid::PELLUCID_BACKEND
