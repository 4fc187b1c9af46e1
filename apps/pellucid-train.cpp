// pellucid-train: trains a network and writes its best weights, its history and its settings.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "apps/command_line.h"
#include "apps/evaluation.h"
#include "apps/failures.h"
#include "apps/profile_report.h"
#include "apps/provenance.h"
#include "apps/training_run.h"
#include "runtime/error.h"
#include "runtime/file.h"

namespace pellucid {
namespace {

// A cross-validation: a run a fold, then the predictions of each for its own.
int train_folds(const TrainingOptions& options, Stream& stream, const StartingPoint& start,
                const Dataset& pool) {
  DivisionOptions division = division_of(options.data);
  const std::string predictions = options.out + "/predictions.csv";
  const FolderLock lock(options.out);
  if (!options.resume)
    for (int fold = 1; fold <= division.folds; ++fold)
      RunFolder{fold_folder(options.out, fold)}.refuse_existing();
  for (division.fold = 1; division.fold <= division.folds; ++division.fold) {
    TrainingOptions one = options;
    one.out = fold_folder(options.out, division.fold);
    one.data.fold = division.fold;
    one.json.clear();
    print_note(fmt::format("fold {} of {}", division.fold, division.folds));
    const int code =
        train_once(std::move(one), stream, start, divide_data(pool, division), print_note);
    if (code != kExitDone && code != kExitSomeFailed) return code;
  }
  const Evaluation evaluation =
      evaluate_out_of_fold(stream, options.out, pool, division, options.train.batch);
  write_text_file(predictions, evaluation.csv());
  Json result = describe_program("pellucid-train", stream);
  result["settings"] = describe_options(options.data);
  result["subset"] = "all folds";
  result.update(evaluation.figures());
  write_text_file(options.out + "/evaluation.json", to_text(result, 2) + "\n");
  write_plots(result, options.out);
  if (!options.json.empty()) write_json_result(options.json, to_text(result, 2));
  write_failures(options.out, input_failures(pool));
  if (options.json != "-") print_result(evaluation_text(result));
  return exit_code(pool);
}

// The data, and the network that is trained on them. The model decides the size of phantoms and of a folder's
// images; a packed set decides the model. A built-in network and that of --init are fitted to the classes.
Dataset load_for(TrainingOptions& options, const DataSource& source, StartingPoint& start) {
  const std::vector<std::string>& names = builtin_models();
  if (!options.init.empty()) start.initial = read_initial_model(options.init);
  const bool described_there = start.initial && options.model.empty();
  if (options.model.empty() && !described_there) options.model = source.training.model;
  const bool built_in =
      options.model.empty() || std::find(names.begin(), names.end(), options.model) != names.end();
  std::optional<ActivationShape> input;
  if (described_there) {
    start.description = description_of(*start.initial);
    const Model model(start.description, options.init);
    options.model = model.name();
    input = model.input();
  } else if (!options.model.empty()) {
    start.description = load_model_description(options.model);
    input = Model(start.description, options.model).input();
    if (built_in && source.training.fits_model) input->c = 0;
  }
  Dataset dataset = load_data(options.data, input);
  require_classes(dataset, "training");
  const TrainingDefaults defaults = training_defaults(dataset.source);
  if (options.model.empty()) {
    options.model = defaults.model;
    start.description = load_model_description(options.model);
  }
  if (described_there ||
      (built_in && defaults.fits_model))  // it takes grey and colour, and any classes
    start.description =
        fitted_description(start.description, {dataset.height, dataset.width, dataset.channels},
                           static_cast<int>(dataset.class_names.size()));
  return dataset;
}

int run_training(TrainingOptions options) {
  const bool all_folds = options.data.folds > 0 && options.data.fold == 0;
  const DataSource& source = check_data(options.data, FoldChoice::all);
  if (all_folds && !options.profile.empty())
    throw UsageError("--profile is of one training; choose one of --folds with --fold");
  check_settings(options);
  const Policy policy = parse_policy(options.policy);
  const RunFolder folder{all_folds ? fold_folder(options.out, 1) : options.out};
  if (options.resume) adopt_limits(options, folder);
  else folder.refuse_existing();
  Stream stream(open_device(options.device));
  use_policy(stream, policy);
  StartingPoint start;
  Dataset dataset = load_for(options, source, start);
  int code = kExitDone;
  if (all_folds) {
    code = train_folds(options, stream, start, dataset);
  } else {
    dataset = divide_data(std::move(dataset), division_of(options.data));
    code = train_once(std::move(options), stream, start, dataset, print_result);
  }
  note_unused_variants(stream);
  return code;
}

}  // namespace
}  // namespace pellucid

int main(int argc, char** argv) {
  using namespace pellucid;
  CommandLine app("Trains a network on mammograms or phantoms.", "pellucid-train");
  app.footer(
      "Writes DIR/model.safetensors (the weights of the best epoch), DIR/history.jsonl (a line "
      "an epoch),\nDIR/training.svg (their curves) and DIR/run.json (every setting, versions, "
      "device, "
      "seconds).\nDIR/checkpoint.safetensors holds the run after its last epoch, from which "
      "--resume goes on: to the same bytes after\nan interruption, and after the end if --epochs "
      "or --patience are raised. Ctrl-C and SIGTERM save it within a\nbatch (exit code 130, 143) "
      "and write the best model so far; after a SIGKILL, --resume and Ctrl-C do that. With --folds "
      "and without "
      "--fold, every fold is trained in turn, into DIR/fold1, DIR/fold2 …;\nDIR/predictions.csv, "
      "DIR/evaluation.json, DIR/confusion_matrix.svg and DIR/roc.svg then say what each sample "
      "was\ntaken for by the model that saw neither it nor its woman's other breast.\n");
  TrainingOptions options;
  add_data_options(app, options.data);
  add_training_options(app, options);
  add_device(app, options.device);
  add_policy(app, options.policy);
  app.add_text("--out", options.out, "DIR", "folder to write; must not hold a run yet");
  app.add_flag(
      "--resume", options.resume,
      "go on with the run in --out as if it had never stopped; --epochs and --patience may be "
      "raised, the other options as they were");
  app.add_text("--json", options.json, "FILE",
               "write run.json there too; - for standard output, in place of the summary");
  add_profile(app, options.profile);
  return run_program(app, argc, argv, [&] { return run_training(options); });
}
