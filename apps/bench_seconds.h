// bench_seconds.h: the time of a call, on a machine that others use too.
#pragma once

#include <algorithm>
#include <chrono>
#include <limits>

#include "runtime/stream.h"

namespace pellucid {

// The least mean time of a call over `repeats` series, each at least a third of a second long.
template <class Call>
double seconds_of(Stream& stream, int repeats, const Call& call) {
  using Clock = std::chrono::steady_clock;
  const auto series = [&](int calls) {
    const auto start = Clock::now();
    for (int i = 0; i < calls; ++i) call();
    stream.synchronize();
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  series(3);  // caches, clocks, what is made once
  const int calls = std::max(1, static_cast<int>(0.33 / (series(3) / 3)));
  double least = std::numeric_limits<double>::infinity();
  for (int r = 0; r < repeats; ++r) least = std::min(least, series(calls) / calls);
  return least;
}

}  // namespace pellucid
