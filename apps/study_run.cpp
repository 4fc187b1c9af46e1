#include "apps/study_run.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>

#include "apps/child_program.h"
#include "apps/command_line.h"
#include "apps/failures.h"
#include "apps/progress.h"
#include "apps/study_calibration.h"
#include "runtime/error.h"
#include "runtime/file.h"

namespace pellucid {
namespace {

// Where one study is another than the other; "" if it only asks for other seeds, methods or numbers of images.
std::string other_study(const std::vector<StudyNetwork>& then,
                        const std::vector<StudyNetwork>& now) {
  const auto identity = [](const StudyNetwork& network) {
    Json out = describe_networks({network})["networks"][0];
    for (const char* key :
         {"seeds", "methods", "images", "sanity_images", "sanity_methods", "profile_images"})
      out.erase(key);
    return out;
  };
  if (then.size() != now.size()) return concat("networks were ", then.size(), ", are ", now.size());
  for (std::size_t i = 0; i < now.size(); ++i)
    if (const std::string text =
            first_difference(identity(then[i]), identity(now[i]), then[i].name);
        !text.empty())
      return text;
  return "";
}

std::string short_duration(double seconds) {
  return seconds < 9.95 ? fmt::format("{:.1f} s", seconds) : format_duration(seconds);
}

// The part at hand, on a terminal in one line that is drawn anew.
class PartLine {
 public:
  PartLine() : terminal_(::isatty(STDERR_FILENO) == 1) {}
  ~PartLine() { clear(); }
  void show(const std::string& text) {
    if (!terminal_ || text == shown_) return;
    std::fprintf(stderr, "\r\x1b[K%s", text.c_str());
    std::fflush(stderr);
    shown_ = text;
  }
  void clear() {
    if (!shown_.empty()) std::fprintf(stderr, "\r\x1b[K");
    shown_.clear();
  }

