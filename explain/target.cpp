#include "explain/target.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "runtime/error.h"

namespace pellucid {

std::string_view to_string(Score score) { return score == Score::logit ? "logit" : "probability"; }

Score parse_score(std::string_view name) {
  for (const Score score : {Score::logit, Score::probability})
    if (name == to_string(score)) return score;
  throw UsageError(concat("unknown score '", name, "' (known: logit, probability)"));
}

Target parse_target(const std::string& text, const std::vector<std::string>& class_names) {
  if (text == "predicted") return {Target::Kind::predicted};
  if (text == "true") return {Target::Kind::truth};
  const auto named = std::find(class_names.begin(), class_names.end(), text);
  if (named != class_names.end())
    return {Target::Kind::fixed, static_cast<int>(named - class_names.begin())};
  int index = -1;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, index);
  if (error == std::errc{} && stop == end && index >= 0 &&
      static_cast<std::size_t>(index) < class_names.size())
    return {Target::Kind::fixed, index};
  std::string known = "predicted, true";
  for (const std::string& name : class_names) known += ", " + name;
  throw UsageError(concat("unknown target '", text, "' (known: ", known, ", or an index from 0 to ",
                          class_names.size() - 1, ")"));
}

int target_label(const Target& target, int predicted, const std::optional<int>& truth) {
  if (target.kind == Target::Kind::predicted) return predicted;
  if (target.kind == Target::Kind::fixed) return target.label;
  require(truth.has_value(),
          "target true: the true class of this image is not known; choose a "
          "class or predicted");
  return *truth;
}

std::vector<float> score_gradient(std::span<const float> logits, int label, Score score) {
  const auto target = static_cast<std::size_t>(label);
  std::vector<float> gradient(logits.size());
  if (score == Score::logit) {
    gradient[target] = 1;
    return gradient;
  }
  const double largest = *std::max_element(logits.begin(), logits.end());
  double total = 0, others = 0;
  for (std::size_t j = 0; j < logits.size(); ++j) {
    const double e = std::exp(logits[j] - largest);
    total += e;
    if (j != target) others += e;
  }
  const double p = std::exp(logits[target] - largest) / total;
  for (std::size_t j = 0; j < logits.size(); ++j)
    gradient[j] = static_cast<float>(j == target ? p * (others / total)
                                                 : -p * (std::exp(logits[j] - largest) / total));
  return gradient;
}

}  // namespace pellucid
