// cuda_check.h: turns a CUDA error code into an Error that names the call, its file and line.
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
