// pellucid-evaluate: how well a network classifies a subset.
#include "apps/class_matching.h"
#include "apps/command_line.h"
#include "apps/data_source.h"
#include "apps/evaluation.h"
#include "apps/failures.h"
#include "apps/policy_options.h"
#include "apps/provenance.h"
#include "runtime/error.h"
#include "runtime/file.h"

namespace pellucid {
namespace {

struct Options {
  DataOptions data;
  std::string model = "run/model.safetensors", subset = "test", device = "auto", json, predictions,
              plots, map_classes;
  int batch = 16;
  PolicyOptions policy;
};

int evaluate(const Options& options) {
  check_data(options.data, FoldChoice::all);  // complains before the device line and the model do
  const bool all_folds = options.data.folds > 0 && options.data.fold == 0;
  if (all_folds && options.subset != "test")
    throw UsageError(
        "--folds without --fold evaluates each fold by the model that it tests; "
        "--subset has no meaning there");
  const ClassMap class_map = parse_class_map(options.map_classes);
  if (all_folds && !class_map.empty())
    throw UsageError("--map-classes is for data of elsewhere, not for the folds of a training");
  const Policy policy = parse_policy(options.policy);
  Stream stream(open_device(options.device));
  use_policy(stream, policy);
  const std::string model_file =
      all_folds ? fold_folder(options.model, 1) + "/model.safetensors" : options.model;
  const Checkpoint checkpoint = load_checkpoint(stream, model_file);
  Dataset dataset = load_data(options.data, checkpoint);
  require_classes(dataset, "an evaluation");
  Json data;
  Evaluation evaluation;
  if (all_folds) {
    evaluation = evaluate_out_of_fold(stream, options.model, dataset, division_of(options.data),
                                      options.batch);
    data = describe_data(dataset);
  } else {
    dataset = divide_data(std::move(dataset), division_of(options.data), options.subset);
    data = describe_data(dataset);  // with the classes that they came with
    match_classes(checkpoint.model, class_map, dataset);
    evaluation.add(stream, checkpoint, dataset, choose_subset(dataset, options.subset),
                   options.batch);
  }

  Json result = describe_program("pellucid-evaluate", stream);
  result["settings"] = describe_options(options.data);
  result["settings"]["model"] = options.model;
  result["settings"]["batch"] = options.batch;
  if (!class_map.empty()) result["settings"]["map_classes"] = class_map;
  result["model"] = checkpoint.model.name();
  result["data"] = std::move(data);
  result["failures"] = describe_failures(dataset);
  result["subset"] = all_folds ? "all folds" : options.subset;
  result.update(evaluation.figures());

  if (!options.predictions.empty()) write_text_file(options.predictions, evaluation.csv());
  if (!options.plots.empty()) write_plots(result, options.plots);
  write_failures_beside({options.json, options.predictions}, input_failures(dataset));
  if (!options.plots.empty()) write_failures(options.plots, input_failures(dataset));
  if (!options.json.empty()) write_json_result(options.json, to_text(result, 2));
  if (options.json != "-") print_result(evaluation_text(result));
  note_unused_variants(stream);
  return exit_code(dataset);
}

}  // namespace
}  // namespace pellucid

int main(int argc, char** argv) {
  using namespace pellucid;
  CommandLine app("Classifies a subset and says how well: confusion matrix, accuracies, AUC.",
                  "pellucid-evaluate");
  Options options;
  app.add_text(
      "--model", options.model, "FILE|DIR",
      "weights that pellucid-train wrote; with --folds and without --fold the folder of all "
      "folds, each sample then being classified by the model that did not see it");
  add_data_options(app, options.data);
  app.add_text("--map-classes", options.map_classes, "A=B,C=B",
               "classes of the data that the model has under another name: A and C are its B; the "
               "others are matched by name, in any order, and may be absent")
      .default_text("none");
  app.add_text("--subset", options.subset, "train|valid|test|all", "which images");
  app.add_whole("--batch", options.batch, 1, 65536, "images at a time; changes speed, not results");
  add_device(app, options.device);
  add_policy(app, options.policy);
  app.add_text("--json", options.json, "FILE",
               "write the figures as JSON; - for standard output, in place of the table");
  app.add_text("--predictions", options.predictions, "FILE.csv",
               "write a line an image: true and predicted class, probabilities");
  app.add_text("--plots", options.plots, "DIR",
               "write confusion_matrix.svg and roc.svg, the curves with 95 % bands");
  return run_program(app, argc, argv, [&] { return evaluate(options); });
}
