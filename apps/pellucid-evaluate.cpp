// pellucid-evaluate: how well a network classifies a subset.
#include <fmt/format.h>

#include <chrono>
#include <cmath>

#include "apps/command_line.h"
#include "apps/data_source.h"
#include "apps/provenance.h"
#include "nn/checkpoint.h"
#include "nn/metrics.h"
#include "nn/predict.h"
#include "runtime/error.h"
#include "runtime/file.h"

namespace pellucid {
namespace {

struct Options {
  DataOptions data;
  std::string model = "run/model.safetensors", subset = "test", device = "auto", json, predictions;
  int batch = 16;
};

std::string figure(const Json& value) {
  return value.is_null() ? "-" : fmt::format("{:.3f}", value.get<double>());
}

std::string report(const Json& result) {
  const Json& classes = result["classes"];
  std::string out = fmt::format("{:<22}", "true \\ predicted");
  for (const Json& each : classes) out += fmt::format("{:>12}", each["name"].get<std::string>());
  out += "\n";
  for (std::size_t truth = 0; truth < classes.size(); ++truth) {
    out += fmt::format("{:<22}", classes[truth]["name"].get<std::string>());
    for (const Json& count : result["confusion_matrix"][truth])
      out += fmt::format("{:>12}", count.dump());
    out += "\n";
  }
  out += fmt::format("\n{:<14}{:>8}{:>12}{:>10}{:>8}{:>8}\n", "class", "samples", "precision",
                     "recall", "f1", "auc");
  for (const Json& each : classes)
    out += fmt::format("{:<14}{:>8}{:>12}{:>10}{:>8}{:>8}\n", each["name"].get<std::string>(),
                       each["samples"].dump(), figure(each["precision"]), figure(each["recall"]),
                       figure(each["f1"]), figure(each["auc"]));
  out += fmt::format(
      "\naccuracy {}, balanced accuracy {}, macro f1 {}, loss {:.4f} ({} images of {})\n",
      figure(result["accuracy"]), figure(result["balanced_accuracy"]), figure(result["macro_f1"]),
      result["loss"].get<double>(), result["samples"].get<int>(),
      result["subset"].get<std::string>());
  return out;
}

std::string predictions_csv(const std::vector<ChosenSample>& chosen, const Predictions& predictions,
                            const std::vector<std::string>& names) {
  std::string csv = "id,subset,true,predicted";
  for (const std::string& name : names) csv += ",probability_" + name;
  csv += "\n";
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const auto name = [&](int label) { return names[static_cast<std::size_t>(label)]; };
    csv += fmt::format("{},{},{},{}", chosen[i].sample->id, chosen[i].subset,
                       name(chosen[i].sample->label), name(predictions.predicted[i]));
    for (std::size_t c = 0; c < names.size(); ++c)
      csv += fmt::format(",{}", predictions.probabilities[i * names.size() + c]);
    csv += "\n";
  }
  return csv;
}

int evaluate(const Options& options) {
  kind_of(options.data);  // complains before the device line and the model do
  const DeviceKind device = open_device(options.device);
  Stream stream(device);
  const Checkpoint checkpoint = load_checkpoint(stream, options.model);
  const Dataset dataset = open_data(options.data, checkpoint.model.input());
  check_fit(checkpoint, dataset);
  const std::vector<ChosenSample> chosen = choose_subset(dataset, options.subset);
  std::vector<Sample> samples;
  for (const ChosenSample& each : chosen) samples.push_back(*each.sample);

  const int classes = checkpoint.model.classes();
  const ImageSet images(stream, samples, dataset.height, dataset.width, dataset.channels, classes);
  const auto start = std::chrono::steady_clock::now();
  const Predictions predictions = predict(stream, checkpoint.model, images, options.batch);
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();

  Json result = describe_program("pellucid-evaluate", device);
  result["settings"] = describe_options(options.data);
  result["settings"]["model"] = options.model;
  result["settings"]["batch"] = options.batch;
  result["model"] = checkpoint.model.name();
  result["data"] = describe_data(dataset);
  result["subset"] = options.subset;
  result["samples"] = samples.size();
  result["class_names"] = dataset.class_names;
  result["loss"] = mean_loss(predictions, images.labels());
  result.update(metrics_to_json(
      ConfusionMatrix(classes, images.labels(), predictions.predicted),
      one_vs_rest_auc(classes, images.labels(), predictions.probabilities), dataset.class_names));
  result["seconds"] = seconds;
  result["images_per_second"] = static_cast<double>(samples.size()) / std::fmax(seconds, 1e-9);

  if (!options.predictions.empty())
    write_text_file(options.predictions, predictions_csv(chosen, predictions, dataset.class_names));
  if (!options.json.empty()) write_json_result(options.json, to_text(result, 2));
  if (options.json != "-") print_result(report(result));
  return kExitDone;
}

}  // namespace
}  // namespace pellucid

int main(int argc, char** argv) {
  using namespace pellucid;
  CLI::App app("Classifies a subset and says how well: confusion matrix, accuracies, AUC.",
               "pellucid-evaluate");
  Options options;
  add_text(app, "--model", options.model, "FILE", "weights that pellucid-train wrote");
  add_data_options(app, options.data);
  add_text(app, "--subset", options.subset, "train|valid|test|all", "which images");
  add_whole(app, "--batch", options.batch, 1, 65536,
            "images at a time; changes speed, not results");
  add_device(app, options.device);
  add_text(app, "--json", options.json, "FILE",
           "write the figures as JSON; - for standard output, in place of the table");
  add_text(app, "--predictions", options.predictions, "FILE.csv",
           "write a line an image: true and predicted class, probabilities");
  return run_program(app, argc, argv, [&] { return evaluate(options); });
}
