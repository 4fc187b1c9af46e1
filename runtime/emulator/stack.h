// stack.h: the stacks of a worker's fibers: one reservation of address space, cut into slots of a
// guard and a stack. A page of it costs memory only once it has been touched.
#pragma once

#include <cstddef>

#include "runtime/emulator/thread_state.h"

namespace pellucid::emulator {

// Instrumented frames are several times larger.
constexpr std::size_t kStackBytes = (kAddressSanitizer || kThreadSanitizer ? 256 : 64) * 1024;
// As wide as a stack, so that a frame with a large array cannot step over it into the next stack.
constexpr std::size_t kGuardBytes = 64 * 1024;

struct Stack {
  char* bottom = nullptr;
  char* top = nullptr;
};

class StackPool {
 public:
  StackPool() = default;
  ~StackPool();
  StackPool(const StackPool&) = delete;
  StackPool& operator=(const StackPool&) = delete;

  // From now on `count` stacks can be taken without fail. Called before a block starts, so that no
  // fiber ever has to report that memory is exhausted.
  void reserve(int count);

  Stack take();
  // The caller may still run on it, until it switches away.
  void give_back(Stack stack);
  // All stacks are free again, also those of abandoned fibers.
  void reset();

  bool in_guard(const void* address) const;

 private:
  char* base_ = nullptr;
  int count_ = 0;
  int free_count_ = 0;
  Stack stacks_[kMaxThreads];
  Stack free_[kMaxThreads];  // plain arrays: take() must not call instrumented code
};

}  // namespace pellucid::emulator
