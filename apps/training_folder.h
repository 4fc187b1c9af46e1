// training_folder.h: the files of a training, and what a run that is there already has to do with what is asked
// now.
#pragma once

#include <filesystem>

#include "apps/training_settings.h"

namespace pellucid {

// From its first epoch on a run has a checkpoint, from which it goes on; a run that is interrupted or finished
// has a model; a finished one has a record.
struct RunFolder {
  std::filesystem::path path;
  std::filesystem::path checkpoint() const { return path / "checkpoint.safetensors"; }
  std::filesystem::path curves() const { return path / "training.svg"; }
  std::filesystem::path history() const { return path / "history.jsonl"; }
  std::filesystem::path model() const { return path / "model.safetensors"; }
  std::filesystem::path record() const { return path / "run.json"; }

  bool begun() const { return std::filesystem::exists(checkpoint()); }
  bool finished() const {
    return std::filesystem::exists(model()) && std::filesystem::exists(record());
  }
  // Throws Error if there is any of it.
  void refuse_existing() const;
};

// Epochs and patience that are not said become those of the run that is there, if there is one.
void adopt_limits(TrainingOptions& options, const RunFolder& folder);

// Of a folder with a run: `identity` with the epochs and the patience of the run, as Trainer::load()
// wants it. Throws Error if they are lower in `identity`: they may only grow.
Json identity_as_begun(const RunFolder& folder, const Json& identity);

// Whether a run is there that is finished and was asked for as it is now. Throws Error naming the first
// difference that is not a raised limit, and for raised limits of a finished run without a checkpoint, as runs
// once were.
bool nothing_to_resume(const RunFolder& folder, const Json& identity);

}  // namespace pellucid
