// pellucid-train: trains a network and writes its best weights, its history and its settings.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <optional>

#include "apps/command_line.h"
#include "apps/data_source.h"
#include "apps/evaluation.h"
#include "apps/interruption.h"
#include "apps/policy_options.h"
#include "apps/profile_report.h"
#include "apps/progress.h"
#include "apps/provenance.h"
#include "explain/picture/plots.h"
#include "nn/train/augment.h"
#include "nn/train/checkpoint.h"
#include "nn/train/trainer.h"
#include "runtime/error.h"
#include "runtime/file.h"
#include "runtime/formats/nearest.h"
#include "runtime/formats/values.h"

namespace pellucid {
namespace {

struct Options {
  DataOptions data;
  std::string model, class_weights, out = "run", device = "auto", json, profile;
  double learning_rate = 0;
  bool resume = false;
  TrainOptions train;
  PolicyOptions policy;
};

// The files of a run. While it is under way there is a checkpoint, after its end a model.
struct RunFolder {
  std::filesystem::path path;
  std::filesystem::path checkpoint() const { return path / "checkpoint.safetensors"; }
  std::filesystem::path curves() const { return path / "training.svg"; }
  std::filesystem::path history() const { return path / "history.jsonl"; }
  std::filesystem::path model() const { return path / "model.safetensors"; }
  std::filesystem::path record() const { return path / "run.json"; }

  bool begun() const { return std::filesystem::exists(checkpoint()); }
  bool finished() const {
    return !begun() && std::filesystem::exists(model()) && std::filesystem::exists(record());
  }
  void refuse_existing() const {
    require(
        !begun(), checkpoint().string(),
        ": an unfinished run is there; go on with --resume, choose another --out, or remove it");
    for (const auto& file : {model(), history(), record()})
      require(!std::filesystem::exists(file), file.string(),
              ": a run is there already; choose another --out, or remove it");
  }
};

// What is left open is chosen as the data need it: for mini-MIAS as in the paper, else all classes
// alike.
void complete(Options& options, const Dataset& dataset) {
  const TrainingDefaults defaults = training_defaults(dataset.source);
  options.train.learning_rate =
      options.learning_rate == 0 ? defaults.learning_rate : options.learning_rate;
  if (options.class_weights.empty()) options.class_weights = defaults.class_weights;
  if (options.class_weights.empty())
    options.train.class_weights.assign(dataset.class_names.size(), 1.0);
  else
    for (const std::string& weight : split_list(options.class_weights, "--class-weights"))
      options.train.class_weights.push_back(parse_real(weight, "--class-weights", 1e-6, 1e6));
}

Json describe_settings(const Options& options) {
  Json out = describe_options(options.data);
  out["model"] = options.model;
  out["epochs"] = options.train.epochs;
  out["batch"] = options.train.batch;
  out["learning_rate"] = options.train.learning_rate;
  out["class_weights"] = options.train.class_weights;
  out["patience"] = options.train.patience;
  out["seed"] = options.train.seed;
  return out;
}

// The classes that samples have none of.
std::vector<std::string> classes_without(const std::vector<Sample>& samples,
                                         const std::vector<std::string>& class_names) {
  const std::vector<std::size_t> counts = class_counts(samples, class_names.size());
  std::vector<std::string> without;
  for (std::size_t c = 0; c < counts.size(); ++c)
    if (counts[c] == 0) without.push_back(class_names[c]);
  return without;
}

// Nothing can be learnt of a class without a picture; that one is never validated or tested is said.
std::vector<std::string> check_classes(const Dataset& dataset) {
  require(!dataset.train.empty() && !dataset.valid.empty(),
          "training needs images in the subsets train and valid; these data have ",
          dataset.train.size(), " and ", dataset.valid.size());
  const std::vector<std::string> untrained = classes_without(dataset.train, dataset.class_names);
  require(untrained.empty(), "no image to train of class ", joined(untrained),
          "; choose another --split, or leave the class out");
  std::vector<std::string> warnings;
  for (const std::string_view name : {"valid", "test"})
    if (const auto without = classes_without(subset(dataset, name), dataset.class_names);
        !without.empty() && !subset(dataset, name).empty())
      warnings.push_back(concat("the subset ", name, " has no image of class ", joined(without),
                                ": its figures are of the others"));
  return warnings;
}

// A network that knows nothing and says so has the loss ln C.
std::string loss_warning(double val_loss, std::size_t classes) {
  const double chance = std::log(static_cast<double>(classes));
  if (val_loss <= chance) return "";
  return fmt::format(
      "the best validation loss, {:.4g}, is above ln {} = {:.4g}, that of equal "
      "probabilities: nothing was learnt; a smaller --lr may help",
      val_loss, classes, chance);
}

std::string loss_text(double loss) {
  return std::abs(loss) < 1e4 ? fmt::format("{:.4f}", loss) : fmt::format("{:.3g}", loss);
}

// Lines and a bar for each epoch on stderr.
class Reporter {
 public:
  Reporter(const TrainOptions& train, std::size_t images) : train_(train), images_(images) {}

