// pellucid-explain: where a network looked: a map, a picture and the figures for each image.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <span>

#include "apps/background.h"
#include "apps/class_matching.h"
#include "apps/command_line.h"
#include "apps/explain_inputs.h"
#include "apps/explain_options.h"
#include "apps/explain_summary.h"
#include "apps/interruption.h"
#include "apps/profile_report.h"
#include "apps/progress.h"
#include "apps/provenance.h"
#include "explain/record/record_folder.h"
#include "nn/data/md5.h"
#include "runtime/error.h"
#include "runtime/file.h"
#include "runtime/formats/nearest.h"

namespace pellucid {
namespace {

// So many images at most wait to be written.
constexpr std::size_t kMostUnwritten = 16;

// A run over many inputs, in which one that fails does not stop the others. What is written, said and kept of
// an image is done in the background, in order, while the next one is computed.
class ExplainLoop {
 public:
  // scorer: null without --scores. Files of a run that is profiled are written between the images, so that the
  // profile shows their time.
  ExplainLoop(Stream& stream, Explainers& explainers, ExplanationScorer* scorer,
              const RecordFolder& folder, std::size_t inputs)
      : stream_(stream),
        explainers_(explainers),
        scorer_(scorer),
        folder_(folder),
        alone_(inputs == 1),
        progress_("explaining", inputs),
        background_(stream.profile() ? 0 : kMostUnwritten) {}

  void explain(std::span<const ExplainInput> inputs) {
    if (inputs.empty()) return;
    std::vector<Sample> samples;
    std::vector<const ExplainInput*> loaded;
    for (const ExplainInput& input : inputs) {
      try {
        LoadedImage image = input.load();
        say_once(image.note);
        samples.push_back(std::move(image.sample));
        loaded.push_back(&input);
      } catch (const Error& error) {
        fail(input, error);
      }
    }
    std::vector<Subject> subjects;
    for (std::size_t i = 0; i < samples.size(); ++i)
      subjects.push_back({&samples[i], loaded[i]->truth});
    std::vector<Explained> results;
    try {
      results = explainers_.explain(subjects);
    } catch (const Error& error) {  // of all together: no memory for them
      for (const ExplainInput* input : loaded) fail(*input, error);
      return;
    }
    for (std::size_t i = 0; i < samples.size(); ++i) {
      try {
        write(*loaded[i], std::move(samples[i]), std::move(results[i]));
      } catch (const Error& error) {
        fail(*loaded[i], error);
      }
    }
  }

  // An image that was explained before.
  void keep(ImageRecord image) {
    background_.post([this, image = std::move(image)]() mutable { add(std::move(image)); });
  }

  void say(const std::string& note) {
    background_.post([this, note] { say_now(note); });
  }

  // In the handler of `error`. A single input that fails is the run's failure; there is nothing else
  // to go on with.
  void fail(const ExplainInput& input, const Error& error) {
    if (alone_) throw;
    background_.post(
        [this, &input, message = std::string(error.what())] { add_failure(input, message); });
  }

  ExplainOutcome finish() {
    background_.finish();
    return std::move(outcome_);
  }

 private:
  void write(const ExplainInput& input, Sample sample, Explained result) {
    if (result.explanations.empty()) pellucid::fail(result.failures.front().message);
    std::optional<ImageScores> scores;
    if (scorer_) scores = scorer_->scores(sample, result.explanations);
    background_.post([this, &input, sample = std::move(sample), result = std::move(result),
                      scores = std::move(scores)] {
      try {
        const ProfileScope scope(stream_, "files");
        add(folder_.write(input, sample, result.explanations, scores ? &*scores : nullptr));
        note_failures(input, result.failures);
      } catch (const Error& error) {
        if (alone_) throw;
        add_failure(input, error.what());
      }
    });
  }

  // What follows is done in the background.

  // The settings are the run's; those of each image would add up.
  void add(ImageRecord image) {
    image.settings = nullptr;
    outcome_.images.push_back(std::move(image));
    progress_.advance();
  }

  void say_now(const std::string& note) {
    progress_.clear();
    print_note(note);
  }

  void add_failure(const ExplainInput& input, const std::string& message) {
    say_now(concat("failed: ", input.id, ": ", message));
    outcome_.failures.push_back({input.id, input.origin, message});
    progress_.advance();
  }

  // Of methods, the others having worked: those that failed for one reason together.
  void note_failures(const ExplainInput& input, const std::vector<Explained::Failure>& failures) {
    std::vector<ExplainFailure> by_reason;
    for (const Explained::Failure& failure : failures) {
      if (by_reason.empty() || by_reason.back().message != failure.message)
        by_reason.push_back({input.id, input.origin, failure.message});
      by_reason.back().methods.push_back(failure.method);
    }
    for (ExplainFailure& failure : by_reason) {
      say_now(concat("failed: ", joined(failure.methods), " of ", input.id, ": ", failure.message));
      outcome_.failures.push_back(std::move(failure));
    }
  }

  void say_once(const std::string& note) {
    if (!note.empty() && said_.insert(note).second) say(note);
  }

