// Compiled for the oldest x86-64, so that it runs where the rest would be killed by SIGILL.
#include "runtime/instruction_set.h"

#include <unistd.h>

#include <string_view>

namespace pellucid {

const char* instruction_set() { return PELLUCID_INSTRUCTION_SET; }

#ifdef PELLUCID_NEEDS_AVX2
namespace {

// Before any constructor of a static object, which may hold such instructions.
[[gnu::constructor(101)]] void check_processor() {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
      __builtin_cpu_supports("bmi2"))
    return;
  constexpr std::string_view message =
      "error: this program was built for processors with AVX2 and FMA (x86-64-v3), which this one "
      "is "
      "not; `make` builds for the processor that it runs on\n";
  (void)!::write(STDERR_FILENO, message.data(), message.size());
  ::_exit(1);
}

}  // namespace
#endif

}  // namespace pellucid
