// barrier.h: __syncthreads().
#pragma once

#include "runtime/emulator/switch.h"

namespace pellucid::emulator {

inline constexpr char kBlockBarrier[] = "__syncthreads()";

// Never returns: the thread waits at a barrier that the others cannot join, until the block stalls.
[[noreturn]] void stay_at_barrier(ThreadState* self, SourceLine where);

PELLUCID_HOT_PATH void open_barrier(Block* block) {
  block->arrived = 0;
  ++block->generation;
}

// Waits for all threads of the block that have not exited. The last to arrive goes straight on, so
// a barrier costs a block of n threads n − 1 switches.
PELLUCID_HOT_PATH void block_barrier(const char* file, int line) {
  ThreadState* self = current;
  Block* block = self->block;
  if (block->arrived == 0) {
    block->where.file = file;
    block->where.line = line;
  } else if (__builtin_expect(block->where.line != line || block->where.file != file, 0)) {
    stay_at_barrier(self, {file, line});
  }
  // Two addresses in turn: with one, what a fast thread does after this barrier and releases at the
  // next would be acquired by a slow one here, and races between the two phases would be missed.
  char* order = &block->order[block->generation & 1];
  order_release(order);
  if (++block->arrived == block->alive) {
    open_barrier(block);
  } else {
    wait_at(self, &block->generation, self->next);
  }
  order_acquire(order);
}

}  // namespace pellucid::emulator
