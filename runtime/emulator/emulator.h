// emulator.h: executes CUDA kernels on the host, one fiber a GPU thread.
//
//     thread_state.h     a thread, a warp, a block
//     switch.h           how a waiting thread gives way
//     barrier.h          __syncthreads()
//     warp_operations.h  shuffles and votes
//     block_runner.h     starts the threads of a block, in turn, each on a fiber once it waits
//     stack.h            the fibers' stacks
//     stack_overflow.h   turns the fault of a thread that runs off its stack into a report
//     report.h           the messages
//     block_queue.h      blocks in parallel on host threads
//     observer.h         what a tool that watches is told
//     sanitizers.h       what AddressSanitizer and ThreadSanitizer are told
//
// It is for tests, debugging and teaching, not for speed. A GPU thread must not spin until another
// one has written something: threads of a block give way at barriers and warp operations only.
#pragma once

#include "runtime/emulator/barrier.h"
#include "runtime/emulator/observer.h"
#include "runtime/emulator/warp_operations.h"

namespace pellucid::emulator {

enum class ThreadOrder { forward, reversed };

struct Options {
  ThreadOrder order =
      ThreadOrder::forward;  // in which the threads of a block are started and resumed
  int workers = 0;           // blocks run in parallel; 0: one a hardware thread
  Observer* observer = nullptr;
};

// Applies to launches that follow. Call it while no launch runs.
void set_options(const Options& options);
Options options();

// Runs all blocks of a launch that validate_launch accepts; returns when the last is done. Throws
// Error with kernel, block, threads and source lines for a barrier that part of the block skips, a
// warp operation that names exited lanes, lanes of a warp in different operations, a source lane
// outside the mask, a stack overflow, and an exception in a kernel. The next launch is unaffected.
void run(const LaunchConfig& config, void (*body)(void*), void* closure);

// The block's dynamic shared memory, aligned to 128 bytes.
inline void* dynamic_shared() { return current->block->dynamic_shared; }

}  // namespace pellucid::emulator
