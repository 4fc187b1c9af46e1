#include "apps/study_calibration.h"

#include <chrono>
#include <csignal>
#include <cstdlib>

#include "apps/child_program.h"
#include "apps/command_line.h"
#include "apps/scratch_folder.h"
#include "nn/train/trainer.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

bool is_folder(const std::filesystem::path& path) {
  std::error_code none;
  return std::filesystem::is_directory(path, none);
}

double bytes_in(const std::filesystem::path& folder) {
  double bytes = 0;
  std::error_code failed;
  for (std::filesystem::recursive_directory_iterator file(folder, failed), end;
       !failed && file != end; file.increment(failed))
    if (file->is_regular_file(failed)) bytes += static_cast<double>(file->file_size(failed));
  return bytes;
}

class StudyCalibration {
 public:
  StudyCalibration(const StudyNetwork& network, const std::vector<StudyPart>& parts,
                   const CalibrationOptions& options, const Interruption& interruption,
                   NetworkSpeed& speed)
      : network_(network),
        parts_(parts),
        options_(options),
        interruption_(interruption),
        speed_(speed),
        folder_(is_folder(options.folder) ? ScratchFolder(options.folder / "calibration")
                                          : ScratchFolder()) {}

  bool run() {
    const bool trains = network_.given.empty() && speed_.training == 0;
    bool methods = false;
    for (const std::string& method : network_.methods)
      methods = methods || !speed_.methods.contains(method);
    if (!trains && !methods) return false;
    try {
      if (trains) measure_training();
      if (const std::string model = model_file(); !model.empty()) measure_network(model);
    } catch (const Error& error) {  // the part itself will say more
      print_note(
          concat("note: how long ", network_.name, " takes could not be measured: ", error.what()));
    }
    return true;
  }

 private:
  struct Took {
    double seconds = 0;
    bool whole = false;  // it ended by itself, with success
    bool late = false;   // it was ended after its time
  };

  const StudyPart* part(PartKind kind, const std::string& method = "") const {
    for (const StudyPart& each : parts_)
      if (each.network == network_.name && each.kind == kind && each.method == method) return &each;
    return nullptr;
  }

  // The part with other options behind its own, which count as the last ones.
  Took take(const StudyPart& part, const std::vector<std::string>& more, double most) const {
    std::vector<std::string> arguments = part.arguments;
    std::erase(arguments, "--resume");
    arguments.insert(arguments.end(), more.begin(), more.end());
    if (interruption_.wished()) return {};
    const std::string log = folder_.file("log");
    Took took;
    ChildProgram child(part.program, arguments,
                       is_folder(options_.folder) ? options_.folder : folder_.path(), log);
    const int code = wait_for(child, [&](double seconds) {
      took.seconds = seconds;
      took.late = took.late || seconds > most;
      if (took.late || interruption_.wished()) child.signal(SIGKILL);
    });
    took.whole = code == kExitDone || code == kExitSomeFailed;
    if (!took.whole && !took.late && !interruption_.wished())
      print_note(
          concat("note: how long ", part.id, " takes could not be measured: ", last_words(log)));
    return took;
  }

  // The first network of the study, if it is trained, else that of the calibration, if there is one.
  std::string model_file() const {
    const std::string own = run_model(network_, 0), made = folder_.file("run/model.safetensors");
    std::error_code none;
    if (!network_.given.empty() || std::filesystem::exists(options_.folder / own, none)) return own;
    return std::filesystem::exists(made, none) ? made : "";
  }

  void measure_training() {
    const StudyPart& training = *part(PartKind::training);
    if (training.outcome.state == PartState::done) {
      speed_.training = training.outcome.seconds / std::max(1, network_.folds);
      return;
    }
    std::vector<std::string> more = {"--epochs", "1", "--out", folder_.file("run")};
    if (network_.folds > 0) more.insert(more.end(), {"--fold", "1"});
    const Took took = take(training, more, options_.most_seconds);
    int epochs = TrainOptions{}.epochs;
    if (const auto asked = network_.training.find("epochs"); asked != network_.training.end())
      epochs =
          std::atoi(asked->is_string() ? asked->get<std::string>().c_str() : asked->dump().c_str());
    speed_.training_at_least = took.late;
    if (took.late) speed_.training = took.seconds;
    if (!took.whole) return;
    const std::string record = folder_.file("run/run.json");
    const Json document = read_json_file(record);
    const double epoch = JsonView(document, record).at("seconds").number(0, 1e9);
    speed_.loading = std::max(0.0, took.seconds - epoch);
    speed_.training = speed_.loading + epoch * epochs;
    speed_.training_bytes = bytes_in(folder_.file("run"));
  }

  void measure_network(const std::string& model) {
    if (speed_.evaluation == 0) measure_evaluation(model);
    for (const std::string& method : network_.methods)
      if (!speed_.methods.contains(method)) measure_method(model, method);
  }

  void measure_evaluation(const std::string& model) {
    const StudyPart* evaluation = part(PartKind::evaluation);
    if (!evaluation) return;
    const std::string result = folder_.file("evaluation.json");
    const Took took = take(*evaluation,
                           {"--model", model, "--json", result, "--predictions",
                            folder_.file("predictions.csv"), "--plots", folder_.file("plots")},
                           options_.most_seconds);
    speed_.evaluation = took.seconds;
    if (!took.whole) return;
    const Json document = read_json_file(result);
    speed_.images =
        static_cast<int>(JsonView(document, result).at("samples").integer(0, 1000000000));
  }

  // Of map, scores and picture.
  static double seconds_of(const std::string& record) {
    const Json document = read_json_file(record);
    const JsonView one = JsonView(document, record).at("explanations").element(0);
    const JsonView cost = one.at("cost");
    double seconds =
        cost.at("seconds").number(0, 1e9) + one.at("score_cost").at("seconds").number(0, 1e9);
    if (const auto picture = cost.at("stages").find("picture")) seconds += picture->number(0, 1e9);
    return seconds;
  }

  void measure_method(const std::string& model, const std::string& method) {
    const std::string maps = folder_.file("maps-" + method), result = folder_.file("maps.json");
    const Took took = take(*part(PartKind::maps, method),
                           {"--model", model, "--max-images", "2", "--out", maps, "--json", result},
                           options_.most_method_seconds);
    if (took.late) speed_.methods[method] = {took.seconds, 0, true};
    if (!took.whole) return;
    const Json document = read_json_file(result);
    const JsonView images = JsonView(document, result).at("images");
    // The first has also what a program does once.
    double least = 0, all = 0;
    const std::size_t count = images.array_size(1);
    for (std::size_t i = 0; i < count; ++i) {
      const double seconds = seconds_of(maps + "/" + images.element(i).at("id").text() + ".json");
      least = i == 0 ? seconds : std::min(least, seconds);
      all += seconds;
    }
    speed_.methods[method] = {least, bytes_in(maps) / static_cast<double>(count), false};
    const double start = std::max(0.0, took.seconds - all);
    speed_.start = speed_.start == 0 ? start : std::min(speed_.start, start);
  }

  const StudyNetwork& network_;
  const std::vector<StudyPart>& parts_;
  const CalibrationOptions& options_;
  const Interruption& interruption_;
  NetworkSpeed& speed_;
  // In the study's own, where the next call finds it if this one is killed; a plan alone has none.
  ScratchFolder folder_;
};

}  // namespace

bool calibrate(const StudyNetwork& network, const std::vector<StudyPart>& parts,
               const CalibrationOptions& options, const Interruption& interruption,
               NetworkSpeed& speed) {
  return StudyCalibration(network, parts, options, interruption, speed).run();
}

}  // namespace pellucid
