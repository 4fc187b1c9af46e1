#include "explain/cost.h"

#include <algorithm>

namespace pellucid {

void ExplanationCost::add(const ExplanationCost& work, double share) {
  seconds += share * work.seconds;
  launches += work.launches;
  flops += share * work.flops;
  bytes += share * work.bytes;
  peak_bytes = std::max(peak_bytes, work.peak_bytes);
  pictures = std::max(pictures, work.pictures);
  forwards += work.forwards;
}

CostMeter::CostMeter(Stream& stream)
    : stream_(stream), detail_before_(stream.launches().detail()), memory_(stream.arena()) {
  stream_.synchronize();
  stream_.launches().take();
  if (!stream_.launches().enabled()) stream_.launches().set_detail(LaunchLog::Detail::counts);
  start_ = std::chrono::steady_clock::now();
}

CostMeter::~CostMeter() { stream_.launches().set_detail(detail_before_); }

ExplanationCost CostMeter::stop() {
  ExplanationCost cost;
  stream_.synchronize();
  cost.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  cost.peak_bytes = memory_.peak_bytes();
  for (const LaunchRecord& record : stream_.launches().take()) {
    ++cost.launches;
    cost.flops += record.cost.flops;
    cost.bytes += record.cost.bytes;
  }
  return cost;
}

}  // namespace pellucid