 private:
  bool terminal_;
  std::string shown_;
};

bool has_outputs(const std::filesystem::path& folder, const StudyPart& part) {
  return std::all_of(part.outputs.begin(), part.outputs.end(), [&](const std::string& file) {
    std::error_code none;
    return std::filesystem::exists(folder / file, none);
  });
}

}  // namespace

StudyRun::StudyRun(const StudyRequest& request, const Interruption& interruption)
    : request_(request), interruption_(interruption), networks_(request.networks) {
  read();
}

void StudyRun::read() {
  const std::string file = (request_.folder / "study.json").string();
  std::error_code none;
  if (!std::filesystem::exists(file, none)) return;
  const Json document = read_json_file(file);
  const JsonView view(document, file);
  const std::string difference =
      other_study(read_networks(view.at("asked").value(), file), request_.networks);
  require(difference.empty(), file, ": this study was begun otherwise: ", difference,
          "; go on as it was begun, or choose another --out");
  require(view.at("device").text() == to_string(request_.device), file,
          ": this study was begun on another device (found ", view.at("device").text(),
          "; expected ", to_string(request_.device), "); go on with --device ",
          view.at("device").text(), ", or choose another --out");
  const JsonView parts = view.at("parts");
  for (std::size_t i = 0; i < parts.array_size(); ++i) {
    auto [id, outcome] = read_outcome(parts.element(i));
    if (outcome.state == PartState::done) outcomes_.emplace(std::move(id), std::move(outcome));
  }
  speeds_ = read_speeds(view.at("speeds"));
  calibration_seconds_ = view.at("calibration_seconds").number(0, 1e12);
  const Json budget = view.at("budget_seconds").value();
  same_budget_ = request_.budget ? budget.is_number() && budget.get<double>() == *request_.budget
                                 : budget.is_null();
  if (same_budget_)
    choice_.images = static_cast<int>(view.at("chosen").at("images").integer(0, 1000000000));
}

double StudyRun::spent() const {
  double seconds = calibration_seconds_;
  for (const auto& [id, outcome] : outcomes_) seconds += outcome.seconds;
  return seconds;
}

void StudyRun::plan() {
  const std::string device = to_string(request_.device);
  CalibrationOptions options{request_.folder, device};
  if (request_.budget) {
    options.most_seconds = std::min(options.most_seconds, *request_.budget / 8);
    options.most_method_seconds = std::min(options.most_method_seconds, *request_.budget / 30);
  }
  const auto start = std::chrono::steady_clock::now();
  const std::vector<StudyPart> all = study_parts(networks_, {}, outcomes_, device);
  std::error_code none;
  for (StudyNetwork& network : networks_) {
    NetworkSpeed& speed = speeds_[network.name];
    const bool measured = calibrate(network, all, options, interruption_, speed);
    // What was measured is kept, wherever the study is interrupted. A plan alone has no folder.
    if (measured && std::filesystem::exists(request_.folder, none)) write();
    std::stable_sort(network.methods.begin(), network.methods.end(),
                     [&](const std::string& a, const std::string& b) {
                       return speed.methods[a].seconds < speed.methods[b].seconds;
                     });
  }
  calibration_seconds_ +=
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  choose();
}

void StudyRun::choose() {
  const std::string device = to_string(request_.device);
  if (request_.budget) {
    const bool begun = std::any_of(outcomes_.begin(), outcomes_.end(), [](const auto& each) {
      return each.first.find("/maps/") != std::string::npos;
    });
    const auto fixed = begun && same_budget_ ? std::optional(choice_.images) : std::nullopt;
    choice_ =
        choose_within({networks_, outcomes_, speeds_, device, *request_.budget, spent(), fixed});
    same_budget_ = true;
  }
  parts_ = study_parts(networks_, choice_, outcomes_, device);
  for (StudyPart& part : parts_)
    if (part.outcome.state == PartState::done && !has_outputs(request_.folder, part))
      part.outcome.state = PartState::waiting;
}

bool StudyRun::needs_failed(const StudyPart& part) const {
  return std::any_of(part.needs.begin(), part.needs.end(), [&](const std::string& id) {
    const auto found = outcomes_.find(id);
    return found != outcomes_.end() && found->second.state != PartState::done;
  });
}

const StudyPart* StudyRun::next_part() {
  for (StudyPart& part : parts_) {
    if (part.outcome.state != PartState::waiting) continue;
    if (!needs_failed(part)) return &part;
    part.outcome.state = PartState::skipped;
    part.outcome.error = "what it needs has failed";
    outcomes_[part.id] = part.outcome;
  }
  return nullptr;
}

void StudyRun::run_part(const StudyPart& part) {
  const StudyPredictor predictor(speeds_, networks_, parts_);
  const double left = seconds_left(parts_, predictor);
  const auto is_open = [](const StudyPart& each) {
    return each.outcome.state == PartState::waiting || each.outcome.state == PartState::done;
  };
  const auto all = std::count_if(parts_.begin(), parts_.end(), is_open);
  const auto place =
      std::count_if(parts_.begin(), parts_.end(),
                    [](const StudyPart& each) { return each.outcome.state == PartState::done; }) +
      1;
  const std::filesystem::path log = request_.folder / "logs" / (file_name_of(part.id) + ".log");
  PartLine line;
  double taken = 0;
  int signalled = 0;
  ChildProgram child(part.program, part.arguments, request_.folder, log);
  const int code = wait_for(child, [&](double seconds) {
    taken = seconds;
    line.show(fmt::format("[{}/{}] {}, {}, about {} left", place, all, part.id,
                          format_duration(seconds), format_duration(left - seconds)));
    if (interruption_.wished() && signalled == 0)
      child.signal(signalled = interruption_.exit_code() - 128);
  });
  line.clear();
  if (signalled != 0 && code == 128 + signalled) return;  // it goes on next time
  PartOutcome outcome{part.arguments, PartState::failed, taken, code, ""};
  const bool ended = code == kExitDone || code == kExitSomeFailed;
  if (ended && has_outputs(request_.folder, part)) outcome.state = PartState::done;
  else outcome.error = code > 128 ? fmt::format("ended by signal {}", code - 128) : last_words(log);
  outcomes_[part.id] = outcome;
  print_note(fmt::format(
      "[{}/{}] {}: {}{}", place, all, part.id,
      outcome.state == PartState::done ? short_duration(taken) : "failed: " + outcome.error,
      code == kExitSomeFailed ? "; some inputs failed" : ""));
}

bool StudyRun::run() {
  while (!interruption_.wished()) {
    choose();
    write();
    const StudyPart* next = next_part();
    if (!next) break;
    const std::string id = next->id;
    const bool trains = next->kind == PartKind::training;
    run_part(*next);
    const auto outcome = outcomes_.find(id);
    const bool trained =
        trains && outcome != outcomes_.end() && outcome->second.state == PartState::done;
    if (trained && !interruption_.wished()) plan();  // what could not be measured without a network
  }
  choose();
  next_part();
  write();
  std::vector<InputFailure> failures;
  for (const StudyPart& part : parts_)
    if (part.outcome.state == PartState::failed || part.outcome.state == PartState::skipped)
      failures.push_back({part.id, part.program, part.outcome.error});
  write_failures(request_.folder, failures);
  return !interruption_.wished();
}

int StudyRun::exit_code() const {
  const bool failed = std::any_of(parts_.begin(), parts_.end(), [](const StudyPart& part) {
    const PartState state = part.outcome.state;
    return state == PartState::failed || state == PartState::skipped ||
           (state == PartState::done && part.outcome.exit_code != kExitDone);
  });
  const bool any = std::any_of(parts_.begin(), parts_.end(), [](const StudyPart& part) {
    return part.outcome.state == PartState::done;
  });
  return !failed ? kExitDone : any ? kExitSomeFailed : kExitFailed;
}

void StudyRun::write() const {
  write_text_file(request_.folder / "study.json", to_text(document(), 2) + "\n");
}

}  // namespace pellucid
