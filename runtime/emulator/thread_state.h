// thread_state.h: what the emulator keeps for a GPU thread, a warp and a block.
//
// The threads of a block run in turn on one host thread, so nothing here is atomic. A thread that
// waits names a *gate*, a counter, and the value it saw there: it may go on as soon as the counter
// has moved. Opening a gate is thus one increment, however many threads wait.
#pragma once

#include <cstdint>
#include <exception>

#include "runtime/emulator/sanitizers.h"
#include "runtime/launch_log.h"

namespace pellucid::emulator {

constexpr int kWarpLanes = 32;
constexpr int kMaxThreads = 1024;

struct SourceLine {
  const char* file = nullptr;
  int line = 0;
  bool operator==(const SourceLine&) const = default;
};

struct Block;

// A shuffle, a vote or a __syncwarp() that lanes wait in. The first lane to arrive sets it up.
struct WarpOperation {
  std::uint32_t mask = 0;
  std::uint32_t arrived = 0;  // lanes
  std::uint32_t votes = 0;
  int line = 0;
  const char* file = nullptr;
  const char* name = nullptr;
  char* order = nullptr;  // an address for ThreadSanitizer
};

struct alignas(64) Warp {
  WarpOperation pending;
  std::uint32_t exited = 0;  // lanes
  // Kernels with full masks have one pending operation. If lanes are in several, because masks name
  // parts of the warp or by mistake, the one that was joined last is in `pending`.
  int aside_count = 0;
  WarpOperation aside[kWarpLanes];

  std::uint32_t offered[kWarpLanes] = {};
  std::uint32_t source[kWarpLanes] = {};
  // Filled by the last lane to arrive. A lane's entry is written only in operations that the lane
  // takes part in, so it cannot be lost before the lane resumes, however late: one warp barrier is
  // enough for a shuffle.
  std::uint32_t received[kWarpLanes] = {};
  std::uint32_t delivered[kWarpLanes] = {};  // the lanes' gates: completed operations
  char orders[2] = {};                       // see WarpOperation::order; used in turn
};

struct alignas(64) ThreadState {
  // First cache line: the path through a barrier.
  const std::uint32_t* gate = nullptr;
  std::uint32_t ticket = 0;
  std::uint32_t lane = 0;
  void* context = nullptr;  // where to resume
  ThreadState* next = nullptr;
  ThreadState* next_in_warp = nullptr;
  Block* block = nullptr;
  Warp* warp = nullptr;

  Dim3 thread_index;
  int linear = 0;  // threadIdx.x + blockDim.x · (threadIdx.y + blockDim.y · threadIdx.z)
  // Set while the thread waits at a __syncthreads() that is not the one the others wait at.
  SourceLine stuck_at;
  [[no_unique_address]] FiberShadow shadow;
};

enum class Failure { none, stall, source_lane, own_lane, exception, stack_overflow };

struct Block {
  std::uint32_t generation = 0;  // the gate of __syncthreads()
  int arrived = 0;               // threads that wait there
  int alive = 0;                 // threads that have not exited
  SourceLine where;              // the __syncthreads() of the first thread to arrive
  char order[2] = {};            // addresses for ThreadSanitizer, used in turn
  Dim3 block_index, block_size, grid_size;
  void* dynamic_shared = nullptr;

  Failure failure = Failure::none;
  ThreadState* failed_thread = nullptr;
  SourceLine failed_at;
  const char* failed_in = nullptr;
  std::uint32_t failed_mask = 0;
  int failed_source = 0;
  std::exception_ptr exception;
};

// A gate that never opens: of threads that have not started or have exited.
inline constinit const std::uint32_t kClosedGate = 0;

// The GPU thread that runs on this host thread. constinit spares the call that would initialise it.
extern constinit thread_local ThreadState* current;

}  // namespace pellucid::emulator
