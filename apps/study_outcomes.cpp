// study_outcomes.cpp: what became of the parts of study_plan.h, in words and in study.json.
#include <fmt/format.h>

#include <algorithm>

#include "apps/study_plan.h"

namespace pellucid {
namespace {

struct NamedState {
  PartState state;
  const char* name;
};
constexpr NamedState kStates[] = {{PartState::waiting, "waiting"},
                                  {PartState::done, "done"},
                                  {PartState::failed, "failed"},
                                  {PartState::skipped, "skipped"},
                                  {PartState::left_out, "left out"}};

// "seeds 2 and 3", "seed 2"
std::string counted(const std::string& noun, const std::vector<std::string>& names) {
  std::string out = noun + (names.size() > 1 ? "s " : " ");
  for (std::size_t i = 0; i < names.size(); ++i)
    out += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
  return out;
}

}  // namespace

const char* to_string(PartState state) {
  for (const NamedState& each : kStates)
    if (each.state == state) return each.name;
  return "";
}

std::vector<std::string> left_out_text(const std::vector<StudyNetwork>& networks,
                                       const StudyChoice& choice,
                                       const std::vector<StudyPart>& parts) {
  std::vector<std::string> out;
  for (const StudyNetwork& network : networks) {
    std::vector<std::string> seeds, methods;
    for (const StudyPart& part : parts) {
      if (part.network != network.name || part.outcome.state != PartState::left_out) continue;
      if (part.kind == PartKind::training) seeds.push_back(part.seed);
      if (part.kind == PartKind::maps) methods.push_back(part.method);
    }
    if (!seeds.empty()) out.push_back(counted("seed", seeds) + " of " + network.name);
    const bool fewer = choice.images > 0 && !network.methods.empty() &&
                       (network.images == 0 || choice.images < network.images);
    if (fewer)
      out.push_back(fmt::format("all but {}{} images of {}", choice.images,
                                network.images == 0 ? "" : fmt::format(" of {}", network.images),
                                network.name));
    if (!methods.empty()) out.push_back(counted("method", methods) + " of " + network.name);
  }
  return out;
}

Json describe_part(const StudyPart& part) {
  Json out = {{"id", part.id},
              {"network", part.network},
              {"kind", to_string(part.kind)},
              {"program", part.program},
              {"arguments", part.arguments},
              {"needs", part.needs},
              {"outputs", part.outputs},
              {"state", to_string(part.outcome.state)}};
  for (const auto& [key, value] : {std::pair("method", part.method), std::pair("seed", part.seed)})
    if (!value.empty()) out[key] = value;
  if (part.outcome.state == PartState::done || part.outcome.state == PartState::failed) {
    out["seconds"] = part.outcome.seconds;
    out["exit_code"] = part.outcome.exit_code;
  }
  if (!part.outcome.error.empty()) out["error"] = part.outcome.error;
  return out;
}

std::pair<std::string, PartOutcome> read_outcome(const JsonView& view) {
  PartOutcome out;
  const JsonView arguments = view.at("arguments"), state = view.at("state");
  for (std::size_t i = 0; i < arguments.array_size(); ++i)
    out.arguments.push_back(arguments.element(i).text());
  const auto found = std::find_if(std::begin(kStates), std::end(kStates),
                                  [&](const auto& each) { return state.text() == each.name; });
  if (found == std::end(kStates)) state.fail_expected("the state of a part");
  out.state = found->state;
  if (const auto seconds = view.find("seconds")) out.seconds = seconds->number(0, 1e12);
  if (const auto code = view.find("exit_code"))
    out.exit_code = static_cast<int>(code->integer(0, 255));
  if (const auto error = view.find("error")) out.error = error->text();
  return {view.at("id").text(), out};
}

}  // namespace pellucid
