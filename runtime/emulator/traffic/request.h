// request.h: one load or store instruction of one warp, and what it costs.
#pragma once

#include <cstdint>

#include "runtime/emulator/thread_state.h"

namespace pellucid::emulator {

struct Request {
  std::uint32_t lanes = 0;  // that take part
  std::uintptr_t address[kWarpLanes];
};

// Different 32-byte sectors that lanes touch with `width` bytes each.
int sectors(const Request& request, int width);

// Passes beyond the first. Accesses of 8 bytes are served a half of the warp at a time, of 16 bytes
// a quarter; each part that has lanes takes a pass of its own in any case, which is no conflict.
int bank_conflicts(const Request& request, int width);

}  // namespace pellucid::emulator
