// study_document.cpp: a study_run.h as a plan for people, and as study.json.
#include <fmt/format.h>

#include "apps/progress.h"
#include "apps/study_run.h"
#include "apps/version.h"

namespace pellucid {
namespace {

std::string bytes_text(double bytes) {
  return bytes < 1e6   ? fmt::format("{:.0f} kB", bytes / 1e3)
         : bytes < 1e9 ? fmt::format("{:.1f} MB", bytes / 1e6)
                       : fmt::format("{:.1f} GB", bytes / 1e9);
}

}  // namespace

std::string StudyRun::plan_text(PlanText what) const {
  const StudyPredictor predictor(speeds_, networks_, parts_);
  std::string lines, out;
  double bytes = 0;
  bool open = false;
  int count = 0;
  for (const StudyPart& part : parts_) {
    const PartState state = part.outcome.state;
    if (state != PartState::waiting) {
      lines += fmt::format("{:<40} {}\n", part.id, to_string(state));
      continue;
    }
    const PredictedCost cost = predictor.of(part);
    bytes += cost.bytes;
    open = open || cost.at_least;
    ++count;
    if (cost.unknown()) lines += fmt::format("{:<40} not known yet\n", part.id);
    else
      lines += fmt::format("{:<40} {}{:>7.1f} s{}\n", part.id, cost.at_least ? "at least " : "",
                           cost.seconds,
                           cost.bytes > 0 ? fmt::format("{:>12}", bytes_text(cost.bytes)) : "");
  }
  if (what == PlanText::parts) out = lines;
  for (const std::string& text : left_out_text(networks_, choice_, parts_))
    out += "left out: " + text + "\n";
  const double left = seconds_left(parts_, predictor);
  out += fmt::format("{} of {} parts to run: {}{} and {} on {}", count, parts_.size(),
                     open ? "at least " : "about ", format_duration(left), bytes_text(bytes),
                     to_string(request_.device));
  if (request_.budget && spent() + left > *request_.budget)
    out += fmt::format("\neven this little takes more than the {} of --budget",
                       format_duration(*request_.budget));
  return out;
}

Json StudyRun::document() const {
  const StudyPredictor predictor(speeds_, networks_, parts_);
  Json parts = Json::array();
  for (const StudyPart& part : parts_) {
    Json& one = parts.emplace_back(describe_part(part));
    if (part.outcome.state != PartState::waiting) continue;
    const PredictedCost cost = predictor.of(part);
    one["predicted"] = {
        {"seconds", cost.seconds}, {"bytes", cost.bytes}, {"at_least", cost.at_least}};
  }
  return {{"program", "pellucid-study"},
          {"version", version()},
          {"build", build_description()},
          {"device", to_string(request_.device)},
          {"device_description", describe_device(request_.device)},
          {"asked", describe_networks(request_.networks)},
          {"budget_seconds", request_.budget ? Json(*request_.budget) : Json(nullptr)},
          {"chosen",
           {{"seeds", choice_.seeds}, {"images", choice_.images}, {"without", choice_.without}}},
          {"left_out", left_out_text(networks_, choice_, parts_)},
          {"seconds", spent()},
          {"calibration_seconds", calibration_seconds_},
          {"speeds", describe_speeds(speeds_)},
          {"parts", std::move(parts)}};
}

}  // namespace pellucid
