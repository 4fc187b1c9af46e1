// target.h: what an explanation is about: which class, and which score of it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nn/graph/graph_json.h"

namespace pellucid {

// logit: the value before the softmax, which keeps the evidence for one class apart from that for
// the others. probability: after it, as in Balve & Hendrix (CHIL 2024); its gradient fades where
// the model is certain.
// label_probability: the same of labels that are each for itself.
enum class Score { logit, probability, label_probability };

std::string_view to_string(Score score);
// Throws UsageError on another name, and for the probability of outputs that are values.
Score parse_score(std::string_view name, Outputs outputs = Outputs::classes);

// ranked: the classes that the network finds most likely, each explained for itself (Subject::rank).
struct Target {
  enum class Kind { predicted, truth, fixed, ranked };
  Kind kind = Kind::predicted;
  int label = 0;  // of a fixed class
  int count = 1;  // of ranked ones
};

// What is asked, whatever the method.
struct ExplainTask {
  Target target;
  Score score = Score::logit;
  bool colour = false;     // pictures are (h, w, 3), RGB, for a model of three channels
  std::uint64_t seed = 0;  // of all that is drawn
  bool maps_only = false;  // what changes no map, such as repetitions, is left out
};

inline constexpr int kTargetMaxRanked = 1000;
// K of "topK"; 0: it is another word; −1: no such number.
int ranked_count(std::string_view text);

// "predicted", "true", "topK", K from 1 to as many as there are classes, a class by name or index, or "class:NAME",
// whatever the name. Throws UsageError naming the classes.
Target parse_target(const std::string& text, const std::vector<std::string>& class_names);

// The labels of the largest logits, the largest first, of equal ones the first; of winners' sums by their absolute values,
// and without the classes that win nowhere. At most `count`. Throws Error for a logit that is not finite.
std::vector<int> ranked_labels(std::span<const float> logits, Outputs outputs, int count);

// The class to explain. Throws Error if it is the true one and no label is known. Of ranked ones it is that of the
// subject, which Explainers has found: `truth`.
int target_label(const Target& target, int predicted, const std::optional<int>& truth);

// The score of a class, and how far it is greater for `a` than for `b`; in double, a difference of
// probabilities near 1 from those of the other classes.
double score_value(std::span<const float> logits, int label, Score score);
double score_difference(std::span<const float> a, std::span<const float> b, int label, Score score);

// ∂score/∂logits of a class, (classes), as the seed of a backward pass from the logits. In double, and
// for a probability p with 1 − p as the sum of the other classes', so that it stays right where p
// rounds to 1.
std::vector<float> score_gradient(std::span<const float> logits, int label, Score score);

}  // namespace pellucid
