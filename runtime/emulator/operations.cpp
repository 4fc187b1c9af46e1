// The rarely taken ways out of barriers and warp operations.
#include "runtime/emulator/block_runner.h"

namespace pellucid::emulator {
namespace {

PELLUCID_UNINSTRUMENTED [[noreturn]] void stay(ThreadState* self, const char* operation,
                                               SourceLine where, std::uint32_t mask) {
  self->stuck_in = operation;
  self->stuck_at = where;
  self->stuck_mask = mask;
  self->gate = &kClosedGate;
  self->ticket = kClosedGate;
  run_others(self);
  __builtin_unreachable();
}

PELLUCID_UNINSTRUMENTED [[noreturn]] void fail_in(ThreadState* self, Failure failure,
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
  stay(self, kBlockBarrier, where, 0);
}

PELLUCID_UNINSTRUMENTED void stay_in_warp_operation(ThreadState* self, const char* operation,
                                                    SourceLine where, std::uint32_t mask) {
  stay(self, operation, where, mask);
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
  for (int lane = 0; lane < kWarpLanes; ++lane)
    if (warp->mask >> lane & 1) warp->received[lane] = warp->offered[warp->source[lane]];
}

PELLUCID_UNINSTRUMENTED void deliver_votes(Warp* warp) {
  for (int lane = 0; lane < kWarpLanes; ++lane)
    if (warp->mask >> lane & 1) warp->received[lane] = warp->votes;
}

}  // namespace pellucid::emulator
