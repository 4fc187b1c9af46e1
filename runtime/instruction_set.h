// instruction_set.h: what host code was compiled for.
#pragma once

namespace pellucid {

// "x86-64-v3", "x86-64", "native" or the name of another architecture. Programs that link this function end
// before main(), with a message and exit code 1, on an x86 processor that lacks what they were built for.
const char* instruction_set();

}  // namespace pellucid