  void batch(const BatchProgress& progress) {
    if (!bar_)
      bar_ = std::make_unique<Progress>(fmt::format("epoch {}/{}", progress.epoch, train_.epochs),
                                        images_);
    if (progress.batch < progress.batches)
      bar_->update(static_cast<std::size_t>(progress.images), "loss " + loss_text(progress.loss));
  }
  void epoch(const EpochRecord& record, bool best) {
    bar_.reset();
    seconds_ += record.seconds;
    const double left = seconds_ / ++epochs_ * (train_.epochs - record.epoch);
    print_note(
        fmt::format("epoch {}/{}: loss {}, accuracy {:.3f}; validation loss {}, accuracy {:.3f}, "
                    "balanced {:.3f}; {:.3g} images/s, {} left at most{}",
                    record.epoch, train_.epochs, loss_text(record.loss), record.accuracy,
                    loss_text(record.val_loss), record.val_accuracy, record.val_balanced_accuracy,
                    record.images_per_second, format_duration(left), best ? "; best so far" : ""));
  }
  void end() { bar_.reset(); }

 private:
  const TrainOptions& train_;
  std::size_t images_;
  std::unique_ptr<Progress> bar_;
  int epochs_ = 0;  // seen by this process
  double seconds_ = 0;
};

void write_history(const RunFolder& folder, const std::vector<EpochRecord>& history) {
  std::string lines;
  for (const EpochRecord& record : history) lines += to_text(to_json(record)) + "\n";
  write_text_file(folder.history(), lines);
}

Json describe_result(const TrainResult& result, std::size_t images) {
  const EpochRecord& best = result.history[static_cast<std::size_t>(result.best_epoch - 1)];
  double images_per_second = 0;
  for (const EpochRecord& record : result.history) images_per_second += record.images_per_second;
  return {{"epochs", result.history.size()},
          {"best_epoch", result.best_epoch},
          {"stopped_early", result.stopped_early},
          {"best", to_json(best)},
          {"training_images", images},
          {"seconds", result.seconds},
          {"images_per_second", images_per_second / static_cast<double>(result.history.size())}};
}

// Of a stream's policy what is not the default. What nobody asked for leaves no trace in a model or a
// checkpoint: their bytes stay what they were before there was a choice.
Json chosen_policy(const Stream& stream) {
  Json policy = describe_policy(stream.policy());
  if (stream.policy().numerics == Numerics::exact) policy.erase("precision");
  return policy;
}

// What a run's weights depend on.
Json run_identity(const Options& options, const Stream& stream, const Model& model,
                  const Json& data_description) {
  Json settings = describe_settings(options);
  settings.erase("data");  // where they lie; what they hold counts
  Json identity = {{"settings", settings},
                   {"device", std::string(to_string(stream.device().kind))},
                   {"model", model.description()},
                   {"data", data_description}};
  identity.update(chosen_policy(stream));
  return identity;
}

// Trains on `dataset` into options.out. description: of the model named options.model. say: what is
// done with the summary.
int train_once(Options options, Stream& stream, const Json& description, const Dataset& dataset,
               void (*say)(std::string_view)) {
  const RunFolder folder{options.out};
  Checkpoint checkpoint{Model(stream, description, options.train.seed, options.model), {}};
  check_fit(checkpoint, dataset);
  checkpoint.model.set_class_names(dataset.class_names);
  std::vector<std::string> warnings = check_classes(dataset);
  for (const std::string& warning : warnings) print_note("warning: " + warning);
  complete(options, dataset);
  check_train_options(options.train, checkpoint.model.classes());

  const Json data_description = describe_data(dataset);
  const bool augment = training_defaults(dataset.source).augmented;
  const std::vector<Sample> samples =
      augment ? augment_training(dataset, options.data.data_seed) : dataset.train;
  const int classes = checkpoint.model.classes();
  const ImageSet training(stream, samples, dataset.height, dataset.width, dataset.channels,
                          classes);
  const ImageSet validation(stream, dataset.valid, dataset.height, dataset.width, dataset.channels,
                            classes);
  print_note(fmt::format("training {} ({} parameters) on {} images of {}{}, {} to validate",
                         checkpoint.model.name(), checkpoint.model.parameter_count(),
                         samples.size(), dataset.source, augment ? ", augmented and balanced" : "",
                         dataset.valid.size()));

  const FolderLock lock(folder.path);
  if (!options.resume) folder.refuse_existing();  // nobody was quicker
  const Json identity = run_identity(options, stream, checkpoint.model, data_description);
  Reporter reporter(options.train, samples.size());
  const Interruption interruption;
  std::optional<Trainer> trainer;
  TrainCallbacks callbacks;
  callbacks.batch = [&](const BatchProgress& progress) { reporter.batch(progress); };
  callbacks.epoch = [&](const EpochRecord& record, bool best) {
    trainer->save(folder.checkpoint(), identity);
    write_history(folder, trainer->history());
    reporter.epoch(record, best);
  };
  callbacks.stop = [&] { return interruption.wished(); };
  trainer.emplace(stream, checkpoint.model, training, validation, options.train, callbacks);
  if (folder.begun()) {
    trainer->load(folder.checkpoint(), identity);
    print_note(concat("resuming ", folder.checkpoint().string(), " after ",
                      trainer->history().size(), " epochs"));
  } else if (options.resume) {
    print_note(concat("no checkpoint in ", options.out, " yet: starting from the beginning"));
  }
  ProfileReport profile(stream, options.profile, "pellucid-train");
  const TrainResult result = trainer->run();
  reporter.end();
  profile.write();
  if (result.interrupted) {
    trainer->save(folder.checkpoint(), identity);
    print_note(fmt::format("interrupted in epoch {} after {} batches; --resume goes on from there",
                           result.epoch, result.batch));
    return interruption.exit_code();
  }

  Json run = describe_program("pellucid-train", stream);
  run["settings"] = describe_settings(options);
  run["settings"]["device"] = options.device;
  run["settings"]["out"] = options.out;
  run["model"] = {{"name", checkpoint.model.name()},
                  {"parameters", checkpoint.model.parameter_count()}};
  run["class_names"] = dataset.class_names;
  run["data"] = data_description;
  run["augmentation"] = augment ? "paper" : "none";
  run.update(describe_result(result, samples.size()));
  const EpochRecord& best = result.history[static_cast<std::size_t>(result.best_epoch - 1)];
  if (std::string warning = loss_warning(best.val_loss, dataset.class_names.size());
      !warning.empty())
    warnings.push_back(std::move(warning));
  run["warnings"] = warnings;

  // The model's own record leaves out times and paths, so that equal runs give equal bytes.
  checkpoint.info.preprocessing = describe_preprocessing(dataset);
  checkpoint.info.provenance = {
      {"program", "pellucid-train"},    {"version", run["version"]},
      {"device", run["device"]},        {"settings", describe_settings(options)},
      {"data", data_description},       {"augmentation", run["augmentation"]},
      {"best_epoch", result.best_epoch}};
  checkpoint.info.provenance.update(chosen_policy(stream));
  checkpoint.info.provenance["settings"].erase("data");
  write_history(folder, result.history);
  write_text_file(folder.curves(), training_curves_svg(result.history));
  save_checkpoint(stream, checkpoint.model, checkpoint.info, folder.model());
  write_text_file(folder.record(), to_text(run, 2) + "\n");
  std::filesystem::remove(folder.checkpoint());

  if (!options.json.empty()) write_json_result(options.json, to_text(run, 2));
  if (options.json != "-") {
    std::string text = fmt::format(
        "{}: best of {} epochs is {}: validation loss {}, accuracy {:.3f}, balanced {:.3f}\n"
        "{} in all, {:.3g} images/s\n",
        folder.model().string(), result.history.size(), result.best_epoch, loss_text(best.val_loss),
        best.val_accuracy, best.val_balanced_accuracy, format_duration(result.seconds),
        run["images_per_second"].get<double>());
    for (const std::string& warning : warnings) text += "warning: " + warning + "\n";
    say(text);
  }
  return kExitDone;
}

// A cross-validation: a run a fold, then the predictions of each for its own.
int train_folds(const Options& options, Stream& stream, const Json& description,
                const Dataset& pool) {
  DivisionOptions division = division_of(options.data);
  const std::string predictions = options.out + "/predictions.csv";
  const FolderLock lock(options.out);
  if (!options.resume)
    for (int fold = 1; fold <= division.folds; ++fold)
      RunFolder{fold_folder(options.out, fold)}.refuse_existing();
  for (division.fold = 1; division.fold <= division.folds; ++division.fold) {
    Options one = options;
    one.out = fold_folder(options.out, division.fold);
    one.data.fold = division.fold;
    one.json.clear();
    print_note(fmt::format("fold {} of {}", division.fold, division.folds));
    if (options.resume && RunFolder{one.out}.finished()) continue;
    const int code =
        train_once(std::move(one), stream, description, divide(pool, division), print_note);
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

int run_training(Options options) {
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
    dataset = divide(std::move(dataset), division_of(options.data));
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
  Options options;
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
