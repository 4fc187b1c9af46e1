// training_run.h: one training of pellucid-train, from a data set to the files of its folder.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "apps/data_source.h"
#include "apps/policy_options.h"
#include "nn/train/trainer.h"

namespace pellucid {

struct TrainingOptions {
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

// Trains on `dataset` into options.out, and returns the exit code. description: of the model named options.model.
// say: what is done with the summary. Throws Error for data that cannot be trained on, and for a folder that holds
// a run already, unless it is resumed.
int train_once(TrainingOptions options, Stream& stream, const Json& description,
               const Dataset& dataset, void (*say)(std::string_view));

}  // namespace pellucid
