#include "apps/training_progress.h"

#include <fmt/format.h>

#include <cmath>

#include "apps/command_line.h"

namespace pellucid {

void TrainingReporter::batch(const BatchProgress& progress) {
  if (!bar_)
    bar_ = std::make_unique<Progress>(fmt::format("epoch {}/{}", progress.epoch, options_.epochs),
                                      images_);
  if (progress.batch < progress.batches)
    bar_->update(static_cast<std::size_t>(progress.images), "loss " + loss_text(progress.loss));
}

void TrainingReporter::epoch(const EpochRecord& record, bool best) {
  bar_.reset();
  seconds_ += record.seconds;
  const double left = seconds_ / ++epochs_ * (options_.epochs - record.epoch);
  print_note(fmt::format(
      "epoch {}/{}: loss {}{}, accuracy {:.3f}; validation loss {}{}, accuracy {:.3f}, "
      "balanced {:.3f}; {:.3g} images/s, {} left at most{}",
      record.epoch, options_.epochs, loss_text(record.loss),
      record.weighted ? " (weighted by class)" : "", record.accuracy, loss_text(record.val_loss),
      record.weighted ? " (unweighted)" : "", record.val_accuracy, record.val_balanced_accuracy,
      record.images_per_second, format_duration(left), best ? "; best so far" : ""));
}

std::string loss_text(double loss) {
  return std::abs(loss) < 1e4 ? fmt::format("{:.4f}", loss) : fmt::format("{:.3g}", loss);
}

// A network that knows nothing and says so has the loss ln C.
std::string loss_warning(double val_loss, std::size_t classes) {
  const double chance = std::log(static_cast<double>(classes));
  if (val_loss <= chance) return "";
  return fmt::format(
      "the best validation loss, {:.4g}, is above ln {} = {:.4g}, that of equal "
      "probabilities: nothing was learnt; more --epochs or another --lr may help",
      val_loss, classes, chance);
}

std::string schedule_warning(const std::vector<EpochRecord>& history, const TrainOptions& options) {
  int otherwise = 0;
  for (const EpochRecord& record : history)
    otherwise += record.learning_rate != scheduled_rate(options, record.epoch);
  if (otherwise == 0) return "";
  return fmt::format(
      "{} of the {} epochs had the learning rate of a cosine over fewer epochs, before --resume "
      "raised them: the weights are not those of {} epochs in one run",
      otherwise, history.size(), options.epochs);
}

}  // namespace pellucid
