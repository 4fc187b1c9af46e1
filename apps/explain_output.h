// explain_output.h: what pellucid-explain writes for an image.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "apps/explain_inputs.h"
#include "apps/explain_scores.h"
#include "explain/explanation.h"
#include "explain/target.h"
#include "runtime/formats/json.h"

namespace pellucid {

// What is the same for all images of a run.
struct ExplainRun {
  Json program;   // describe_program
  Json settings;  // every option, and hashes of what they name
  std::string model_name;
  std::string weights_note;  // "weights drawn anew, seed 3", or empty
  Target target;
  Score score = Score::logit;
  std::vector<std::string> class_names;
  std::filesystem::path folder;
};

// One line of the summary: a method's explanation of an image.
struct ExplainedImage {
  std::string id, method;
  std::string predicted, truth, target;  // class names; truth may be empty
  double probability = 0;                // of the predicted class
  bool uniform = false;
  std::optional<bool> hit;  // the pointing game, where a lesion is annotated
  double lesion_share = 0;
  double seconds = 0;
  std::int64_t forwards = 0;
  std::string picture;
  Json scores;  // "scores" of its record, null without --scores
};

// Writes ID.METHOD.png (overlay) and ID.METHOD.npy (the map at the input's size) for each method,
// and one ID.json. scores: of the explanations, or null.
std::vector<ExplainedImage> write_explanations(const ExplainRun& run, const ExplainInput& input,
                                               const Sample& sample,
                                               const std::vector<Explanation>& explanations,
                                               const ImageScores* scores = nullptr);

// What write_explanations returned for an image when it was explained before, as its ID.json tells;
// nothing if there is none. Throws Error if it was explained otherwise than this run would.
std::optional<std::vector<ExplainedImage>> read_explanations(const ExplainRun& run,
                                                             const ExplainInput& input);

}  // namespace pellucid
