// finish_cpu.h: a Finish on cpu, over values that lie side by side.
#pragma once

#include <cstddef>

#include "kernels/finish.h"

namespace pellucid::cpu {

// y: `count` results, the first of which is the whole result's element `at`.
inline void finish_values(const Finish& finish, std::ptrdiff_t at, std::ptrdiff_t count, float* y) {
  if (finish.addend)  // + 0 as `add` has it: of two −0 the sum is then 0
    for (std::ptrdiff_t i = 0; i < count; ++i) y[i] += finish.addend[at + i] + 0.0f;
  if (finish.relu)
    for (std::ptrdiff_t i = 0; i < count; ++i) y[i] = y[i] <= 0 ? 0.0f : y[i];
  if (finish.clips)
    for (std::ptrdiff_t i = 0; i < count; ++i) {
      const float above = y[i] < finish.alpha ? finish.alpha : y[i];
      y[i] = above > finish.beta ? finish.beta : above;
    }
  if (finish.function) finish.function(y, count, finish.alpha, finish.beta);
}

}  // namespace pellucid::cpu
