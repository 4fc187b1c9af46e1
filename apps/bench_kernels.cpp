#include "apps/bench_kernels.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "apps/cases/operators.h"
#include "apps/command_line.h"
#include "apps/provenance.h"

namespace pellucid {
namespace {

struct Timing {
  std::string variant;
  double seconds;
  Cost cost;
};

struct Case {
  std::string name, shape;
  std::vector<Timing> variants;  // the default first

  const Timing* naive() const {
    for (const Timing& variant : variants)
      if (variant.variant.find("_v1_") != std::string::npos) return &variant;
    return nullptr;
  }
};

class TimingRunner final : public CaseRunner {
 public:
  // The emulator takes the small shapes.
  TimingRunner(Device device, int repeats)
      : CaseRunner(device, device.kind != DeviceKind::emu), repeats_(repeats) {}

  const std::vector<Case>& cases() const { return cases_; }

 private:
  void begin_case(const std::string& name, const std::string& shape) override {
    print_note(name + ": " + shape);
    cases_.push_back({name, shape, {}});
  }
  void measure(const std::string& variant, const std::function<void()>& run) override {
    LaunchLog& log = stream().launches();
    run();  // what is made once
    std::vector<double> seconds;
    Cost cost;
    for (int i = 0; i < repeats_; ++i) {
      log.set_detail(LaunchLog::Detail::times);
      run();
      log.set_detail(LaunchLog::Detail::off);
      double sum = 0;
      cost = {};
      for (const LaunchRecord& launch : log.take()) {
        sum += launch.span.seconds;
        cost.flops += launch.cost.flops;
        cost.bytes += launch.cost.bytes;
      }
      seconds.push_back(sum);
    }
    std::nth_element(seconds.begin(), seconds.begin() + repeats_ / 2, seconds.end());
    cases_.back().variants.push_back(
        {variant, seconds[static_cast<std::size_t>(repeats_ / 2)], cost});
  }

  int repeats_;
  std::vector<Case> cases_;
};

std::string table(const std::vector<Case>& cases) {
  std::string out;
  for (const Case& one : cases) {
    out += fmt::format("\n{}: {}\n", one.name, one.shape);
    const Timing* const naive = one.naive();
    for (const Timing& t : one.variants) {
      out += fmt::format("  {:<34} {:>12.2f} us {:>9.1f} GFLOP/s {:>9.1f} GB/s", t.variant,
                         t.seconds * 1e6, t.cost.flops / t.seconds * 1e-9,
                         t.cost.bytes / t.seconds * 1e-9);
      if (naive && one.variants.size() > 1)
        out += fmt::format(" {:>8.2f} x", naive->seconds / t.seconds);
      out += "\n";
    }
  }
  return out;
}

Json to_json(const std::vector<Case>& cases) {
  Json out = Json::array();
  for (const Case& one : cases) {
    Json variants = Json::array();
    for (const Timing& t : one.variants)
      variants.push_back({{"name", t.variant},
                          {"seconds", t.seconds},
                          {"flops", t.cost.flops},
                          {"bytes", t.cost.bytes}});
    out.push_back(
        {{"operator", one.name}, {"shape", one.shape}, {"variants", std::move(variants)}});
  }
  return out;
}

}  // namespace

void bench_kernels(const BenchOptions& options) {
  const Device device = open_device(options.device);
  TimingRunner runner(device, options.repeats);
  run_operators(runner);
  Json json = describe_program("pellucid-bench kernels", runner.stream());
  json["clock"] = device_api(device).timer_clock();
  json["repeats"] = options.repeats;
  json["operators"] = to_json(runner.cases());
  if (!options.json.empty()) write_json_result(options.json, to_text(json, 2));
  if (options.json != "-")
    print_result(fmt::format("{}, {}, times by {}, median of {}\n", describe_device(device),
                             json["build"].dump(), json["clock"].get<std::string>(),
                             options.repeats) +
                 table(runner.cases()));
}

}  // namespace pellucid
