// stack_overflow.h: a GPU thread that runs off its stack faults in the guard below it. The signal
// handler turns that into a report, and the process goes on.
#pragma once

#include <signal.h>

#include <memory>

namespace pellucid::emulator {

// While it lives, a stack overflow on any fiber is caught; faults of anybody else go to the handler
// that was there before. One at a time: a launch holds it. It is not left in place between
// launches, since test frameworks install handlers of their own and take them back.
class StackOverflowHandler {
 public:
  StackOverflowHandler();
  ~StackOverflowHandler();
  StackOverflowHandler(const StackOverflowHandler&) = delete;
  StackOverflowHandler& operator=(const StackOverflowHandler&) = delete;
};

// The overflowing stack has no room for the handler: each host thread that runs fibers holds one of
// these for it.
class HandlerStack {
 public:
  HandlerStack();
  ~HandlerStack();
  HandlerStack(const HandlerStack&) = delete;
  HandlerStack& operator=(const HandlerStack&) = delete;

 private:
  std::unique_ptr<char[]> memory_;
  stack_t previous_;
};

}  // namespace pellucid::emulator