  Stream& stream_;
  Explainers& explainers_;
  ExplanationScorer* scorer_;
  const RecordFolder& folder_;
  bool alone_;
  std::set<std::string> said_;
  ExplainOutcome outcome_;  // this and progress_: of the background
  Progress progress_;
  Background background_;  // ends before what it works on
};

// Ends early, between pictures, if that is wished.
ExplainOutcome explain_all(Stream& stream, Explainers& explainers, ExplanationScorer* scorer,
                           const RecordFolder& folder, std::vector<ExplainInput>& inputs,
                           bool resume, const Interruption& interruption) {
  ExplainLoop loop(stream, explainers, scorer, folder, inputs.size());
  const auto at_once = static_cast<std::size_t>(explainers.pictures_at_once());
  std::size_t first = 0;  // of those to explain together, which end before `next`
  for (std::size_t next = 0; next <= inputs.size() && !interruption.wished(); ++next) {
    const bool end = next == inputs.size();
    std::optional<ImageRecord> before;
    bool failed = false;
    if (!end) {
      ExplainInput& input = inputs[next];
      try {
        input.hash();
      } catch (const Error& error) {
        loop.fail(input, error);
        failed = true;
      }
      std::string note;
      if (!failed) before = folder.earlier(input, resume, note);
      if (!note.empty()) loop.say(note);
    }
    const bool passed_over = before || failed;
    if (!end && !passed_over && next - first + 1 < at_once) continue;
    loop.explain(std::span(inputs).subspan(first, next - first + (end || passed_over ? 0 : 1)));
    if (before) loop.keep(std::move(*before));
    first = next + 1;
  }
  return loop.finish();
}

int tell(const ExplainOptions& options, const ExplainRun& run, const RecordFolder& folder,
         const ExplainOutcome& outcome) {
  if (!options.json.empty())
    write_json_result(options.json, to_text(summary_json(run, folder, outcome), 2));
  if (options.json != "-") print_result(summary_text(run, folder, outcome));
  return outcome.failures.empty() ? kExitDone : kExitSomeFailed;
}

int explain(ExplainOptions& options) {
  const Methods methods = check_explain_options(options);
  const Policy policy = parse_policy(options.policy);
  Stream stream(open_device(options.device));
  use_policy(stream, policy);
  Checkpoint checkpoint = load_checkpoint(stream, options.model);
  Model& model = checkpoint.model;
  if (options.randomize_weights) model.initialise(stream, options.seed);
  model.set_requires_gradient(false);

  const std::vector<std::string> class_names = all_class_names(model);
  const ExplainTask task{.target = parse_target(options.target, class_names),
                         .score = parse_score(options.score),
                         .colour = takes_colour(checkpoint),
                         .seed = options.seed};
  Explainers explainers(stream, model, options.of_methods, methods, task);
  std::optional<ExplanationScorer> scorer;
  if (options.scores)
    scorer.emplace(stream, model, options.score_settings, options.of_methods, task);

  Dataset dataset;
  std::vector<ExplainInput> inputs;
  if (options.images.empty()) {
    check_data(options.data);
    dataset =
        divide_data(load_data(options.data, checkpoint), division_of(options.data), options.subset);
    match_classes(model, {}, dataset);
    check_fit(checkpoint, dataset);
    inputs = inputs_of_subset(dataset, options.subset, options.ids, options.max_images);
  } else {
    inputs = inputs_of_files(options.images, options.circle, checkpoint, options.frame,
                             options.data.anonymous_ids);
  }

  set_pictured(inputs, options.pictures);
  ExplainRun run{.program = describe_program("pellucid-explain", stream),
                 .settings = describe_explain_options(options, methods, explainers.chosen()),
                 .methods = methods,
                 .model_name = model.name(),
                 .weights_note = options.randomize_weights
                                     ? concat("weights drawn anew, seed ", options.seed)
                                     : "",
                 .task = task,
                 .class_names = class_names,
                 .folder = options.out,
                 .seen = checkpoint.seen_images()};
  run.settings["model_md5"] = md5_hex(read_file(options.model));
  if (options.images.empty()) run.settings["content_hash"] = content_hash(dataset);

  const FolderLock lock(run.folder);
  ProfileReport profile(stream, options.profile, "pellucid-explain");
  const Interruption interruption;
  const RecordFolder folder(run, options.of_methods);
  ExplainOutcome outcome = explain_all(stream, explainers, scorer ? &*scorer : nullptr, folder,
                                       inputs, options.resume, interruption);
  profile.write();
  note_unused_variants(stream);
  const std::size_t failed = outcome.failed_images();
  const bool complete = outcome.images.size() + failed == inputs.size();
  for (const LoadFailure& failure : dataset.failures)
    outcome.failures.push_back({failure.id, failure.file, failure.message});
  write_failures(run.folder, outcome.failures);
  sync_files(run.folder);
  require(failed < inputs.size(), "all ", inputs.size(),
          " images failed; the first: ", failed ? outcome.failures.front().message : "");
  if (complete) return tell(options, run, folder, outcome);
  print_note(
      fmt::format("interrupted: {} of {} images are explained; --resume goes on with the others",
                  outcome.images.size(), inputs.size()));
  return interruption.exit_code();
}

}  // namespace
}  // namespace pellucid

int main(int argc, char** argv) {
  using namespace pellucid;
  CommandLine app("Shows where a network looked.", "pellucid-explain");
  app.footer(
      "Writes for each image and method ID.METHOD.png (image and map side by side) and\n"
      "ID.METHOD.npy (the map, fp32, at the input's size), and for each image ID.json "
      "(prediction,\n"
      "attributions, every setting, cost; with --scores how good each map is). Inputs that fail\n"
      "are lines of failures.jsonl, and the exit code is 3. Ctrl-C and SIGTERM end the run after\n"
      "the picture at hand (exit code 130, 143).\n");
  ExplainOptions options;
  add_explain_options(app, options);
  add_profile(app, options.profile);
  return run_program(app, argc, argv, [&] { return explain(options); });
}
