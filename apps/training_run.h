// training_run.h: one training of pellucid-train, from a data set to the files of its folder.
#pragma once

#include <optional>
#include <string_view>

#include "apps/training_folder.h"
#include "apps/training_settings.h"

namespace pellucid {

// What a training begins with.
struct StartingPoint {
  Json description;                     // of the model named options.model
  std::optional<InitialModel> initial;  // of --init: whose weights it takes
};

// Trains on `dataset` into options.out, and returns the exit code. say: what is done with the summary. Throws
// Error for data that cannot be trained on, and for a folder that holds a run already, unless it is resumed.
int train_once(TrainingOptions options, Stream& stream, const StartingPoint& start,
               const Dataset& dataset, void (*say)(std::string_view));

}  // namespace pellucid
