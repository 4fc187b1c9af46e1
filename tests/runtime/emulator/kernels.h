// kernels.h: the kernels of the emulator's tests: correct ones, and ones with a seeded bug each.
//
// They are started through run(), so that the tests need the emulator and nothing else.
#pragma once

#ifndef PELLUCID_EMULATED
#define PELLUCID_EMULATED 1
#endif
#include "kernels/device/atomics.cuh"
#include "kernels/device/block.cuh"
#include "runtime/error.h"

namespace pellucid::emu::test {

// run("name", grid, block, shared bytes, kernel, arguments…)
template <class... Params, class... Args>
void run(const char* name, Dim3 grid, Dim3 block, std::size_t shared_bytes,
         void (*kernel)(Params...), Args... args) {
  auto body = [&] { kernel(args...); };
  emulator::run(
      {name, grid, block, shared_bytes},
      [](void* closure) { (*static_cast<decltype(body)*>(closure))(); }, &body);
}

inline int global_rank() { return static_cast<int>(blockIdx.x * blockDim.x) + thread_rank(); }

constexpr int kTile = 16;

// C = A·B, all n × n, n a multiple of kTile, a block of kTile × kTile threads a tile.
template <bool kSecondBarrier>
__global__ void tiled_product(const float* a, const float* b, float* c, int n) {
  __shared__ float tile_a[kTile][kTile], tile_b[kTile][kTile];
  const int x = static_cast<int>(threadIdx.x), y = static_cast<int>(threadIdx.y);
  const int row = static_cast<int>(blockIdx.y) * kTile + y;
  const int col = static_cast<int>(blockIdx.x) * kTile + x;
  float sum = 0;
  for (int k0 = 0; k0 < n; k0 += kTile) {
    tile_a[y][x] = a[row * n + k0 + x];
    tile_b[y][x] = b[(k0 + y) * n + col];
    __syncthreads();  // the tiles are complete
    for (int k = 0; k < kTile; ++k) sum += tile_a[y][k] * tile_b[k][x];
    if (kSecondBarrier) __syncthreads();  // without it, fast threads overwrite what slow ones read
  }
  c[row * n + col] = sum;
}

// out[block] = sum of the block's values, then out[block + blocks] = their maximum. The buffer
// serves twice, and what the first reduction left is read before the second one starts.
template <bool kBarrierBetween>
__global__ void reduce_twice(const float* x, float* out) {
  __shared__ float buffer[256];
  const int rank = thread_rank();
  const float value = x[global_rank()];
  buffer[rank] = value;
  __syncthreads();
  for (int step = 128; step > 0; step /= 2) {
    if (rank < step) buffer[rank] += buffer[rank + step];
    __syncthreads();
  }
  const float mean = buffer[0] / 256;
  if (kBarrierBetween) __syncthreads();  // everybody has read buffer[0]
  buffer[rank] = value > mean ? 1 : 0;
  __syncthreads();
  for (int step = 128; step > 0; step /= 2) {
    if (rank < step) buffer[rank] += buffer[rank + step];
    __syncthreads();
  }
  if (rank == 0) {
    out[2 * blockIdx.x] = mean;
    out[2 * blockIdx.x + 1] = buffer[0];
  }
}

__global__ inline void block_reductions(const float* x, float* out) {
  const float value = x[global_rank()];
  const float sum = block_sum<256>(value);
  const float largest = block_max<256>(value);
  const float least = block_min<256>(value);
  if (thread_rank() == 0) {
    out[3 * blockIdx.x] = sum;
    out[3 * blockIdx.x + 1] = largest;
    out[3 * blockIdx.x + 2] = least;
  }
}

// bins[8] += counts of x[i] % 8; collected in shared memory, then across blocks.
template <bool kAtomic>
__global__ void histogram(const int* x, int* bins, int count) {
  __shared__ int local[8];
  const int rank = thread_rank();
  if (rank < 8) local[rank] = 0;
  __syncthreads();
  const int i = global_rank();
  if (i < count) {
    if (kAtomic) atomic_add(&local[x[i] % 8], 1);
    else local[x[i] % 8] += 1;
  }
  __syncthreads();
  if (rank < 8) atomic_add(&bins[rank], local[rank]);
}

// Thread 0 of each block adds 1 to one word of global memory.
template <bool kAtomic>
__global__ void add_across_blocks(int* word) {
  if (thread_rank() != 0) return;
  if (kAtomic) atomic_add(word, 1);
  else *word += 1;
}

// Threads from `active` on leave; the others go on with barriers: legal.
__global__ inline void return_before_barrier(const int* x, int* out, int active) {
  __shared__ int values[128];
  const int rank = thread_rank();
  if (rank >= active) return;
  values[rank] = x[rank];
  __syncthreads();
  const int value = values[active - 1 - rank];
  __syncthreads();
  values[rank] = value + 1;
  __syncthreads();
  out[rank] = values[active - 1 - rank];
}

// Reverses the block's 128 values in dynamic shared memory.
__global__ inline void reverse_in_dynamic_shared(const int* x, int* out) {
  int* values = static_cast<int*>(emulator::dynamic_shared());
  values[thread_rank()] = x[global_rank()];
  __syncthreads();
  out[global_rank()] = values[127 - thread_rank()];
}

// Every lane writes an array of its own whose address escapes, then waits: stacks of different
// threads must not look like one.
__global__ inline void private_arrays(int* out) {
  int mine[64];
  int* volatile escaped = mine;
  for (int i = 0; i < 64; ++i) escaped[i] = thread_rank() + i;
  __syncthreads();
  int sum = 0;
  for (int i = 0; i < 64; ++i) sum += escaped[i];
  out[global_rank()] = sum;
}

// The lines of these are asserted in the tests: the messages must name them.
__global__ inline void half_block_barrier() {
  if (thread_rank() < 64) {
    __syncthreads();
  } else {
    __syncthreads();
  }
}
constexpr int kHalfBlockFirstLine = __LINE__ - 5, kHalfBlockSecondLine = __LINE__ - 3;

__global__ inline void barrier_against_shuffle(int* out) {
  if (thread_rank() < 64) {
    __syncthreads();
  } else if (thread_rank() < 80) {
    out[thread_rank()] = shuffle(thread_rank(), 0);
  } else {
    __syncthreads();
  }
}
constexpr int kAgainstBarrierLine = __LINE__ - 7, kAgainstShuffleLine = __LINE__ - 5;

__global__ inline void return_before_shuffle(int* out, int active) {
  if (global_rank() >= active) return;
  out[global_rank()] = shuffle(global_rank(), 0);
}
constexpr int kReturnShuffleLine = __LINE__ - 2;

__global__ inline void shuffle_then_return(int* out) {
  const int sum = shuffle_xor(thread_rank(), 1);
  if (lane_id() == 5) return;
  out[thread_rank()] = sum + static_cast<int>(ballot(sum > 3));
}
constexpr int kReturnVoteLine = __LINE__ - 2;

__global__ inline void source_outside_mask(int* out) {
  if (lane_id() >= 16) return;
  const unsigned value = emulator::warp_exchange(0xFFFFu, 1, 16 + lane_id(), __FILE__, __LINE__);
  out[thread_rank()] = static_cast<int>(value);
}
constexpr int kSourceLine = __LINE__ - 3;

__global__ inline void own_lane_outside_mask(int* out) {
  const unsigned value = emulator::warp_exchange(0xFFFFu, 1, 0, __FILE__, __LINE__);
  out[thread_rank()] = static_cast<int>(value);
}

__global__ inline void lanes_in_different_shuffles(int* out) {
  if (lane_id() < 16) {
    out[thread_rank()] = shuffle(1, 0);
  } else {
    out[thread_rank()] = shuffle(2, 16);
  }
}

__global__ inline void lanes_with_different_masks(int* out) {
  const unsigned mask = lane_id() < 16 ? 0xFFFFFFFFu : 0xFFFF8000u;
  out[thread_rank()] = static_cast<int>(emulator::warp_ballot(mask, true, __FILE__, __LINE__));
}

// Frames of about a KiB each, `depth` deep; the barrier is reached with all of them live.
inline int recurse(int depth) {
  int frame[256];
  int* volatile escaped = frame;
  for (int i = 0; i < 256; ++i) escaped[i] = depth;
  if (depth > 0) return recurse(depth - 1) + escaped[depth % 256];
  __syncthreads();
  return escaped[0];
}
__global__ inline void deep_recursion(int* out, int depth) {
  const int result = recurse(thread_rank() == 37 ? depth : 1);
  if (out) out[thread_rank()] = result;
}

__global__ inline void throws_in_thread(int thread) {
  __syncthreads();
  if (thread_rank() == thread) fail("thrown by a kernel");
  __syncthreads();
}

__global__ inline void out_of_bounds(int* x, int index) { x[index + thread_rank()] = 1; }

__global__ inline void shared_index_out_of_bounds(int* out, int index) {
  __shared__ int values[32];
  values[index + thread_rank()] = thread_rank();
  __syncthreads();
  out[thread_rank()] = values[thread_rank()];
}

}  // namespace pellucid::emu::test
