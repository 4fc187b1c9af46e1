// study_calibration.h: how fast this machine is at a study, measured in short before the study begins.
#pragma once

#include <filesystem>

#include "apps/interruption.h"
#include "apps/study_budget.h"

namespace pellucid {

// The study's folder, where relative names of arguments lie, and how long one measurement may take.
struct CalibrationOptions {
  std::filesystem::path folder;
  std::string device;
  double most_seconds = 60;  // of an epoch of training; what takes longer is told as "at least"
  double most_method_seconds = 20;  // of two pictures by one method
};

// Measures what `speed` does not know yet: one epoch of training, its evaluation, and two pictures by each method,
// with that network, or with the first of the study's own once it is trained. Works in a temporary folder that is
// removed. Returns false, having done nothing, for a network of which all is known.
bool calibrate(const StudyNetwork& network, const std::vector<StudyPart>& parts,
               const CalibrationOptions& options, const Interruption& interruption,
               NetworkSpeed& speed);

}  // namespace pellucid
