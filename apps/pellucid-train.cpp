// pellucid-train: trains a network and writes its best weights, its history and its settings.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "apps/command_line.h"
#include "apps/evaluation.h"
#include "apps/profile_report.h"
#include "apps/provenance.h"
#include "apps/training_run.h"
#include "runtime/error.h"
#include "runtime/file.h"

namespace pellucid {
namespace {

// A cross-validation: a run a fold, then the predictions of each for its own.
int train_folds(const TrainingOptions& options, Stream& stream, const Json& description,
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
    if (options.resume && RunFolder{one.out}.finished()) continue;
    const int code =
        train_once(std::move(one), stream, description, divide_data(pool, division), print_note);
    if (code != kExitDone) return code;
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
  if (options.json != "-") print_result(evaluation_text(result));
  return kExitDone;
}

int run_training(TrainingOptions options) {
  const bool all_folds = options.data.folds > 0 && options.data.fold == 0;
  const DataSource& source = check_data(options.data, FoldChoice::all);
  if (all_folds && !options.profile.empty())
    throw UsageError("--profile is of one training; choose one of --folds with --fold");
  const Policy policy = parse_policy(options.policy);
  const RunFolder folder{options.out};
  if (!options.resume) folder.refuse_existing();
  if (options.resume && folder.finished()) {
    print_note(concat(folder.model().string(), ": the run is finished; nothing to resume"));
    return kExitDone;
  }

  // The model decides the size of phantoms and of a folder's images; a packed set decides the model.
  if (options.model.empty()) options.model = source.training.model;
  const std::vector<std::string>& names = builtin_models();
  const bool built_in =
      options.model.empty() || std::find(names.begin(), names.end(), options.model) != names.end();
  std::optional<Json> description;
  std::optional<ActivationShape> input;
  if (!options.model.empty()) {
    description = load_model_description(options.model);
    input = Model(*description, options.model).input();
    if (built_in && source.training.fits_model) input->c = 0;
  }
  Stream stream(open_device(options.device));
  use_policy(stream, policy);
  Dataset dataset = load_data(options.data, input);
  require_classes(dataset, "training");
  if (!description) {
    options.model = training_defaults(dataset.source).model;
    description = load_model_description(options.model);
  }
  if (built_in &&
      training_defaults(dataset.source).fits_model)  // it takes grey and colour, and any classes
    description =
        fitted_description(*description, {dataset.height, dataset.width, dataset.channels},
                           static_cast<int>(dataset.class_names.size()));
  int code = kExitDone;
  if (all_folds) {
    code = train_folds(options, stream, *description, dataset);
  } else {
    dataset = divide_data(std::move(dataset), division_of(options.data));
    code = train_once(std::move(options), stream, *description, dataset, print_result);
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
      "seconds). Until the end,\nDIR/checkpoint.safetensors holds the run after its last epoch. "
      "Ctrl-C and SIGTERM save it within a batch (exit\ncode 130, 143). With --folds and without "
      "--fold, every fold is trained in turn, into DIR/fold1, DIR/fold2 …;\nDIR/predictions.csv, "
      "DIR/evaluation.json, DIR/confusion_matrix.svg and DIR/roc.svg then say what each sample "
      "was\ntaken for by the model that saw neither it nor its woman's other breast.\n");
  TrainingOptions options;
  add_data_options(app, options.data);
  app.add_text("--model", options.model, "balve2024|tiny|tiny_residual|FILE.json",
               "network, built in or described")
      .default_text("tiny for phantoms, else balve2024");
  app.add_whole("--epochs", options.train.epochs, 1, 100000,
                "passes over the training set, at most");
  app.add_whole("--batch", options.train.batch, 1, 65536, "images a step");
  app.add_real("--lr", options.learning_rate, 1e-12, 100, "learning rate of Adam")
      .default_text("1e-4, for phantoms 1e-3");
  app.add_text("--class-weights", options.class_weights, "A,B,C",
               "weight of each class in the loss")
      .default_text("1,2,3 for mini-MIAS, else all 1");
  app.add_whole("--patience", options.train.patience, 0, 100000,
                "stop after so many epochs without a lower validation loss; 0: never");
  app.add_seed("--seed", options.train.seed, "of initial weights, batch order and dropout");
  add_device(app, options.device);
  add_policy(app, options.policy);
  app.add_text("--out", options.out, "DIR", "folder to write; must not hold a run yet");
  app.add_flag("--resume", options.resume,
               "go on with the run in --out as if it had never stopped; the other options as they "
               "were");
  app.add_text("--json", options.json, "FILE",
               "write run.json there too; - for standard output, in place of the summary");
  add_profile(app, options.profile);
  return run_program(app, argc, argv, [&] { return run_training(options); });
}
