// report.h: why a block was given up, in words.
#pragma once

#include <string>

#include "runtime/emulator/thread_state.h"

namespace pellucid::emulator {

// `threads` points to the block's threads, in any order. Call it on the worker's own stack, after
// the block has been left.
std::string describe_failure(const char* kernel, const Block& block, const ThreadState* threads,
                             int count);

}  // namespace pellucid::emulator
