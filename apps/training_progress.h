// training_progress.h: how a training is told to people: its epochs while it runs, its end.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "apps/progress.h"
#include "nn/train/trainer.h"

namespace pellucid {

// Lines and a bar for each epoch on stderr. Losses say what they are where those of training are weighted by
// class: those of validation never are.
class TrainingReporter {
 public:
  // options must outlive it. images: of an epoch.
  TrainingReporter(const TrainOptions& options, std::size_t images)
      : options_(options), images_(images) {}

  void batch(const BatchProgress& progress);
  void epoch(const EpochRecord& record, bool best);
  void end() { bar_.reset(); }

 private:
  const TrainOptions& options_;
  std::size_t images_;
  std::unique_ptr<Progress> bar_;
  int epochs_ = 0;  // seen by this process
  double seconds_ = 0;
};

// Digits that can be read, however large.
std::string loss_text(double loss);

// "" or what is suspicious: a loss above that of equal probabilities; epochs whose learning rate is not that
// of the schedule, since --resume has raised their number.
std::string loss_warning(double val_loss, std::size_t classes);
std::string schedule_warning(const std::vector<EpochRecord>& history, const TrainOptions& options);

}  // namespace pellucid
