// study_run.h: a study from what was asked to its tables, part by part, interrupted and gone on with at will.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "apps/interruption.h"
#include "apps/study_budget.h"
#include "runtime/device.h"

namespace pellucid {

struct StudyRequest {
  std::vector<StudyNetwork> networks;
  std::filesystem::path folder;
  Device device;
  std::optional<double> budget;  // seconds
};

class StudyRun {
 public:
  // Takes up what study.json of the folder tells, if there is one. Throws Error if that is of another study: other
  // networks, data or options; seeds, methods and numbers of images may be others.
  StudyRun(const StudyRequest& request, const Interruption& interruption);

  // Measures what is not known yet and chooses what fits.
  void plan();
  const std::vector<StudyPart>& parts() const { return parts_; }
  // What they are predicted to take, part by part or in all, and what is left out, for people.
  enum class PlanText { parts, sum };
  std::string plan_text(PlanText what) const;
  // The parts, one after the other. Returns false if it was interrupted.
  bool run();

  // kExitSomeFailed if a part failed or was skipped, or some of its inputs failed; kExitFailed if none is done.
  int exit_code() const;
  Json document() const;  // study.json

 private:
  void read();
  void choose();
  const StudyPart* next_part();
  void run_part(const StudyPart& part);
  bool needs_failed(const StudyPart& part) const;
  void write() const;
  double spent() const;

  const StudyRequest& request_;
  const Interruption& interruption_;
  std::vector<StudyNetwork> networks_;  // each with its methods from the fastest to the slowest
  std::map<std::string, PartOutcome> outcomes_;
  StudySpeeds speeds_;
  double calibration_seconds_ = 0;
  StudyChoice choice_;
  bool same_budget_ = false;
  std::vector<StudyPart> parts_;
};

}  // namespace pellucid
