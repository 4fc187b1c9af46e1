#include "apps/training_run.h"

#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <optional>

#include "apps/command_line.h"
#include "apps/interruption.h"
#include "apps/profile_report.h"
#include "apps/progress.h"
#include "apps/provenance.h"
#include "explain/picture/plots.h"
#include "nn/train/augment.h"
#include "nn/train/checkpoint.h"
#include "runtime/error.h"
#include "runtime/file.h"
#include "runtime/formats/nearest.h"
#include "runtime/formats/values.h"

namespace pellucid {
namespace {

// What is left open is chosen as the data need it: for mini-MIAS as in the paper, else all classes
// alike.
void complete(TrainingOptions& options, const Dataset& dataset) {
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

Json describe_settings(const TrainingOptions& options) {
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
      "probabilities: nothing was learnt; more --epochs or another --lr may help",
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

const EpochRecord& best_of(const TrainResult& result) {
  return result.history[static_cast<std::size_t>(result.best_epoch - 1)];
}

Json describe_result(const TrainResult& result, std::size_t images) {
  double images_per_second = 0;
  for (const EpochRecord& record : result.history) images_per_second += record.images_per_second;
  return {{"epochs", result.history.size()},
          {"best_epoch", result.best_epoch},
          {"stopped_early", result.stopped_early},
          {"best", to_json(best_of(result))},
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
Json run_identity(const TrainingOptions& options, const Stream& stream, const Model& model,
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

// What a run's record begins with.
Json describe_run(const TrainingOptions& options, const Stream& stream, const Model& model,
                  const Dataset& dataset, const Json& data_description, bool augment) {
  Json run = describe_program("pellucid-train", stream);
  run["settings"] = describe_settings(options);
  run["settings"]["device"] = options.device;
  run["settings"]["out"] = options.out;
  run["model"] = {{"name", model.name()}, {"parameters", model.parameter_count()}};
  run["class_names"] = dataset.class_names;
  run["data"] = data_description;
  run["augmentation"] = augment ? "paper" : "none";
  return run;
}

// The model's own record leaves out times and paths, so that equal runs give equal bytes.
Json describe_provenance(const TrainingOptions& options, const Stream& stream, const Json& run) {
  Json out = {{"program", "pellucid-train"},
              {"version", run["version"]},
              {"device", run["device"]},
              {"settings", describe_settings(options)},
              {"data", run["data"]},
              {"augmentation", run["augmentation"]},
              {"best_epoch", run["best_epoch"]}};
  out.update(chosen_policy(stream));
  out["settings"].erase("data");
  return out;
}

std::string summary_text(const RunFolder& folder, const TrainResult& result, const Json& run) {
  const EpochRecord& best = best_of(result);
  std::string text = fmt::format(
      "{}: best of {} epochs is {}: validation loss {}, accuracy {:.3f}, balanced {:.3f}\n"
      "{} in all, {:.3g} images/s\n",
      folder.model().string(), result.history.size(), result.best_epoch, loss_text(best.val_loss),
      best.val_accuracy, best.val_balanced_accuracy, format_duration(result.seconds),
      run["images_per_second"].get<double>());
  for (const Json& warning : run["warnings"])
    text += "warning: " + warning.get<std::string>() + "\n";
  return text;
}

}  // namespace

int train_once(TrainingOptions options, Stream& stream, const Json& description,
               const Dataset& dataset, void (*say)(std::string_view)) {
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

  Json run = describe_run(options, stream, checkpoint.model, dataset, data_description, augment);
  run.update(describe_result(result, samples.size()));
  const EpochRecord& best = best_of(result);
  if (std::string warning = loss_warning(best.val_loss, dataset.class_names.size());
      !warning.empty())
    warnings.push_back(std::move(warning));
  run["warnings"] = warnings;
  checkpoint.info.preprocessing = describe_preprocessing(dataset);
  checkpoint.info.provenance = describe_provenance(options, stream, run);
  checkpoint.info.seen_images = describe_seen_images(dataset);
  write_history(folder, result.history);
  write_text_file(folder.curves(), training_curves_svg(result.history));
  save_checkpoint(stream, checkpoint.model, checkpoint.info, folder.model());
  write_text_file(folder.record(), to_text(run, 2) + "\n");
  std::filesystem::remove(folder.checkpoint());

  if (!options.json.empty()) write_json_result(options.json, to_text(run, 2));
  if (options.json != "-") say(summary_text(folder, result, run));
  return exit_code(dataset);
}

}  // namespace pellucid
