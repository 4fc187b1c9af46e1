#include "explain/target.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>

#include "runtime/error.h"

namespace pellucid {

namespace {

std::vector<double> probabilities_of(std::span<const float> logits) {
  const double largest = *std::max_element(logits.begin(), logits.end());
  std::vector<double> p;
  for (const float logit : logits) p.push_back(std::exp(logit - largest));
  const double total = std::accumulate(p.begin(), p.end(), 0.0);
  for (double& each : p) each /= total;
  return p;
}

// 1 − p of a class, to more digits than the subtraction gives where p is near 1.
double complement(const std::vector<double>& p, std::size_t label) {
  double others = 0;
  for (std::size_t j = 0; j < p.size(); ++j)
    if (j != label) others += p[j];
  return others;
}

}  // namespace

std::string_view to_string(Score score) { return score == Score::logit ? "logit" : "probability"; }

Score parse_score(std::string_view name, Outputs outputs) {
  if (name == to_string(Score::logit)) return Score::logit;
  if (name == to_string(Score::probability)) {
    if (outputs == Outputs::winners)
      throw UsageError(
          "a segmenter's scores are sums over places, which have no probability: choose --score "
          "logit");
    if (outputs == Outputs::values)
      throw UsageError(
          "the network's outputs are values, which have no probability: choose --score logit");
    return outputs == Outputs::labels ? Score::label_probability : Score::probability;
  }
  throw UsageError(concat("unknown score '", name, "' (known: logit, probability)"));
}

int ranked_count(std::string_view text) {
  constexpr std::string_view prefix = "top";
  if (!text.starts_with(prefix) || text.size() == prefix.size()) return 0;
  text.remove_prefix(prefix.size());
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) return 0;
  int count = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  return error == std::errc{} && count > 0 ? count : -1;
}

Target parse_target(const std::string& text, const std::vector<std::string>& class_names) {
  if (text == "predicted") return {Target::Kind::predicted};
  if (text == "true") return {Target::Kind::truth};
  if (const int count = ranked_count(text); count != 0) {
    if (count < 0 || static_cast<std::size_t>(count) > class_names.size() ||
        count > kTargetMaxRanked)
      throw UsageError(concat("target '", text, "': the network has ", class_names.size(),
                              " outputs (expected top1 to top",
                              std::min<std::size_t>(class_names.size(), kTargetMaxRanked), ")"));
    return {.kind = Target::Kind::ranked, .count = count};
  }
  constexpr std::string_view prefix = "class:";
  const bool prefixed = text.starts_with(prefix);
  const auto named = std::find(class_names.begin(), class_names.end(),
                               prefixed ? text.substr(prefix.size()) : text);
  if (named != class_names.end())
    return {Target::Kind::fixed, static_cast<int>(named - class_names.begin())};
  int index = -1;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, index);
  if (error == std::errc{} && stop == end && index >= 0 &&
      static_cast<std::size_t>(index) < class_names.size())
    return {Target::Kind::fixed, index};
  constexpr std::size_t kShown = 20;  // of a thousand classes nobody reads the list
  std::string known = "predicted, true, topK";
  for (std::size_t c = 0; c < std::min(kShown, class_names.size()); ++c)
    known += ", " + class_names[c];
  if (class_names.size() > kShown) known += ", …";
  throw UsageError(concat("unknown target '", text, "' (known: ", known, ", or an index from 0 to ",
                          class_names.size() - 1, ")"));
}

std::vector<int> ranked_labels(std::span<const float> logits, Outputs outputs, int count) {
  for (const float logit : logits)
    require(std::isfinite(logit), "a score is not finite (", logit,
            "); the model's weights may have diverged");
  std::vector<int> labels;
  for (std::size_t i = 0; i < logits.size(); ++i)
    if (outputs != Outputs::winners || logits[i] != 0) labels.push_back(static_cast<int>(i));
  std::stable_sort(labels.begin(), labels.end(), [&](int a, int b) {
    const float of_a = logits[static_cast<std::size_t>(a)],
                of_b = logits[static_cast<std::size_t>(b)];
    return outputs == Outputs::winners ? std::abs(of_a) > std::abs(of_b) : of_a > of_b;
  });
  labels.resize(std::min(labels.size(), static_cast<std::size_t>(count)));
  return labels;
}

int target_label(const Target& target, int predicted, const std::optional<int>& truth) {
  if (target.kind == Target::Kind::predicted) return predicted;
  if (target.kind == Target::Kind::fixed) return target.label;
  if (target.kind == Target::Kind::ranked) return truth.value();
  require(truth.has_value(),
          "target true: the true class of this image is not known; choose a "
          "class or predicted");
  return *truth;
}

namespace {

double logistic(double x) { return 1 / (1 + std::exp(-x)); }

}  // namespace

double score_value(std::span<const float> logits, int label, Score score) {
  const auto target = static_cast<std::size_t>(label);
  if (score == Score::label_probability) return logistic(logits[target]);
  return score == Score::logit ? logits[target] : probabilities_of(logits)[target];
}

double score_difference(std::span<const float> a, std::span<const float> b, int label,
                        Score score) {
  const auto target = static_cast<std::size_t>(label);
  if (score == Score::logit) return double{a[target]} - b[target];
  if (score == Score::label_probability)
    return a[target] < 0 ? logistic(a[target]) - logistic(b[target])
                         : logistic(-double{b[target]}) - logistic(-double{a[target]});
  const std::vector<double> of_a = probabilities_of(a), of_b = probabilities_of(b);
  return of_a[target] < 0.5 ? of_a[target] - of_b[target]
                            : complement(of_b, target) - complement(of_a, target);
}

std::vector<float> score_gradient(std::span<const float> logits, int label, Score score) {
  const auto target = static_cast<std::size_t>(label);
  std::vector<float> gradient(logits.size());
  if (score == Score::logit) {
    gradient[target] = 1;
    return gradient;
  }
  if (score == Score::label_probability) {
    gradient[target] =
        static_cast<float>(logistic(logits[target]) * logistic(-double{logits[target]}));
    return gradient;
  }
  const std::vector<double> p = probabilities_of(logits);
  for (std::size_t j = 0; j < p.size(); ++j)
    gradient[j] = static_cast<float>(p[target] * (j == target ? complement(p, target) : -p[j]));
  return gradient;
}

}  // namespace pellucid
