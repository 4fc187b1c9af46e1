#include "apps/study_budget.h"

#include <algorithm>
#include <cmath>

#include "runtime/error.h"
#include "runtime/formats/values.h"

namespace pellucid {
namespace {

constexpr int kFewestImages = 6;
// An explanation with ten noisy copies and the weights of each layer drawn anew is as much as so many.
constexpr double kSanityFactor = 16;
// A profile costs what it records.
constexpr double kProfileFactor = 2;
// So far a finished part corrects what was predicted of the others.
constexpr double kMostCorrection = 10;

std::string kind_key(const StudyPart& part) { return to_string(part.kind); }
std::string network_key(const StudyPart& part) { return part.network + "/" + kind_key(part); }

std::vector<StudyPart> parts_of(const BudgetQuestion& question, const StudyChoice& choice) {
  return study_parts(question.networks, choice, question.outcomes, question.device);
}

bool fits(const BudgetQuestion& question, const StudyChoice& choice) {
  const std::vector<StudyPart> parts = parts_of(question, choice);
  const StudyPredictor predictor(question.speeds, question.networks, parts);
  return question.spent + seconds_left(parts, predictor) <= question.seconds;
}

int most_seeds(const std::vector<StudyNetwork>& networks) {
  std::size_t most = 1;
  for (const StudyNetwork& network : networks) most = std::max(most, network.seeds.size());
  return static_cast<int>(most);
}

int most_images(const BudgetQuestion& question) {
  int most = 0;
  for (const StudyNetwork& network : question.networks) {
    const auto speed = question.speeds.find(network.name);
    const int there = speed == question.speeds.end() ? 0 : speed->second.images;
    if (!network.methods.empty()) most = std::max(most, network.images ? network.images : there);
  }
  return most;
}

// "network/method" of what is not done, the longest first, but for the fastest of each network.
std::vector<std::string> slowest_first(const BudgetQuestion& question, const StudyChoice& choice) {
  const std::vector<StudyPart> parts = parts_of(question, choice);
  const StudyPredictor predictor(question.speeds, question.networks, parts);
  std::map<std::string, double> seconds;
  std::map<std::string, std::pair<double, std::string>> fastest;
  for (const StudyPart& part : parts) {
    if (part.method.empty()) continue;
    const std::string key = part.network + "/" + part.method;
    const double one = predictor.of(part).seconds;
    if (part.outcome.state == PartState::waiting) seconds[key] += one;
    if (part.kind != PartKind::maps) continue;
    auto& least = fastest.try_emplace(part.network, one, key).first->second;
    if (one < least.first) least = {one, key};
  }
  for (const auto& [network, least] : fastest) seconds.erase(least.second);
  std::vector<std::string> out;
  for (const auto& [key, one] : seconds) out.push_back(key);
  std::stable_sort(out.begin(), out.end(), [&](const std::string& a, const std::string& b) {
    return seconds[a] > seconds[b];
  });
  return out;
}

}  // namespace

Json describe_speeds(const StudySpeeds& speeds) {
  Json out = Json::object();
  for (const auto& [network, speed] : speeds) {
    Json& one = out[network] = {{"loading_seconds", speed.loading},
                                {"start_seconds", speed.start},
                                {"training_seconds", speed.training},
                                {"training_at_least", speed.training_at_least},
                                {"training_bytes", speed.training_bytes},
                                {"evaluation_seconds", speed.evaluation},
                                {"test_images", speed.images},
                                {"methods", Json::object()}};
    for (const auto& [name, method] : speed.methods)
      one["methods"][name] = {{"seconds_an_image", method.seconds},
                              {"bytes_an_image", method.bytes},
                              {"at_least", method.at_least}};
  }
  return out;
}

StudySpeeds read_speeds(const JsonView& view) {
  constexpr double most = 1e15;
  StudySpeeds out;
  view.expect_object();
  for (const auto& [name, ignored] : view.value().items()) {
    const JsonView one = view.at(name);
    NetworkSpeed& speed = out[name];
    speed.loading = one.at("loading_seconds").number(0, most);
    speed.start = one.at("start_seconds").number(0, most);
    speed.training = one.at("training_seconds").number(0, most);
    speed.training_at_least = one.at("training_at_least").boolean();
    speed.training_bytes = one.at("training_bytes").number(0, most);
    speed.evaluation = one.at("evaluation_seconds").number(0, most);
    speed.images = static_cast<int>(one.at("test_images").integer(0, 1000000000));
    const JsonView methods = one.at("methods");
    methods.expect_object();
    for (const auto& [method, unused] : methods.value().items()) {
      const JsonView of = methods.at(method);
      speed.methods[method] = {of.at("seconds_an_image").number(0, most),
                               of.at("bytes_an_image").number(0, most),
                               of.at("at_least").boolean()};
    }
  }
  return out;
}

StudyPredictor::StudyPredictor(const StudySpeeds& speeds, const std::vector<StudyNetwork>& networks,
                               const std::vector<StudyPart>& parts)
    : speeds_(speeds), networks_(networks) {
  for (const StudyPart& part : parts) {
    if (part.outcome.state != PartState::done) continue;
    const double predicted = calibrated(part).seconds;
    for (Sums* sums : {&of_kind_[kind_key(part)], &of_network_[network_key(part)]}) {
      sums->taken += part.outcome.seconds;
      sums->predicted += predicted;
    }
  }
}

PredictedCost StudyPredictor::of(const StudyPart& part) const {
  PredictedCost out = calibrated(part);
  for (const auto& [sums, key] :
       {std::pair(&of_network_, network_key(part)), std::pair(&of_kind_, kind_key(part))}) {
    const auto found = sums->find(key);
    if (found == sums->end() || found->second.predicted <= 0) continue;
    const double correction = found->second.taken / found->second.predicted;
    out.seconds *= std::clamp(correction, 1 / kMostCorrection, kMostCorrection);
    break;
  }
  return out;
}

PredictedCost StudyPredictor::calibrated(const StudyPart& part) const {
  const auto found = speeds_.find(part.network);
  if (found == speeds_.end()) return {0, 0, true};
  const NetworkSpeed& speed = found->second;
  switch (part.kind) {
    case PartKind::data:
      return {speed.loading, 0, false};
    case PartKind::evaluation:
      return {speed.evaluation, 0, speed.evaluation == 0};
    case PartKind::training: {
      const auto network = std::find_if(networks_.begin(), networks_.end(), [&](const auto& each) {
        return each.name == part.network;
      });
      const double runs = std::max(1, network->folds);
      return {runs * speed.training, runs * speed.training_bytes, speed.training_at_least};
    }
    default:
      break;
  }
  const auto method = speed.methods.find(part.method);
  if (method == speed.methods.end()) return {0, 0, true};
  const int there = speed.images;
  const double images = part.images == 0 ? there
                        : there == 0     ? part.images
                                         : std::min(part.images, there);
  const double factor = part.kind == PartKind::sanity    ? kSanityFactor
                        : part.kind == PartKind::profile ? kProfileFactor
                                                         : 1;
  return {speed.start + images * factor * method->second.seconds, images * method->second.bytes,
          method->second.at_least};
}

double seconds_left(const std::vector<StudyPart>& parts, const StudyPredictor& predictor) {
  double seconds = 0;
  for (const StudyPart& part : parts)
    if (part.outcome.state == PartState::waiting) seconds += predictor.of(part).seconds;
  return seconds;
}

StudyChoice choose_within(const BudgetQuestion& question) {
  StudyChoice choice;
  if (question.images_fixed) choice.images = *question.images_fixed;
  if (fits(question, choice)) return choice;
  for (choice.seeds = most_seeds(question.networks) - 1; choice.seeds > 1; --choice.seeds)
    if (fits(question, choice)) return choice;
  choice.seeds = 1;
  if (fits(question, choice)) return choice;
  if (!question.images_fixed)
    for (int images = most_images(question) / 2; images >= kFewestImages; images /= 2) {
      choice.images = images;
      if (fits(question, choice)) return choice;
    }
  for (const std::string& each : slowest_first(question, choice)) {
    choice.without.insert(each);
    if (fits(question, choice)) return choice;
  }
  return choice;
}

double parse_budget(const std::string& text) {
  double factor = 1;
  std::string number = text;
  if (!text.empty())
    if (const auto unit = std::string_view("smh").find(text.back());
        unit != std::string_view::npos) {
      factor = unit == 0 ? 1 : unit == 1 ? 60 : 3600;
      number.pop_back();
    }
  return factor * parse_real(number, "--budget", 1e-3, 1e7);
}

}  // namespace pellucid
