// bench_emulator.h: `pellucid-bench emulator`: what a barrier, a shuffle and a thread cost in the
// emulator, and how fast the classic matrix products run in it.
#pragma once

namespace pellucid {

// Prints a table to stdout, each line with its bar where there is one; whether all bars are
// reached. Throws Error if a matrix product is wrong. The emulator's options are left as they were.
bool bench_emulator();

}  // namespace pellucid
