// emulator.h: executes CUDA kernels on the host, one fiber a GPU thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/launch_log.h"

namespace pellucid::emulator {

enum class ThreadOrder { forward, reversed };

struct Options {
  ThreadOrder order = ThreadOrder::forward;  // in which the threads of a block are started and resumed
  int workers = 0;                           // blocks run in parallel; 0: one a hardware thread
};

// Applies to launches that follow. Call it while no launch runs.
void set_options(const Options& options);
Options options();

// Runs all blocks of a launch; returns when the last is done. Throws Error with kernel, block,
// threads and source lines for a barrier that part of the block skips, a warp operation that names
// exited lanes, and a stack overflow.
void run(const LaunchConfig& config, void (*body)(void*), void* closure);

struct Block;

struct ThreadState {
  Dim3 thread_index;
  int linear;  // threadIdx.x + blockDim.x · (threadIdx.y + blockDim.y · threadIdx.z)
  Block* block;
};

struct Block {
  Dim3 block_index, block_size, grid_size;
};

// The GPU thread that runs on this host thread.
extern constinit thread_local ThreadState* current;

void block_barrier(const char* file, int line);

// Every lane of `mask` offers `value` and gets the value offered by `source_lane`
// (0–31; a lane outside the mask is reported). All lanes of the mask must be alive and arrive.
std::uint32_t warp_exchange(std::uint32_t mask, std::uint32_t value, int source_lane,
                            const char* file, int line);
// Bit l is set if lane l of the mask offered true.
std::uint32_t warp_ballot(std::uint32_t mask, bool predicate, const char* file, int line);
void warp_barrier(std::uint32_t mask, const char* file, int line);

// The block's dynamic shared memory, aligned to 128 bytes.
void* dynamic_shared();

}  // namespace pellucid::emulator
