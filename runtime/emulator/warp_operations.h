// warp_operations.h: shuffles, votes and the warp barrier; kernels/device/warp.cuh gives kernels
// the typed interface.
#pragma once

#include "runtime/emulator/switch.h"

namespace pellucid::emulator {

inline constexpr char kShuffle[] = "a shuffle";
inline constexpr char kVote[] = "a vote";
inline constexpr char kWarpBarrier[] = "__syncwarp()";

// Makes the operation with this mask, name and line the pending one of the warp.
void select_operation(Warp* warp, std::uint32_t mask, const char* name, const char* file, int line);

// Give every lane of the pending operation what it gets, and open its gate.
void deliver_shuffle(Warp* warp);
void deliver_votes(Warp* warp);
void deliver_nothing(Warp* warp);

[[noreturn]] void report_own_lane(ThreadState* self, const char* name, SourceLine where,
                                  std::uint32_t mask);
[[noreturn]] void report_source_lane(ThreadState* self, SourceLine where, std::uint32_t mask,
                                     int source_lane);

PELLUCID_HOT_PATH void join_operation(ThreadState* self, const char* name, std::uint32_t mask,
                                      const char* file, int line) {
  if (__builtin_expect((mask >> self->lane & 1) == 0, 0))
    report_own_lane(self, name, {file, line}, mask);
  WarpOperation& pending = self->warp->pending;
  if (pending.arrived == 0) {
    pending.mask = mask;
    pending.votes = 0;
    pending.line = line;
    pending.file = file;
    pending.name = name;
  } else if (__builtin_expect(pending.line != line || pending.mask != mask ||
                                  pending.file != file || pending.name != name,
                              0)) {
    select_operation(self->warp, mask, name, file, line);
  }
}

// Waits for the other lanes; the last one calls `deliver` and goes straight on.
template <class Deliver>
PELLUCID_HOT_PATH void complete_operation(ThreadState* self, Deliver deliver) {
  Warp* warp = self->warp;
  char* order = warp->pending.order;
  order_release(order);
  warp->pending.arrived |= 1u << self->lane;
  if (warp->pending.arrived == warp->pending.mask) {
    deliver(warp);
  } else {
    wait_at(self, &warp->delivered[self->lane], self->next_in_warp);
  }
  order_acquire(order);
}

// Every lane of `mask` offers `value` and gets the value offered by `source_lane`
// (0–31; a lane outside the mask is reported). All lanes of the mask must be alive and arrive.
PELLUCID_HOT_PATH std::uint32_t warp_exchange(std::uint32_t mask, std::uint32_t value,
                                              int source_lane, const char* file, int line) {
  ThreadState* self = current;
  Warp* warp = self->warp;
  join_operation(self, kShuffle, mask, file, line);
  const std::uint32_t source = static_cast<std::uint32_t>(source_lane);
  if (__builtin_expect(source >= kWarpLanes || (mask >> source & 1) == 0, 0))
    report_source_lane(self, {file, line}, mask, source_lane);
  warp->offered[self->lane] = value;
  warp->source[self->lane] = source;
  complete_operation(self, deliver_shuffle);
  return warp->received[self->lane];
}

// Bit l is set if lane l of the mask offered true.
PELLUCID_HOT_PATH std::uint32_t warp_ballot(std::uint32_t mask, bool predicate, const char* file,
                                            int line) {
  ThreadState* self = current;
  Warp* warp = self->warp;
  join_operation(self, kVote, mask, file, line);
  warp->pending.votes |= static_cast<std::uint32_t>(predicate) << self->lane;
  complete_operation(self, deliver_votes);
  return warp->received[self->lane];
}

PELLUCID_HOT_PATH void warp_barrier(std::uint32_t mask, const char* file, int line) {
  ThreadState* self = current;
  join_operation(self, kWarpBarrier, mask, file, line);
  complete_operation(self, deliver_nothing);
}

}  // namespace pellucid::emulator
