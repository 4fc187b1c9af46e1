// training_settings.h: what a training was asked for, completed by what its data choose, and said again in
// records. What nobody asked for leaves no trace in a model: its bytes stay what they were before there was a
// choice.
#pragma once

#include <optional>
#include <string>

#include "apps/data_source.h"
#include "apps/policy_options.h"
#include "nn/train/augmentation.h"
#include "nn/train/checkpoint.h"
#include "nn/train/trainer.h"
#include "runtime/formats/safetensors.h"

namespace pellucid {

struct TrainingOptions {
  DataOptions data;
  std::string model, init, augment, class_weights, out = "run", device = "auto", json, profile;
  std::string schedule = "constant";
  double learning_rate = 0;
  // 0 and −1: not said; of a run that is resumed then its own, else those of TrainOptions.
  int epochs = 0, patience = -1;
  bool resume = false;
  TrainOptions train;
  PolicyOptions policy;
};

void add_training_options(CommandLine& app, TrainingOptions& options);
// Before any data are there. Throws UsageError.
void check_settings(const TrainingOptions& options);

// How the training pictures become others: not at all, as the paper's copies (nn/train/augment.h), or anew
// in each epoch.
struct ChosenAugmentation {
  bool paper = false;
  Augmentation each_epoch;

  std::string text() const { return paper ? "paper" : to_text(each_epoch); }
};
// Of --augment; of the data's own choice if it is not given. Throws UsageError.
ChosenAugmentation choose_augmentation(const std::string& text, const TrainingDefaults& defaults);

// n / (K · n_c) for each class c: n samples of K classes, n_c of them of class c (as scikit-learn's
// "balanced"); each class must have a sample.
std::vector<double> balanced_weights(const std::vector<Sample>& samples, std::size_t classes);

// Completes options.train; what is left open is chosen as the data need it. Says resolved class weights.
void complete(TrainingOptions& options, const Dataset& dataset,
              const ChosenAugmentation& augmentation);

// A model whose weights a training begins with.
struct InitialModel {
  SafetensorsFile file;
  std::string md5;
  Json provenance;   // its own; null if it has none
  Json seen_images;  // the same (nn/train/seen_images.h)
};
InitialModel read_initial_model(const std::string& path);
// Of a network: the description that the file carries, without the names of its classes.
Json description_of(const InitialModel& initial);
// Which weights were taken, for people and for records.
std::string taken_text(const std::string& path, const TakenWeights& weights);
Json describe_initial(const InitialModel& initial, const TakenWeights& weights);

// All but --out and the device.
Json describe_settings(const TrainingOptions& options);

}  // namespace pellucid
