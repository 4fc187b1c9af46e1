// evaluation.h: what models say about samples that they were not trained on, and how well.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apps/data_source.h"
#include "nn/plan/predict.h"
#include "nn/statistics/intervals.h"
#include "nn/train/checkpoint.h"

namespace pellucid {

// Predictions of one model, or of the models of a cross-validation, each for its own fold.
class Evaluation {
 public:
  // Classifies `chosen`, samples of `dataset`, and keeps what is needed of them. Throws Error for
  // classes other than those of the samples before.
  void add(Stream& stream, const Checkpoint& checkpoint, const Dataset& dataset,
           const std::vector<ChosenSample>& chosen, int batch);

  std::size_t samples() const { return rows_.size(); }
  double seconds() const { return seconds_; }  // of the classifying alone

  // A line a sample: id, subset, true and predicted class, probabilities.
  std::string csv() const;
  // The keys of metrics_with_intervals and add_roc (nn/statistics/intervals.h), loss, seconds, images_per_second,
  // `seen` (how many images the models were trained on: nn/train/seen_images.h),
  // `intervals` (how they were made) and `baselines`, null where a set has no training subset, or is not divided:
  //   majority   the class with the most training samples, whatever the picture: the same keys
  //   blur       one number of the picture (nn/statistics/blur_rule.h), learnt on the training subset: the same
  //              keys, network_advantage (balanced accuracy of the network less that of blur), its
  //              interval, and as_good_as_network: the interval reaches 0
  Json figures() const;

 private:
  struct Row {
    std::string id, subset;
  };
  Classified network() const;
  Json baseline_figures(const Bootstrap& bootstrap) const;

  std::vector<std::string> class_names_;
  std::vector<Row> rows_;
  std::vector<std::string> groups_;
  std::vector<std::int32_t> labels_;
  Predictions predictions_;
  // Of the two rules that look at less than the picture; a set without training samples has none.
  struct Baseline {
    std::vector<std::int32_t> predicted;
    std::vector<float> probabilities;
    void add(const std::vector<double>& row);
  };
  Baseline majority_, blur_;
  double seconds_ = 0;
  SeenCount seen_;
};

// Figures as tables for people.
std::string evaluation_text(const Json& figures);

// Writes confusion_matrix.svg and roc.svg into a folder.
void write_plots(const Json& figures, const std::string& folder);

// Of a cross-validation whose fold i was trained into folder/foldI: each sample's prediction by the
// model that saw neither it nor its group. The subset of a sample is then "foldI". pool: not divided
// yet.
Evaluation evaluate_out_of_fold(Stream& stream, const std::string& folder, const Dataset& pool,
                                DivisionOptions division, int batch);

// "DIR/fold3"
std::string fold_folder(const std::string& folder, int fold);

}  // namespace pellucid
