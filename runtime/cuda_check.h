// cuda_check.h: turns a CUDA error code into an Error that names the call, its file and line, and
// says which GPU a thread's calls are for.
#pragma once

#include <cuda_runtime_api.h>

#include "runtime/error.h"

#define PELLUCID_CUDA_CHECK(call)                                                                 \
  do {                                                                                            \
    const cudaError_t pellucid_error = (call);                                                    \
    if (pellucid_error != cudaSuccess)                                                            \
      ::pellucid::fail("CUDA: ", cudaGetErrorString(pellucid_error), " (", #call, ", ", __FILE__, \
                       ":", __LINE__, ")");                                                       \
  } while (false)

namespace pellucid {

// Makes a GPU the one that the calling thread's CUDA calls are for; it stays that until the next
// such call. A launch, an event, an allocation or a library's handle needs it before; every call of
// the device seam and of launch() sees to it, so that only code that calls CUDA's libraries has to.
inline void use_gpu(int index) {
  int current = -1;
  PELLUCID_CUDA_CHECK(cudaGetDevice(&current));
  if (current != index) PELLUCID_CUDA_CHECK(cudaSetDevice(index));
}

}  // namespace pellucid
