// score_summary.h: the scores of a method's maps, over the images of a run.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "runtime/formats/json.h"

namespace pellucid {

class ScoreSummary {
 public:
  // scores: "scores" of a record (explain_scores.h), or null of an image without.
  void add(const Json& scores);

  // "deletion AUC 0.31, …", empty without scores. A method whose maps stay as they are when all
  // weights are drawn anew (explain/scores/randomization.h) "does not follow the weights".
  std::string text() const;
  // {NAME: {"mean": x or null, "images": n}, …}: over the n images where a score is defined;
  // "randomization_spearman" by layer, "follows_weights" or null. null without scores.
  Json json() const;

 private:
  struct Mean {
    std::string name;
    double sum = 0, magnitudes = 0;
    int images = 0;
    double mean() const { return sum / images; }
  };
  static void add_to(std::vector<Mean>& means, const std::string& name, const Json& value);
  static Json describe(const Mean& mean);
  // Mean |Spearman| with all weights drawn anew; nothing if that was not asked for or is undefined.
  const Mean* all_drawn() const;
  bool follows_weights() const;

  std::vector<Mean> means_, by_layer_;  // in the records' order
};

}  // namespace pellucid
