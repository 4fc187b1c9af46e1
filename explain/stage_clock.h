// stage_clock.h: how long the stages of an explanation take.
#pragma once

#include <chrono>
#include <utility>

#include "runtime/stream.h"

namespace pellucid {

// Seconds since the last call, with the device's work that was asked for in them.
class StageClock {
 public:
  explicit StageClock(Stream& stream) : stream_(stream) {}
  double lap() {
    stream_.synchronize();
    const auto now = std::chrono::steady_clock::now();
    return std::chrono::duration<double>(now - std::exchange(last_, now)).count();
  }

 private:
  Stream& stream_;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

}  // namespace pellucid
