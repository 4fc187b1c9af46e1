#include "apps/explain_loop.h"

#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "apps/background.h"
#include "apps/command_line.h"
#include "apps/progress.h"
#include "apps/read_ahead.h"
#include "runtime/error.h"
#include "runtime/formats/nearest.h"
#include "runtime/profile.h"

namespace pellucid {
namespace {

// So many images at most wait to be written.
constexpr std::size_t kMostUnwritten = 16;
// So many images are read ahead, beside those that are explained together.
constexpr std::size_t kMostAhead = 4;

// An input that was read ahead: what an earlier run made of it, or its picture, or why there is none.
struct UpcomingInput {
  ExplainInput* input;
  std::optional<ImageRecord> before = {};
  std::string note = {};  // about what was there before
  LoadedImage image = {};
  std::exception_ptr problem = nullptr;
};

UpcomingInput read_input(ExplainInput& input, const RecordFolder& folder, bool resume) {
  UpcomingInput out{&input};
  try {
    input.md5 = input.hash();
  } catch (...) {
    out.problem = std::current_exception();
    return out;
  }
  out.before = folder.earlier(input, resume, out.note);
  if (out.before) return out;
  try {
    out.image = input.load();
  } catch (...) {
    out.problem = std::current_exception();
  }
  return out;
}

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

  // Those that were read, together.
  void explain(std::vector<UpcomingInput> inputs) {
    if (inputs.empty()) return;
    std::vector<Sample> samples;
    std::vector<const ExplainInput*> loaded;
    for (UpcomingInput& each : inputs) {
      try {
        if (each.problem) std::rethrow_exception(each.problem);
        say_once(each.image.note);
        samples.push_back(std::move(each.image.sample));
        loaded.push_back(each.input);
      } catch (const Error& error) {
        fail(*each.input, error);
      }
    }
    std::vector<Subject> subjects;
    for (std::size_t i = 0; i < samples.size(); ++i)
      subjects.push_back({&samples[i], loaded[i]->truth, loaded[i]->rank});
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
    struct Job {
      Sample sample;
      Explained result;
      std::optional<ImageScores> scores;
      RecordFolder::Files files;
      std::exception_ptr problem;
    };
    const auto job = std::make_shared<Job>(
        Job{std::move(sample), std::move(result), std::move(scores), {}, nullptr});
    const auto prepare = [this, &input, job] {
      try {
        const ProfileScope scope(stream_, "pictures");
        job->files = folder_.files_of(input, job->sample, job->result.explanations,
                                      job->scores ? &*job->scores : nullptr);
      } catch (...) {
        job->problem = std::current_exception();
      }
    };
    background_.post(prepare, [this, &input, job] {
      try {
        if (job->problem) std::rethrow_exception(job->problem);
        const ProfileScope scope(stream_, "files");
        add(folder_.write(input, job->result.explanations, std::move(job->files)));
        note_failures(input, job->result.failures);
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
    std::vector<InputFailure> by_reason;
    for (const Explained::Failure& failure : failures) {
      if (by_reason.empty() || by_reason.back().message != failure.message)
        by_reason.push_back({input.id, input.origin, failure.message});
      by_reason.back().methods.push_back(failure.method);
    }
    for (InputFailure& failure : by_reason) {
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

}  // namespace

ExplainOutcome explain_all(Stream& stream, Explainers& explainers, ExplanationScorer* scorer,
                           const RecordFolder& folder, std::vector<ExplainInput>& inputs,
                           bool resume, const Interruption& interruption) {
  ExplainLoop loop(stream, explainers, scorer, folder, inputs.size());
  const auto at_once = static_cast<std::size_t>(explainers.pictures_at_once());
  const std::size_t most_ahead = stream.profile() ? 0 : at_once + kMostAhead;
  ReadAhead<UpcomingInput> ahead(inputs.size(), most_ahead, [&](std::size_t i) {
    return read_input(inputs[i], folder, resume);
  });
  std::vector<UpcomingInput> together;
  for (std::size_t i = 0; i < inputs.size() && !interruption.wished(); ++i) {
    UpcomingInput next = ahead.next();
    if (!next.note.empty()) loop.say(next.note);
    std::optional<ImageRecord> before = std::move(next.before);
    if (!before) together.push_back(std::move(next));
    if (!before && together.size() < at_once && i + 1 < inputs.size()) continue;
    loop.explain(std::exchange(together, {}));
    if (before) loop.keep(std::move(*before));
  }
  return loop.finish();
}

}  // namespace pellucid
