// cost.h: what an explanation cost, from the launch log, the clock and the arena.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "runtime/stream.h"

namespace pellucid {

struct ExplanationCost {
  double seconds = 0;        // wall clock, from the picture on the host to the map on the host
  std::size_t launches = 0;  // kernels, or operators on cpu
  double flops = 0;          // at least needed: see runtime/launch_log.h
  double bytes = 0;
  std::size_t peak_bytes = 0;  // of device memory
  int pictures = 1;            // that shared launches were for
  // Images that went through the model, or through what lies behind an explained layer. What runs the
  // model counts them; CostMeter does not.
  std::int64_t forwards = 0;

  // Adds work that this explanation has a share of: seconds, FLOPs and bytes count by the share,
  // launches whole.
  void add(const ExplanationCost& work, double share = 1);
};

// Measures from its construction to stop(); the launch log is on in between.
class CostMeter {
 public:
  explicit CostMeter(Stream& stream);
  ~CostMeter();
  CostMeter(const CostMeter&) = delete;
  CostMeter& operator=(const CostMeter&) = delete;

  ExplanationCost stop();

 private:
  Stream& stream_;
  LaunchLog::Detail detail_before_;
  ArenaPeakScope memory_;
  std::chrono::steady_clock::time_point start_;
};

}  // namespace pellucid
