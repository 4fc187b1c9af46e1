// study_budget.h: how long the parts of a study take, and what of it fits into a time.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "apps/study_plan.h"

namespace pellucid {

// Of explaining a picture by a method.
struct MethodSpeed {
  double seconds = 0, bytes = 0;  // of map, scores, picture and record
  bool at_least = false;          // it was not waited for longer
};

// What was measured of a network on this machine (apps/study_calibration.h). Unknown is what is 0.
struct NetworkSpeed {
  double loading = 0;   // all data
  double start = 0;     // of explaining, until the first picture is there
  double training = 0;  // all epochs of one training, as if none stopped early, with loading
  bool training_at_least = false;
  double training_bytes = 0;
  double evaluation = 0;
  int images = 0;  // of the test subset
  std::map<std::string, MethodSpeed> methods;
};

using StudySpeeds = std::map<std::string, NetworkSpeed>;  // by network

Json describe_speeds(const StudySpeeds& speeds);
StudySpeeds read_speeds(const JsonView& view);

struct PredictedCost {
  double seconds = 0, bytes = 0;
  bool at_least = false;

  bool unknown() const { return at_least && seconds == 0; }
};

// What the parts take that are not done, as far as it is known. Those that are done say by how much the
// calibration was wrong, of their network and kind or, where it has none, of their kind.
class StudyPredictor {
 public:
  StudyPredictor(const StudySpeeds& speeds, const std::vector<StudyNetwork>& networks,
                 const std::vector<StudyPart>& parts);
  PredictedCost of(const StudyPart& part) const;

 private:
  PredictedCost calibrated(const StudyPart& part) const;

  const StudySpeeds& speeds_;
  const std::vector<StudyNetwork>& networks_;
  struct Sums {
    double taken = 0, predicted = 0;
  };
  std::map<std::string, Sums> of_kind_, of_network_;
};

// What a study takes beside that which is done.
double seconds_left(const std::vector<StudyPart>& parts, const StudyPredictor& predictor);

// What of the study fits into `seconds`, of which `spent` are gone: as many seeds as there is time for and at
// least one, then of as many images as do (halved down to six), then without the methods that take longest (of
// each network the fastest stays). images_fixed: maps have been made of so many images at most, which stays; 0:
// of none yet. What is done is left where it is.
struct BudgetQuestion {
  const std::vector<StudyNetwork>& networks;
  const std::map<std::string, PartOutcome>& outcomes;
  const StudySpeeds& speeds;
  const std::string& device;
  double seconds, spent;
  std::optional<int> images_fixed;
};
StudyChoice choose_within(const BudgetQuestion& question);

// "90", "45s", "20m", "1.5h" as seconds. Throws UsageError.
double parse_budget(const std::string& text);

}  // namespace pellucid
