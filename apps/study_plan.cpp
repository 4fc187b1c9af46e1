#include "apps/study_plan.h"

#include <algorithm>

#include "explain/explainers.h"
#include "runtime/error.h"
#include "runtime/formats/nearest.h"

namespace pellucid {
namespace {

void append(std::vector<std::string>& to, const std::vector<std::string>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

// A program's own options belong to every method; a setting to the methods that look at it.
Json options_for(const Json& explaining, std::string_view method) {
  static MethodSettings known;
  Json out = Json::object();
  for (const auto& [name, value] : explaining.items()) {
    const std::vector<Setting>& settings = known.list();
    const auto setting = std::find_if(settings.begin(), settings.end(), [&](const Setting& each) {
      return each.flag() == "--" + name;
    });
    const bool looked_at = setting == settings.end() || setting->methods.empty() ||
                           std::find(setting->methods.begin(), setting->methods.end(), method) !=
                               setting->methods.end();
    if (looked_at) out[name] = value;
  }
  return out;
}

// The parts of one network, each with all that it needs to know.
class NetworkParts {
 public:
  NetworkParts(const StudyNetwork& network, const StudyChoice& choice, const std::string& device)
      : network_(network), choice_(choice), device_(device), folder_(network.name) {}

  // Of the first run, and of what is told of its network.
  std::vector<StudyPart> first() const {
    std::vector<StudyPart> parts = {data()};
    append_run(parts, 0);
    for (const std::string& method : network_.methods)
      parts.push_back(explaining(PartKind::maps, method));
    if (network_.profile_images > 0)
      for (const std::string& method : network_.methods)
        parts.push_back(explaining(PartKind::profile, method));
    if (network_.sanity_images > 0)
      for (const std::string& method : network_.sanity_methods)
        parts.push_back(explaining(PartKind::sanity, method));
    return parts;
  }

  std::vector<StudyPart> others() const {
    std::vector<StudyPart> parts;
    for (std::size_t run = 1; run < network_.seeds.size(); ++run) append_run(parts, run);
    return parts;
  }

 private:
  StudyPart part(PartKind kind, const std::string& name, const char* program) const {
    StudyPart out;
    out.id = folder_ + "/" + name;
    out.network = network_.name;
    out.kind = kind;
    out.program = program;
    return out;
  }

  std::string seed_of(std::size_t run) const {
    return network_.seeds.empty() ? "0" : std::to_string(network_.seeds[run]);
  }

  std::vector<std::string> data_arguments(std::size_t run, bool of_one_fold) const {
    std::vector<std::string> out = arguments_of(network_.data, seed_of(run));
    if (network_.folds > 0) append(out, {"--folds", std::to_string(network_.folds)});
    if (network_.folds > 0 && of_one_fold) append(out, {"--fold", "1"});
    return out;
  }

  StudyPart data() const {
    StudyPart out = part(PartKind::data, "data", "pellucid-data");
    out.outputs = {folder_ + "/data.json", folder_ + "/sheet.png"};
    out.arguments = data_arguments(0, true);
    append(out.arguments, {"--json", out.outputs[0], "--sheet", out.outputs[1]});
    return out;
  }

  bool left_out(std::size_t run) const {
    return choice_.seeds > 0 && run >= static_cast<std::size_t>(choice_.seeds);
  }

  void append_run(std::vector<StudyPart>& parts, std::size_t run) const {
    const std::size_t first = parts.size();
    if (network_.given.empty()) parts.push_back(training(run));
    if (network_.folds == 0 || !network_.given.empty()) parts.push_back(evaluation(run));
    for (std::size_t i = first; left_out(run) && i < parts.size(); ++i)
      parts[i].outcome.state = PartState::left_out;
  }

  StudyPart training(std::size_t run) const {
    const std::string name = run_name(network_, run), to = folder_ + "/" + name;
    StudyPart out = part(PartKind::training, name, "pellucid-train");
    out.seed = seed_of(run);
    out.arguments = data_arguments(run, false);
    append(out.arguments, arguments_of(network_.training, out.seed));
    append(out.arguments, {"--seed", out.seed, "--device", device_, "--out", to, "--resume"});
    out.outputs = {run_model(network_, run)};
    if (network_.folds > 0) out.outputs.push_back(to + "/evaluation.json");
    return out;
  }

  StudyPart evaluation(std::size_t run) const {
    const std::string name = run_name(network_, run), to = folder_ + "/" + name;
    StudyPart out = part(PartKind::evaluation, name + "/evaluation", "pellucid-evaluate");
    out.seed = seed_of(run);
    if (network_.given.empty()) out.needs = {folder_ + "/" + name};
    out.arguments = {"--model", run_model(network_, run)};
    append(out.arguments, data_arguments(run, true));
    append(out.arguments,
           {"--subset", "test", "--device", device_, "--json", to + "/evaluation.json",
            "--predictions", to + "/predictions.csv", "--plots", to});
    out.outputs = {to + "/evaluation.json"};
    return out;
  }

  int images_of(PartKind kind) const {
    const int asked = kind == PartKind::maps      ? network_.images
                      : kind == PartKind::profile ? network_.profile_images
                                                  : network_.sanity_images;
    if (choice_.images == 0) return asked;
    return asked == 0 ? choice_.images : std::min(asked, choice_.images);
  }

  StudyPart explaining(PartKind kind, const std::string& method) const {
    StudyPart out = part(kind, concat(to_string(kind), "/", method), "pellucid-explain");
    out.method = method;
    out.images = images_of(kind);
    if (network_.given.empty()) out.needs = {folder_ + "/" + run_name(network_, 0)};
    out.arguments = {"--model", run_model(network_, 0)};
    append(out.arguments, data_arguments(0, true));
    append(out.arguments, {"--method", method});
    append(out.arguments, arguments_of(options_for(network_.explaining, method), seed_of(0)));
    append(out.arguments, {"--max-images", std::to_string(out.images), "--device", device_});
    const std::string to = concat(folder_, "/", to_string(kind));
    if (kind == PartKind::profile) {
      out.outputs = {concat(to, "/", method, ".json")};
      append(out.arguments,
             {"--pictures", "none", "--out", concat(to, "/", method), "--profile", out.outputs[0]});
    } else if (kind == PartKind::sanity) {
      out.outputs = {to};
      append(out.arguments, {"--pictures", "none", "--scores", "--score-sensitivity", "10",
                             "--score-randomize", "--out", to, "--resume"});
    } else {
      out.outputs = {concat(to, "-", method, ".json")};
      append(out.arguments, {"--scores", "--out", to, "--json", out.outputs[0], "--resume"});
    }
    if (choice_.without.contains(folder_ + "/" + method)) out.outcome.state = PartState::left_out;
    return out;
  }

  const StudyNetwork& network_;
  const StudyChoice& choice_;
  const std::string& device_;
  std::string folder_;
};

}  // namespace

const char* to_string(PartKind kind) {
  switch (kind) {
    case PartKind::data:
      return "data";
    case PartKind::training:
      return "training";
    case PartKind::evaluation:
      return "evaluation";
    case PartKind::maps:
      return "maps";
    case PartKind::sanity:
      return "sanity";
    case PartKind::profile:
      return "profile";
  }
  return "";
}

std::string run_name(const StudyNetwork& network, std::size_t run) {
  return network.given.empty() ? concat("seed", network.seeds[run]) : "given";
}

std::string run_model(const StudyNetwork& network, std::size_t run) {
  if (!network.given.empty()) return network.given;
  return concat(network.name, "/", run_name(network, run), network.folds > 0 ? "/fold1" : "",
                "/model.safetensors");
}

std::string file_name_of(const std::string& id) {
  std::string out = id;
  std::replace(out.begin(), out.end(), '/', '-');
  return out;
}

std::vector<StudyPart> study_parts(const std::vector<StudyNetwork>& networks,
                                   const StudyChoice& choice,
                                   const std::map<std::string, PartOutcome>& outcomes,
                                   const std::string& device) {
  std::vector<StudyPart> parts, later;
  for (const StudyNetwork& network : networks) {
    const NetworkParts of(network, choice, device);
    for (StudyPart& part : of.first()) parts.push_back(std::move(part));
    for (StudyPart& part : of.others()) later.push_back(std::move(part));
  }
  std::move(later.begin(), later.end(), std::back_inserter(parts));
  for (StudyPart& part : parts) {
    const auto found = outcomes.find(part.id);
    if (found != outcomes.end() && found->second.arguments == part.arguments)
      if (found->second.state == PartState::done || part.outcome.state == PartState::waiting)
        part.outcome = found->second;
    part.outcome.arguments = part.arguments;
  }
  return parts;
}

}  // namespace pellucid
