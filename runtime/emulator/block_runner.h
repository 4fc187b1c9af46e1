// block_runner.h: runs the blocks of a launch that fall to one worker, one after another.
//
// Threads are started in a loop on a fiber, the runner. As long as they return without waiting, the
// loop just calls the kernel again: no switch. A thread that waits keeps the stack it runs on, and
// the loop goes on in a new fiber, on a fresh stack. So a block takes as many fibers as it has
// threads that wait at the same time, and at any moment exactly one fiber runs.
//
// Under ThreadSanitizer every thread gets a fresh stack, since two unordered threads must not be
// seen to write the same address.
#pragma once

#include <optional>
#include <string>

#include "runtime/emulator/emulator.h"
#include "runtime/emulator/shared_memory.h"
#include "runtime/emulator/stack.h"

namespace pellucid::emulator {

struct Launch {
  const LaunchConfig& config;
  void (*body)(void*);
  void* closure;
  ThreadOrder order;
  Observer* observer;  // or null
};

class BlockRunner : public Block {
 public:
  BlockRunner() = default;
  ~BlockRunner();
  BlockRunner(const BlockRunner&) = delete;
  BlockRunner& operator=(const BlockRunner&) = delete;

  // Before the blocks of a launch; what can fail for want of memory fails here.
  void prepare(const Launch& launch);

  // Runs a block to its end. Returns the report if it had to be given up.
  std::optional<std::string> run_block(unsigned long long index);

  // The rest is called on the fibers of a block.

  // The block that runs on this host thread, or null.
  static BlockRunner* running();

  // Lets another thread run while `self` waits; returns once `self` may go on.
  void run_others(ThreadState* self);
  // Ends the block, whatever its threads are doing; `failure` and what belongs to it are set.
  [[noreturn]] void abandon();

  bool in_stack_guard(const void* address) const { return stacks_.in_guard(address); }
  // A stack that is free while the block runs, for code that only calls abandon().
  char* landing_stack() const;

 private:
  static void fiber_main(boost::context::detail::transfer_t from);
  [[noreturn]] void run_threads(Stack stack);
  void finish_thread(ThreadState* thread);
  ThreadState* next_to_run(const ThreadState* after);
  bool is_unstarted(const ThreadState* thread) const { return thread == threads_ + started_; }
  void prepare_fiber(ThreadState* first_thread);
  [[noreturn]] void leave_fiber(ThreadState* to);
  void number_threads();
  void clean_up_after_failure();

  const Launch* launch_ = nullptr;
  ThreadOrder order_ = ThreadOrder::forward;
  int count_ = 0;    // threads in a block
  int started_ = 0;  // threads_[0 … started_) have been started
  Stack new_stack_;  // of the fiber that is being entered
  StackPool stacks_;
  SharedMemory shared_;
  ThreadState home_;                  // the worker itself, which waits for the end of the block
  ThreadState nowhere_;               // takes the context of fibers that have ended
  ThreadState threads_[kMaxThreads];  // in the order in which they start
  Warp warps_[kMaxThreads / kWarpLanes];
};

}  // namespace pellucid::emulator
