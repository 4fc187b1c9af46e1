// stack_overflow.h: a GPU thread that runs off its stack faults in the guard below it. The signal
// handler turns that into a report, and the process goes on.
#pragma once

#include <signal.h>

#include <memory>

namespace pellucid::emulator {

// While it lives, stack overflows of GPU threads that run on this host thread are caught. The handler
// is installed for the process by the first one and stays; faults of anybody else go to the handler
// that was there before.
class StackOverflowTrap {
 public:
  StackOverflowTrap();
  ~StackOverflowTrap();
  StackOverflowTrap(const StackOverflowTrap&) = delete;
  StackOverflowTrap& operator=(const StackOverflowTrap&) = delete;

 private:
  // The overflowing stack has no room for the handler, so it runs on this one.
  std::unique_ptr<char[]> handler_stack_;
  stack_t previous_;
};

}  // namespace pellucid::emulator
