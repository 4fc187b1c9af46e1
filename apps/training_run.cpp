#include "apps/training_run.h"

#include <fmt/format.h>

#include <optional>

#include "apps/command_line.h"
#include "apps/failures.h"
#include "apps/interruption.h"
#include "apps/profile_report.h"
#include "apps/provenance.h"
#include "apps/training_pictures.h"
#include "apps/training_progress.h"
#include "explain/picture/plots.h"
#include "nn/train/checkpoint.h"
#include "runtime/error.h"
#include "runtime/file.h"
#include "runtime/formats/nearest.h"

namespace pellucid {
namespace {

// Nothing can be learnt of a class without a picture; that one is never validated or tested is said.
std::vector<std::string> check_classes(const Dataset& dataset) {
  require(!dataset.train.empty() && !dataset.valid.empty(),
          "training needs images in the subsets train and valid; these data have ",
          dataset.train.size(), " and ", dataset.valid.size());
  const std::vector<std::string> untrained = absent_classes(dataset.train, dataset.class_names);
  require(untrained.empty(), "no image to train of class ", joined(untrained),
          "; choose another --split, or leave the class out");
  return absent_class_notes(dataset);
}

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
                  const StartingPoint& start, const Json& data_description) {
  Json settings = describe_settings(options);
  settings.erase("data");  // where they lie; what they hold counts
  Json identity = {{"settings", settings},
                   {"device", std::string(to_string(stream.device().kind))},
                   {"model", model.description()},
                   {"data", data_description}};
  identity["data"].erase("notes");  // for people, in the words of a version
  if (start.initial) identity["init"] = start.initial->md5;
  identity.update(chosen_policy(stream));
  return identity;
}

// What a run's record begins with.
Json describe_run(const TrainingOptions& options, const Stream& stream, const Model& model,
                  const Dataset& dataset, const Json& data_description,
                  const std::string& augmentation) {
  Json run = describe_program("pellucid-train", stream);
  run["settings"] = describe_settings(options);
  run["settings"]["device"] = options.device;
  run["settings"]["out"] = options.out;
  if (!options.init.empty()) run["settings"]["init"] = options.init;
  run["model"] = {{"name", model.name()}, {"parameters", model.parameter_count()}};
  run["class_names"] = dataset.class_names;
  run["data"] = data_description;
  run["augmentation"] = augmentation;
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
  for (const char* key : {"init", "interrupted"})
    if (run.contains(key)) out[key] = run[key];
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

// The network with its initial weights, which the data fit.
Checkpoint begin(const TrainingOptions& options, Stream& stream, const StartingPoint& start,
                 const Dataset& dataset) {
  Checkpoint checkpoint{Model(stream, start.description, options.train.seed, options.model), {}};
  check_fit(checkpoint, dataset);
  checkpoint.model.set_class_names(dataset.class_names);
  return checkpoint;
}

// Takes the weights of --init, if it is given, and says and records which; returns the text.
std::string take_initial(Stream& stream, Model& model, const StartingPoint& start,
                         const TrainingOptions& options, Json& run) {
  if (!start.initial) return "";
  const TakenWeights weights = take_weights(stream, model, start.initial->file);
  run["init"] = describe_initial(*start.initial, weights);
  const std::string text = taken_text(options.init, weights);
  print_note(text);
  return text + "\n";
}

// A finished run's record goes to --json as it did at its end.
int end_at_once(const TrainingOptions& options, const RunFolder& folder) {
  print_note(concat(folder.model().string(), ": the run is finished; nothing to resume"));
  if (!options.json.empty()) write_json_result(options.json, read_text_file(folder.record()));
  return kExitDone;
}

// Takes up the run that is in the folder, if there is one; what it was begun with may only be raised.
void resume(Trainer& trainer, const RunFolder& folder, const TrainingOptions& options,
            const Json& identity) {
  if (!folder.begun()) {
    if (options.resume)
      print_note(concat("no checkpoint in ", options.out, " yet: starting from the beginning"));
    return;
  }
  const Json begun = identity_as_begun(folder, identity);
  trainer.load(folder.checkpoint(), begun);
  print_note(concat("resuming ", folder.checkpoint().string(), " after ", trainer.history().size(),
                    " epochs"));
  std::filesystem::remove(folder.record());  // the run is not finished any more
  std::string raised;
  for (const char* key : {"epochs", "patience"}) {
    const Json &then = begun["settings"][key], &now = identity["settings"][key];
    if (then != now)
      raised += concat(raised.empty() ? "" : ", ", "--", key, " from ", then, " to ", now);
  }
  if (raised.empty()) return;
  trainer.save(folder.checkpoint(), identity);
  print_note("raised " + raised);
  if (trainer.finished())
    print_note(concat("the run had stopped early, after ", trainer.history().size(),
                      " epochs; it trains on if --patience is raised, too"));
}

// The weights of the best epoch as a model, with what led to them.
void write_model(Stream& stream, Checkpoint& checkpoint, const TrainingOptions& options,
                 const Dataset& dataset, const Json& run, const RunFolder& folder) {
  checkpoint.info.preprocessing = describe_preprocessing(dataset);
  checkpoint.info.provenance = describe_provenance(options, stream, run);
  save_checkpoint(stream, checkpoint.model, checkpoint.info, folder.model());
}

// Of a run that was interrupted, which goes on from its checkpoint: the best so far, to be used meanwhile.
void write_best_so_far(Trainer& trainer, const TrainResult& result, Stream& stream,
                       Checkpoint& checkpoint, const TrainingOptions& options,
                       const Dataset& dataset, Json run, const RunFolder& folder) {
  print_note(fmt::format("interrupted in epoch {} after {} batches; --resume goes on from there",
                         result.epoch, result.batch));
  if (!trainer.restore_best()) {
    print_note("no epoch has ended: there is no model yet");
    return;
  }
  run["best_epoch"] = result.best_epoch;
  run["interrupted"] = {{"epoch", result.epoch}, {"batch", result.batch}};
  write_history(folder, result.history);
  write_text_file(folder.curves(), training_curves_svg(result.history));
  write_model(stream, checkpoint, options, dataset, run, folder);
  print_note(fmt::format("{}: the model of epoch {}, the best so far, validation loss {}",
                         folder.model().string(), result.best_epoch,
                         loss_text(best_of(result).val_loss)));
}

// Of a run that has ended. Its checkpoint stays, for --resume with more epochs.
void write_results(const TrainResult& result, Stream& stream, Checkpoint& checkpoint,
                   const TrainingOptions& options, const Dataset& dataset, const Json& run,
                   const RunFolder& folder) {
  write_history(folder, result.history);
  write_text_file(folder.curves(), training_curves_svg(result.history));
  write_model(stream, checkpoint, options, dataset, run, folder);
  write_text_file(folder.record(), to_text(run, 2) + "\n");
  if (!options.json.empty()) write_json_result(options.json, to_text(run, 2));
}

}  // namespace

int train_once(TrainingOptions options, Stream& stream, const StartingPoint& start,
               const Dataset& dataset, void (*say)(std::string_view)) {
  const RunFolder folder{options.out};
  Checkpoint checkpoint = begin(options, stream, start, dataset);
  Model& model = checkpoint.model;
  std::vector<std::string> warnings = check_classes(dataset);
  for (const std::string& warning : warnings) print_note("warning: " + warning);
  const auto augmentation = choose_augmentation(options.augment, training_defaults(dataset.source));
  complete(options, dataset, augmentation);
  check_train_options(options.train, model.classes());

  const Json data_description = describe_data(dataset);
  const Json identity = run_identity(options, stream, model, start, data_description);
  if (options.resume && nothing_to_resume(folder, identity)) return end_at_once(options, folder);
  Json run = describe_run(options, stream, model, dataset, data_description, augmentation.text());
  run["failures"] = describe_failures(dataset);
  checkpoint.info.seen_images = start.initial
                                    ? describe_seen_images(dataset, start.initial->seen_images)
                                    : describe_seen_images(dataset);
  const std::string taken = take_initial(stream, model, start, options, run);
  const TrainingPictures data(stream, dataset, augmentation, options, model.classes());
  print_note(fmt::format("training {} ({} parameters) on {} images of {}{}, {} to validate",
                         model.name(), model.parameter_count(), data.size(), dataset.source,
                         augmentation_text(augmentation), dataset.valid.size()));

  const FolderLock lock(folder.path);
  if (!options.resume) folder.refuse_existing();  // nobody was quicker
  TrainingReporter reporter(options.train, data.size());
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
  trainer.emplace(stream, model, data.training(), data.validation(), options.train, callbacks);
  resume(*trainer, folder, options, identity);
  ProfileReport profile(stream, options.profile, "pellucid-train");
  const TrainResult result = trainer->run();
  reporter.end();
  profile.write();
  if (result.interrupted) {
    trainer->save(folder.checkpoint(), identity);
    write_best_so_far(*trainer, result, stream, checkpoint, options, dataset, run, folder);
    return interruption.exit_code();
  }

  for (const std::string& warning :
       {loss_warning(best_of(result).val_loss, dataset.class_names.size()),
        schedule_warning(result.history, options.train)})
    if (!warning.empty()) warnings.push_back(warning);
  run.update(describe_result(result, data.size()));
  run["warnings"] = warnings;
  write_results(result, stream, checkpoint, options, dataset, run, folder);
  write_failures(folder.path, input_failures(dataset));
  if (options.json != "-") say(summary_text(folder, result, run) + taken);
  return exit_code(dataset);
}

}  // namespace pellucid
