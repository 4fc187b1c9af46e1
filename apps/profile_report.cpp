#include "apps/profile_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "apps/command_line.h"
#include "apps/provenance.h"
#include "runtime/file.h"
#include "runtime/formats/json.h"

namespace pellucid {
namespace {

constexpr double kMicro = 1e6, kMilli = 1e3, kGiga = 1e-9;
constexpr int kHostTrack = 1, kDeviceTrack = 2;

// All slices of one name.
struct Total {
  std::string name;
  std::size_t calls = 0;
  double seconds = 0;
  Cost cost;

  double rate(double amount) const { return seconds > 0 ? amount / seconds * kGiga : 0; }
};

// The longest first; equally long ones by name.
template <class Slices, class Add>
std::vector<Total> totals(const Slices& slices, const Add& add) {
  std::map<std::string, Total> by_name;
  for (const auto& slice : slices) {
    Total& total = by_name[slice.name];
    total.name = slice.name;
    ++total.calls;
    add(total, slice);
  }
  std::vector<Total> out;
  for (auto& [name, total] : by_name) out.push_back(std::move(total));
  std::stable_sort(out.begin(), out.end(),
                   [](const Total& a, const Total& b) { return a.seconds > b.seconds; });
  return out;
}

std::vector<Total> kernel_totals(const Profile& profile) {
  return totals(profile.launches(), [](Total& total, const LaunchRecord& launch) {
    total.seconds += launch.span.seconds;
    total.cost.flops += launch.cost.flops;
    total.cost.bytes += launch.cost.bytes;
  });
}

std::vector<Total> scope_totals(const Profile& profile) {
  return totals(profile.scopes(),
                [](Total& total, const ProfileSlice& scope) { total.seconds += scope.seconds; });
}

double sum_of_seconds(const std::vector<Total>& totals) {
  double sum = 0;
  for (const Total& total : totals) sum += total.seconds;
  return sum;
}

std::string kernel_table(const std::vector<Total>& kernels, double whole_seconds) {
  const double sum = sum_of_seconds(kernels);
  std::string out = fmt::format("{:<34} {:>8} {:>11} {:>7} {:>10} {:>9} {:>9} {:>9}\n", "kernel",
                                "calls", "ms", "share", "GFLOP", "GB", "GFLOP/s", "GB/s");
  const auto line = [&](const Total& t) {
    out += fmt::format("{:<34} {:>8} {:>11.3f} {:>6.1f}% {:>10.3f} {:>9.3f} {:>9.1f} {:>9.1f}\n",
                       t.name, t.calls, t.seconds * kMilli, sum > 0 ? 100 * t.seconds / sum : 0.0,
                       t.cost.flops * kGiga, t.cost.bytes * kGiga, t.rate(t.cost.flops),
                       t.rate(t.cost.bytes));
  };
  Total all{"all", 0, sum, {}};
  for (const Total& kernel : kernels) {
    line(kernel);
    all.calls += kernel.calls;
    all.cost.flops += kernel.cost.flops;
    all.cost.bytes += kernel.cost.bytes;
  }
  line(all);
  out += fmt::format("kernels ran {:.1f} % of {:.3f} s\n",
                     whole_seconds > 0 ? 100 * sum / whole_seconds : 0.0, whole_seconds);
  return out;
}

Json track_name(int track, const std::string& name) {
  return {{"name", "process_name"},
          {"ph", "M"},
          {"pid", track},
          {"tid", 0},
          {"args", {{"name", name}}}};
}

Json slice_event(int track, const std::string& name, double begin, double seconds) {
  return {{"name", name},           {"ph", "X"}, {"pid", track}, {"tid", 0}, {"ts", begin * kMicro},
          {"dur", seconds * kMicro}};
}

Json trace(const Profile& profile, const std::string& program, const Policy& policy,
           const std::vector<Total>& kernels) {
  Json events = {track_name(kHostTrack, program + " (host)"),
                 track_name(kDeviceTrack, "kernels, by " + profile.clock())};
  const double origin = profile.whole().begin;
  for (const ProfileSlice& scope : profile.scopes())
    events.push_back(slice_event(kHostTrack, scope.name, scope.begin - origin, scope.seconds));
  for (const LaunchRecord& launch : profile.launches()) {
    Json event =
        slice_event(kDeviceTrack, launch.name, launch.span.begin - origin, launch.span.seconds);
    event["args"] = {{"grid", {launch.grid.x, launch.grid.y, launch.grid.z}},
                     {"block", {launch.block.x, launch.block.y, launch.block.z}},
                     {"shared_bytes", launch.shared_bytes},
                     {"flops", launch.cost.flops},
                     {"bytes", launch.cost.bytes}};
    events.push_back(std::move(event));
  }
  Json table = Json::array(), scopes = Json::array();
  const double sum = sum_of_seconds(kernels);
  for (const Total& t : kernels)
    table.push_back({{"name", t.name},
                     {"calls", t.calls},
                     {"seconds", t.seconds},
                     {"share", sum > 0 ? t.seconds / sum : 0.0},
                     {"flops", t.cost.flops},
                     {"bytes", t.cost.bytes}});
  for (const Total& t : scope_totals(profile))
    scopes.push_back({{"name", t.name}, {"calls", t.calls}, {"seconds", t.seconds}});
  Json out = {{"traceEvents", std::move(events)},
              {"displayTimeUnit", "ms"},
              {"clock", profile.clock()},
              {"seconds", profile.whole().seconds},
              {"kernel_seconds", sum},
              {"kernels", std::move(table)},
              {"scopes", std::move(scopes)}};
  out.update(describe_policy(policy));
  return out;
}

}  // namespace

void add_profile(CommandLine& app, std::string& path) {
  app.add_text("--profile", path, "FILE.json",
               "write a timeline that opens in Perfetto, and what each kernel cost as a table");
}

ProfileReport::ProfileReport(Stream& stream, std::string path, std::string program)
    : stream_(stream), path_(std::move(path)), program_(std::move(program)) {
  if (!path_.empty()) profile_.emplace(stream);
}

void ProfileReport::write() {
  if (!profile_) return;
  profile_->finish();
  const std::vector<Total> kernels = kernel_totals(*profile_);
  write_text_file(path_, to_text(trace(*profile_, program_, stream_.policy(), kernels)) + "\n");
  print_note(kernel_table(kernels, profile_->whole().seconds) + path_ + ": open it in " +
             "https://ui.perfetto.dev");
}

}  // namespace pellucid
