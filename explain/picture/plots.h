// plots.h: the figures of a training and of an evaluation as pictures, each an SVG.
#pragma once

#include <span>
#include <string>

#include "nn/train/trainer.h"
#include "runtime/formats/json.h"

namespace pellucid {

// Losses and accuracies by epoch, the best epoch marked. history: at least one record, epochs
// ascending.
std::string training_curves_svg(std::span<const EpochRecord> history);

// Counts and, as the depth of the colour, each count's share of its row (the true class). figures:
// class_names and confusion_matrix (nn/statistics/metrics.h).
std::string confusion_matrix_svg(const Json& figures);

// A panel a class: its ROC curve with a band of confidence, and its AUC. figures: as written by
// metrics_with_intervals (nn/statistics/intervals.h) with `roc` (add_roc). A class without curve has a panel that
// says so.
std::string roc_svg(const Json& figures);

}  // namespace pellucid
