// counting_runner.h: counts the memory traffic of each variant, in the emulator.
#pragma once

#include "apps/cases/case_runner.h"
#include "apps/counts/counts.h"
#include "runtime/emulator/traffic/traffic_counter.h"

namespace pellucid {

class CountingRunner final : public CaseRunner {
 public:
  CountingRunner() : CaseRunner(DeviceKind::emu, /*large=*/false) {}

  const std::vector<CaseCounts>& counts() const { return counts_; }

 private:
  void begin_case(const std::string& name, const std::string& shape) override {
    counts_.push_back({name, shape, {}});
  }
  void measure(const std::string& variant, const std::function<void()>& run) override {
    run();
    counts_.back().variants.push_back({variant, counter_.take()});
  }

  emulator::TrafficCounter counter_{stream().arena()};
  std::vector<CaseCounts> counts_;
};

}  // namespace pellucid
