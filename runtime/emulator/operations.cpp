// The rarely taken ways out of barriers and warp operations.
#include "runtime/emulator/block_runner.h"

namespace pellucid::emulator {
namespace {

// The pending operation is complete. Another one that lanes wait in takes its place; `order`
// changes with each, for the reason given in barrier.h.
PELLUCID_UNINSTRUMENTED void end_operation(Warp* warp) {
  char* next_order = &warp->orders[warp->pending.order == warp->orders];
  if (warp->aside_count > 0) {
    warp->pending = warp->aside[--warp->aside_count];
  } else {
    warp->pending.arrived = 0;
    warp->pending.order = next_order;
  }
}

[[noreturn]] PELLUCID_UNINSTRUMENTED void fail_in(ThreadState* self, Failure failure,
                                                  const char* operation, SourceLine where,
                                                  std::uint32_t mask, int source_lane) {
  Block* block = self->block;
  block->failure = failure;
  block->failed_thread = self;
  block->failed_in = operation;
  block->failed_at = where;
  block->failed_mask = mask;
  block->failed_source = source_lane;
  static_cast<BlockRunner*>(block)->abandon();
}

}  // namespace

PELLUCID_UNINSTRUMENTED void run_others(ThreadState* self) {
  static_cast<BlockRunner*>(self->block)->run_others(self);
}

PELLUCID_UNINSTRUMENTED void stay_at_barrier(ThreadState* self, SourceLine where) {
  self->stuck_at = where;
  self->gate = &kClosedGate;
  self->ticket = kClosedGate;
  run_others(self);
  __builtin_unreachable();
}

PELLUCID_UNINSTRUMENTED void select_operation(Warp* warp, std::uint32_t mask, const char* name,
                                              const char* file, int line) {
  const WarpOperation previous = warp->pending;
  for (int i = 0; i < warp->aside_count; ++i) {
    WarpOperation& other = warp->aside[i];
    if (other.mask == mask && other.name == name && other.line == line && other.file == file) {
      warp->pending = other;
      other = previous;
      return;
    }
  }
  // There is room: in each operation waits a lane, and one lane is here.
  warp->aside[warp->aside_count++] = previous;
  char* next_order = &warp->orders[previous.order == warp->orders];
  warp->pending = {mask, 0, 0, line, file, name, next_order};
}

PELLUCID_UNINSTRUMENTED void report_own_lane(ThreadState* self, const char* operation,
                                             SourceLine where, std::uint32_t mask) {
  fail_in(self, Failure::own_lane, operation, where, mask, 0);
}

PELLUCID_UNINSTRUMENTED void report_source_lane(ThreadState* self, SourceLine where,
                                                std::uint32_t mask, int source_lane) {
  fail_in(self, Failure::source_lane, kShuffle, where, mask, source_lane);
}

PELLUCID_UNINSTRUMENTED void deliver_shuffle(Warp* warp) {
  const std::uint32_t mask = warp->pending.mask;
  for (int lane = 0; lane < kWarpLanes; ++lane) {
    const std::uint32_t takes_part = mask >> lane & 1;
    if (takes_part) warp->received[lane] = warp->offered[warp->source[lane]];
    warp->delivered[lane] += takes_part;
  }
  end_operation(warp);
}

PELLUCID_UNINSTRUMENTED void deliver_votes(Warp* warp) {
  const std::uint32_t mask = warp->pending.mask, votes = warp->pending.votes;
  for (int lane = 0; lane < kWarpLanes; ++lane) {
    const std::uint32_t takes_part = mask >> lane & 1;
    if (takes_part) warp->received[lane] = votes;
    warp->delivered[lane] += takes_part;
  }
  end_operation(warp);
}

PELLUCID_UNINSTRUMENTED void deliver_nothing(Warp* warp) {
  const std::uint32_t mask = warp->pending.mask;
  for (int lane = 0; lane < kWarpLanes; ++lane) warp->delivered[lane] += mask >> lane & 1;
  end_operation(warp);
}

}  // namespace pellucid::emulator
