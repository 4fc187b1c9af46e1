#include "apps/evaluation.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "explain/picture/plots.h"
#include "nn/statistics/blur_rule.h"
#include "nn/statistics/metrics.h"
#include "runtime/error.h"
#include "runtime/file.h"
#include "runtime/formats/nearest.h"

namespace pellucid {
namespace {

bool undefined(const Json& value) { return value.is_null() || std::isnan(value.get<double>()); }

std::string figure(const Json& value) {
  return undefined(value) ? "-" : fmt::format("{:.3f}", value.get<double>());
}

// "0.935 [0.79, 0.98]"
std::string figure(const Json& of, const char* key) {
  const Json& interval = of[std::string(key) + "_interval"];
  if (undefined(of[key]) || undefined(interval[0])) return figure(of[key]);
  return fmt::format("{} [{:.2f}, {:.2f}]", figure(of[key]), interval[0].get<double>(),
                     interval[1].get<double>());
}

std::string accuracies(const Json& of) {
  return fmt::format("accuracy {}, balanced accuracy {}", figure(of, "accuracy"),
                     figure(of, "balanced_accuracy"));
}

// The figures of one class; of one that the data lack there are none.
std::string class_line(const Json& of) {
  const bool absent = of["samples"] == 0;
  const auto told = [&](const std::string& value) { return absent ? "absent" : value; };
  return fmt::format("{:<14}{:>8}  {:<20}{:<20}{:<7}{:<20}\n", of["name"].get<std::string>(),
                     of["samples"].dump(), told(figure(of, "precision")),
                     told(figure(of, "recall")), told(figure(of["f1"])), told(figure(of, "auc")));
}

// Over which classes means are, where that is not all.
std::string absence_text(const Json& figures) {
  const auto absent = figures["absent_classes"].get<std::vector<std::string>>();
  if (absent.empty()) return "";
  std::vector<std::string> present;
  for (const Json& each : figures["classes"])
    if (each["samples"] != 0) present.push_back(each["name"].get<std::string>());
  return fmt::format(
      "absent from these data: {}; balanced accuracy and macro f1 are over {} alone\n",
      joined(absent), joined(present));
}

std::string baseline_text(const Json& baselines) {
  if (baselines.is_null()) return "";
  const Json& blur = baselines["blur"];
  std::string auc;
  for (const Json& each : blur["classes"]) auc += (auc.empty() ? "" : ", ") + figure(each["auc"]);
  return fmt::format(
      "majority rule: {}\nblur alone:    {}, auc {}\n{}: in balanced accuracy the network is ahead "
      "by {}\n",
      accuracies(baselines["majority"]), accuracies(blur), auc,
      blur["as_good_as_network"].get<bool>()
          ? "blur alone does as well as the network, as far as these images can tell"
          : "the network does better than blur alone",
      figure(blur, "network_advantage"));
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
  const SeenImages seen = checkpoint.seen_images();
  for (const ChosenSample& each : chosen) {
    samples.push_back(*each.sample);
    seen_.add(seen, each.sample->content);
    rows_.push_back({each.sample->id, std::string(each.subset)});
    groups_.push_back(each.sample->group);
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

  // Of a set that is not divided the rules would learn the very images that they are tested on.
  if (dataset.train.empty() || dataset.split.empty()) return;
  const BlurRule blur(dataset.train, dataset);
  const auto counts = class_counts(dataset.train, class_names_.size());
  std::vector<double> shares;
  shares.reserve(counts.size());
  for (const std::size_t count : counts)
    shares.push_back(static_cast<double>(count) / static_cast<double>(dataset.train.size()));
  for (const Sample& sample : samples) {
    majority_.add(shares);
    blur_.add(blur.probabilities(
        log_laplacian_variance(sample.pixels, dataset.height, dataset.width, dataset.planes())));
  }
}

void Evaluation::Baseline::add(const std::vector<double>& row) {
  predicted.push_back(
      static_cast<std::int32_t>(std::max_element(row.begin(), row.end()) - row.begin()));
  probabilities.insert(probabilities.end(), row.begin(), row.end());
}

Classified Evaluation::network() const {
  return {predictions_.classes, labels_, predictions_.predicted, predictions_.probabilities};
}

Json Evaluation::baseline_figures(const Bootstrap& bootstrap) const {
  if (blur_.predicted.size() < rows_.size()) return nullptr;
  const auto classified = [&](const Baseline& baseline) {
    return Classified{predictions_.classes, labels_, baseline.predicted, baseline.probabilities};
  };
  const auto figures_of = [&](const Baseline& baseline) {
    return metrics_with_intervals(classified(baseline), class_names_, bootstrap);
  };
  Json majority = figures_of(majority_), blur = figures_of(blur_);
  const ConfusionMatrix network_matrix(predictions_.classes, labels_, predictions_.predicted),
      blur_matrix(predictions_.classes, labels_, blur_.predicted);
  const Interval advantage = balanced_accuracy_difference(network(), classified(blur_), bootstrap);
  blur["feature"] = "log of the variance of the Laplacian of the network's input picture";
  blur["rule"] = "a Gaussian a class, equally likely beforehand, learnt on the training subset";
  blur["network_advantage"] = network_matrix.balanced_accuracy() - blur_matrix.balanced_accuracy();
  blur["network_advantage_interval"] = {advantage.low, advantage.high};
  blur["as_good_as_network"] = !(advantage.low > 0);
  return {{"majority", std::move(majority)}, {"blur", std::move(blur)}};
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
  const Bootstrap bootstrap(groups_);
  Json out = metrics_with_intervals(network(), class_names_, bootstrap);
  add_roc(out, network(), bootstrap);
  out["seen"] = seen_.json();
  out["seen"]["note"] = seen_.text();
  out["loss"] = mean_loss(predictions_, labels_);
  out["seconds"] = seconds_;
  out["images_per_second"] = static_cast<double>(rows_.size()) / std::fmax(seconds_, 1e-9);
  out["intervals"] = describe_intervals(bootstrap);
  out["baselines"] = baseline_figures(bootstrap);
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
  out += fmt::format("\n{:<14}{:>8}  {:<20}{:<20}{:<7}{:<20}\n", "class", "samples", "precision",
                     "recall", "f1", "auc");
  for (const Json& each : classes) out += class_line(each);
  const Json& intervals = figures["intervals"];
  out += fmt::format(
      "\n{}, macro f1 {}, loss {:.4f} ({} images of {})\n{}\n{}{}"
      "[95 % intervals: Wilson's of proportions; of AUC and balanced accuracy {} bootstrap draws "
      "of "
      "{} {}]\n",
      accuracies(figures), figure(figures["macro_f1"]), figures["loss"].get<double>(),
      figures["samples"].get<int>(), figures["subset"].get<std::string>(),
      figures["seen"]["note"].get<std::string>(), absence_text(figures),
      baseline_text(figures["baselines"]), intervals["draws"].get<int>(),
      intervals["units"].get<int>(), intervals["resampled"].get<std::string>());
  return out;
}

void write_plots(const Json& figures, const std::string& folder) {
  write_text_file(folder + "/confusion_matrix.svg", confusion_matrix_svg(figures));
  write_text_file(folder + "/roc.svg", roc_svg(figures));
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
    const Json& trained_on = part_at(checkpoint.info.provenance, "data");
    require(text_at(trained_on, "content_hash") == content_hash(dataset),
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
