// study_plan.h: a study as a list of parts, each a run of another program with files of its own. The list is a
// function of what was asked, of what was chosen of it and of what is done; docs/study.md says what lies where.
//
//     data          pellucid-data: counts and a sheet
//     training      pellucid-train: of one seed, or of all folds of a cross-validation
//     evaluation    pellucid-evaluate: of that network (of folds their training tells it)
//     maps          pellucid-explain: one method over the test images, with scores
//     sanity        the same over a few, with the scores of stability
//     profile       one or two pictures with a profile
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "apps/study_network.h"

namespace pellucid {

enum class PartKind { data, training, evaluation, maps, sanity, profile };
enum class PartState { waiting, done, failed, skipped, left_out };

// What became of a part, as study.json keeps it.
struct PartOutcome {
  std::vector<std::string> arguments;
  PartState state = PartState::waiting;
  double seconds = 0;
  int exit_code = 0;
  std::string error;
};

struct StudyPart {
  std::string id;       // "phantom/maps/gradcam"
  std::string network;  // its name
  PartKind kind = PartKind::data;
  std::string method;   // of maps, sanity and profile
  std::string seed;     // of training and evaluation: "1"
  int images = 0;       // of maps, sanity and profile; 0: all
  std::string program;  // "pellucid-explain"
  std::vector<std::string> arguments;
  std::vector<std::string> needs;    // ids
  std::vector<std::string> outputs;  // files that are there when it is done
  PartOutcome outcome;
};

// What is done of what was asked. The rest is left out, but for what is done already.
struct StudyChoice {
  int seeds = 0;                  // of each network the first so many; 0: all
  int images = 0;                 // at most so many of each network; 0: as asked
  std::set<std::string> without;  // "phantom/rise": methods of networks
};

// The parts in the order in which they run: of every network the first seed and all that is told of it, then the
// other seeds. Of a method those that take long come last, by `seconds_of` a part. outcomes: by id; one counts if
// its arguments are those of now, unless its outcome was a failure. device: of --device.
std::vector<StudyPart> study_parts(const std::vector<StudyNetwork>& networks,
                                   const StudyChoice& choice,
                                   const std::map<std::string, PartOutcome>& outcomes,
                                   const std::string& device);

// Of a network's first run: "seed1" or "given", and the model that it leaves: of folds the first one's.
std::string run_name(const StudyNetwork& network, std::size_t run);
std::string run_model(const StudyNetwork& network, std::size_t run);

// "phantom/seed1-evaluation" would be one of logs: the id with "-" for "/".
std::string file_name_of(const std::string& id);
const char* to_string(PartState state);
const char* to_string(PartKind kind);

// What the choice leaves out, in words: "seeds 2 and 3 of phantom", "12 of 24 images of phantom".
std::vector<std::string> left_out_text(const std::vector<StudyNetwork>& networks,
                                       const StudyChoice& choice,
                                       const std::vector<StudyPart>& parts);

Json describe_part(const StudyPart& part);
// Of a PART of study.json: its id, and what became of it.
std::pair<std::string, PartOutcome> read_outcome(const JsonView& view);

}  // namespace pellucid
