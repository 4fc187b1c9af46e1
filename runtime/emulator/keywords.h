// keywords.h: what makes a .cu file compile as host C++ for the emulator: the CUDA keywords, the
// built-in variables and the few vector types kernels use. Needs no CUDA Toolkit.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "runtime/emulator/emulator.h"

// NOLINTBEGIN(bugprone-reserved-identifier): CUDA's own names
#define __global__
#define __device__
#define __host__
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)
// A block never leaves its worker thread, and a worker runs one block at a time.
#define __shared__ static thread_local

#define threadIdx (::pellucid::emulator::current->thread_index)
#define blockIdx (::pellucid::emulator::current->block->block_index)
#define blockDim (::pellucid::emulator::current->block->block_size)
#define gridDim (::pellucid::emulator::current->block->grid_size)

#define __syncthreads() ::pellucid::emulator::block_barrier(__FILE__, __LINE__)
// NOLINTEND(bugprone-reserved-identifier)

namespace pellucid::emu {

using std::max;
using std::min;

struct alignas(8) float2 {
  float x, y;
};
struct alignas(16) float4 {
  float x, y, z, w;
};
inline float2 make_float2(float x, float y) { return {x, y}; }
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }

}  // namespace pellucid::emu
