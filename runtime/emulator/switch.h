// switch.h: how a waiting GPU thread gives way to the next one.
#pragma once

#include <boost/context/detail/fcontext.hpp>

#include "runtime/emulator/thread_state.h"

namespace pellucid::emulator {

// The way on when the expected thread cannot run: finds another, starts one, or reports the stall.
void run_others(ThreadState* self);

PELLUCID_HOT_PATH bool may_run(const ThreadState* thread) {
  return *thread->gate != thread->ticket;
}

// Returns when `self` is resumed. The one who resumes it saves where `self` left off, since only
// the switch itself knows.
PELLUCID_HOT_PATH void switch_to(ThreadState* self, ThreadState* next) {
  before_switch(self->shadow, next->shadow);
  const auto from = boost::context::detail::jump_fcontext(next->context, self);
  static_cast<ThreadState*>(from.data)->context = from.fctx;
  after_switch(self->shadow);
  current = self;
}

// Waits until `gate` moves on. Threads wait in ring order, so that the neighbour is nearly always
// the one to run. Inlined up to the switch: a switch leaves by an indirect jump, and a return
// between two switches would be mispredicted, which doubles the cost of a barrier.
PELLUCID_HOT_PATH void wait_at(ThreadState* self, const std::uint32_t* gate,
                               ThreadState* neighbour) {
  self->gate = gate;
  self->ticket = *gate;
  // The stack of the thread after the next: its registers lie across two cache lines that have not
  // been touched since the last round. Worth a quarter of the time at 1024 threads.
  const auto later = reinterpret_cast<std::uintptr_t>(neighbour->next->context);
  __builtin_prefetch(reinterpret_cast<const void*>(later));
  __builtin_prefetch(reinterpret_cast<const void*>(later + 64));
  if (__builtin_expect(may_run(neighbour), 1)) {
    switch_to(self, neighbour);
  } else {
    run_others(self);
  }
}

}  // namespace pellucid::emulator
