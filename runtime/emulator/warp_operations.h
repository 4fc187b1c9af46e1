// warp_operations.h: shuffles, votes and the warp barrier. One operation a warp is pending at a time;
// kernels/device/warp.cuh gives kernels the typed interface.
#pragma once

#include "runtime/emulator/switch.h"

namespace pellucid::emulator {

// Never return: see thread_state.h, stuck_in.
[[noreturn]] void stay_in_warp_operation(ThreadState* self, const char* operation,
                                         SourceLine where, std::uint32_t mask);
[[noreturn]] void report_own_lane(ThreadState* self, const char* operation, SourceLine where,
                                  std::uint32_t mask);
[[noreturn]] void report_source_lane(ThreadState* self, SourceLine where, std::uint32_t mask,
                                     int source_lane);

// Hand every lane of the mask what it gets.
void deliver_shuffle(Warp* warp);
void deliver_votes(Warp* warp);

// The operation that `self` takes part in becomes pending if it is the first lane.
PELLUCID_HOT_PATH void join_warp_operation(ThreadState* self, const char* operation,
                                           std::uint32_t mask, const char* file, int line) {
  Warp* warp = self->warp;
  if (__builtin_expect((mask >> self->lane & 1) == 0, 0))
    report_own_lane(self, operation, {file, line}, mask);
  if (warp->arrived == 0) {
    warp->mask = mask;
    warp->operation = operation;
    warp->where.file = file;
    warp->where.line = line;
    warp->votes = 0;
  } else if (__builtin_expect(warp->where.line != line || warp->where.file != file ||
                                  warp->mask != mask || warp->operation != operation, 0)) {
    stay_in_warp_operation(self, operation, {file, line}, mask);
  }
  if (__builtin_expect((mask & warp->exited) != 0, 0))
    stay_in_warp_operation(self, operation, {file, line}, mask);
}

// Waits for the other lanes; the last one calls `deliver` first.
template <class Deliver>
PELLUCID_HOT_PATH void complete_warp_operation(ThreadState* self, Deliver deliver) {
  Warp* warp = self->warp;
  char* order = &warp->order[warp->generation & 1];
  order_release(order);
  warp->arrived |= 1u << self->lane;
  if (warp->arrived == warp->mask) {
    deliver(warp);
    warp->arrived = 0;
    ++warp->generation;
  } else {
    wait_at(self, &warp->generation, self->next_in_warp);
  }
  order_acquire(order);
}

inline constexpr char kShuffle[] = "a shuffle";
inline constexpr char kVote[] = "a vote";
inline constexpr char kWarpBarrier[] = "__syncwarp()";

// Every lane of `mask` offers `value` and gets the value offered by `source_lane`
// (0–31; a lane outside the mask is reported). All lanes of the mask must be alive and arrive.
PELLUCID_HOT_PATH std::uint32_t warp_exchange(std::uint32_t mask, std::uint32_t value,
                                              int source_lane, const char* file, int line) {
  ThreadState* self = current;
  Warp* warp = self->warp;
  join_warp_operation(self, kShuffle, mask, file, line);
  const std::uint32_t source = static_cast<std::uint32_t>(source_lane);
  if (__builtin_expect(source >= kWarpLanes || (mask >> source & 1) == 0, 0))
    report_source_lane(self, {file, line}, mask, source_lane);
  warp->offered[self->lane] = value;
  warp->source[self->lane] = source;
  complete_warp_operation(self, deliver_shuffle);
  return warp->received[self->lane];
}

// Bit l is set if lane l of the mask offered true.
PELLUCID_HOT_PATH std::uint32_t warp_ballot(std::uint32_t mask, bool predicate, const char* file,
                                            int line) {
  ThreadState* self = current;
  Warp* warp = self->warp;
  join_warp_operation(self, kVote, mask, file, line);
  warp->votes |= static_cast<std::uint32_t>(predicate) << self->lane;
  complete_warp_operation(self, deliver_votes);
  return warp->received[self->lane];
}

PELLUCID_HOT_PATH void deliver_nothing(Warp*) {}

PELLUCID_HOT_PATH void warp_barrier(std::uint32_t mask, const char* file, int line) {
  ThreadState* self = current;
  join_warp_operation(self, kWarpBarrier, mask, file, line);
  complete_warp_operation(self, deliver_nothing);
}

}  // namespace pellucid::emulator
