#include "apps/evaluation.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>

#include "nn/metrics.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

std::string figure(const Json& value) {
  return value.is_null() ? "-" : fmt::format("{:.3f}", value.get<double>());
}

template <class T>
void append(std::vector<T>& all, const std::vector<T>& part) {
  all.insert(all.end(), part.begin(), part.end());
}

}  // namespace

void Evaluation::add(Stream& stream, const Checkpoint& checkpoint, const Dataset& dataset,
                     const std::vector<ChosenSample>& chosen, int batch) {
  check_fit(checkpoint, dataset);
  require(rows_.empty() || class_names_ == dataset.class_names,
          "the models of an evaluation must know the same classes");
  class_names_ = dataset.class_names;
  std::vector<Sample> samples;
  for (const ChosenSample& each : chosen) {
    samples.push_back(*each.sample);
    rows_.push_back({each.sample->id, std::string(each.subset)});
  }
  const ImageSet images(stream, samples, dataset.height, dataset.width, dataset.channels,
                        checkpoint.model.classes());
  const auto start = std::chrono::steady_clock::now();
  const Predictions predictions = predict(stream, checkpoint.model, images, batch);
  seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();

  append(labels_, images.labels());
  predictions_.classes = predictions.classes;
  append(predictions_.logits, predictions.logits);
  append(predictions_.probabilities, predictions.probabilities);
  append(predictions_.predicted, predictions.predicted);
}

std::string Evaluation::csv() const {
  std::string csv = "id,subset,true,predicted";
  for (const std::string& name : class_names_) csv += ",probability_" + name;
  csv += "\n";
  const auto name = [&](std::int32_t label) {
    return class_names_[static_cast<std::size_t>(label)];
  };
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    csv += fmt::format("{},{},{},{}", rows_[i].id, rows_[i].subset, name(labels_[i]),
                       name(predictions_.predicted[i]));
    for (std::size_t c = 0; c < class_names_.size(); ++c)
      csv += fmt::format(",{}", predictions_.probabilities[i * class_names_.size() + c]);
    csv += "\n";
  }
  return csv;
}

Json Evaluation::figures() const {
  const int classes = predictions_.classes;
  Json out =
      metrics_to_json(ConfusionMatrix(classes, labels_, predictions_.predicted),
                      one_vs_rest_auc(classes, labels_, predictions_.probabilities), class_names_);
  out["loss"] = mean_loss(predictions_, labels_);
  out["seconds"] = seconds_;
  out["images_per_second"] = static_cast<double>(rows_.size()) / std::fmax(seconds_, 1e-9);
  return out;
}

std::string evaluation_text(const Json& figures) {
  const Json& classes = figures["classes"];
  std::string out = fmt::format("{:<22}", "true \\ predicted");
  for (const Json& each : classes) out += fmt::format("{:>12}", each["name"].get<std::string>());
  out += "\n";
  for (std::size_t truth = 0; truth < classes.size(); ++truth) {
    out += fmt::format("{:<22}", classes[truth]["name"].get<std::string>());
    for (const Json& count : figures["confusion_matrix"][truth])
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
      figure(figures["accuracy"]), figure(figures["balanced_accuracy"]),
      figure(figures["macro_f1"]), figures["loss"].get<double>(), figures["samples"].get<int>(),
      figures["subset"].get<std::string>());
  return out;
}

std::string fold_folder(const std::string& folder, int fold) {
  return concat(folder, "/fold", fold);
}

Evaluation evaluate_out_of_fold(Stream& stream, const std::string& folder, const Dataset& pool,
                                DivisionOptions division, int batch) {
  Evaluation evaluation;
  for (division.fold = 1; division.fold <= division.folds; ++division.fold) {
    const Checkpoint checkpoint =
        load_checkpoint(stream, fold_folder(folder, division.fold) + "/model.safetensors");
    const Dataset dataset = divide(pool, division);
    const Json trained_on = checkpoint.info.provenance.value("data", Json::object());
    require(trained_on.value("content_hash", "") == content_hash(dataset),
            fold_folder(folder, division.fold),
            ": this model was not trained on the other folds of these data (another --data, "
            "--folds or --data-seed?)");
    const std::string subset = concat("fold", division.fold);
    std::vector<ChosenSample> chosen;
    for (const Sample& sample : dataset.test) chosen.push_back({&sample, subset});
    evaluation.add(stream, checkpoint, dataset, chosen, batch);
  }
  return evaluation;
}

}  // namespace pellucid
