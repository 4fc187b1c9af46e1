#include "apps/explain_scores.h"

#include "explain/scores/agreement.h"
#include "explain/scores/randomization.h"
#include "explain/scores/stability.h"
#include "runtime/parallel.h"

namespace pellucid {
namespace {

Json or_null(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

Json describe(const MapScores& s) {
  const auto of = [](const auto& part, auto member) {
    return part ? Json((*part).*member) : Json(nullptr);
  };
  return {{"scores",
           {{"deletion_auc", of(s.curves, &PerturbationCurves::deletion_auc)},
            {"insertion_auc", of(s.curves, &PerturbationCurves::insertion_auc)},
            {"road_morf", of(s.road, &RoadCurves::mean_morf)},
            {"road_lerf", of(s.road, &RoadCurves::mean_lerf)},
            {"road_combined", of(s.road, &RoadCurves::combined)},
            {"pointing_game", s.pointing_game ? Json(int{*s.pointing_game}) : Json(nullptr)},
            {"mass_accuracy", or_null(s.mass_accuracy)},
            {"rank_accuracy", or_null(s.rank_accuracy)},
            {"sparseness", or_null(s.sparseness)},
            {"complexity", or_null(s.complexity)},
            {"sensitivity_max", nullptr},
            {"randomization_spearman", nullptr}}},
          {"score_curves",
           {{"deletion", of(s.curves, &PerturbationCurves::deletion)},
            {"insertion", of(s.curves, &PerturbationCurves::insertion)},
            {"road_morf", of(s.road, &RoadCurves::morf)},
            {"road_lerf", of(s.road, &RoadCurves::lerf)}}},
          {"score_cost", {{"seconds", s.seconds}, {"forwards", s.forwards}}}};
}

void add_cost(Json& described, const ExplanationCost& cost) {
  Json& total = described["score_cost"];
  total["seconds"] = total["seconds"].get<double>() + cost.seconds;
  total["forwards"] = total["forwards"].get<std::int64_t>() + cost.forwards;
}

Json agreement_of(const std::vector<Explanation>& explanations) {
  if (explanations.size() < 2) return nullptr;
  std::vector<std::vector<double>> ranks(explanations.size());
  parallel_for(ranks.size(), [&](std::size_t i) { ranks[i] = average_ranks(explanations[i].map); });
  Json spearman = Json::object(), overlap = Json::object();
  for (std::size_t i = 0; i < explanations.size(); ++i)
    for (std::size_t j = i + 1; j < explanations.size(); ++j) {
      const Explanation &a = explanations[i], &b = explanations[j];
      const std::string pair = a.method + "|" + b.method;
      spearman[pair] = or_null(correlation(ranks[i], ranks[j]));
      overlap[pair] =
          a.uniform || b.uniform ? Json(nullptr) : Json(top_overlap(a.map, b.map, kTopShare));
    }
  return {{"spearman", std::move(spearman)}, {"top_overlap", std::move(overlap)}};
}

}  // namespace

std::optional<LesionArea> lesion_area(const Sample& sample, int height, int width) {
  if (!sample.lesion_mask.empty()) return area_of_mask(sample.lesion_mask, height, width);
  if (sample.annotation) return area_of_circle(*sample.annotation, height, width);
  return std::nullopt;
}

ExplanationScorer::ExplanationScorer(Stream& stream, const Model& model,
                                     const ExplainOptions& options,
                                     const std::vector<std::string>& methods, bool colour)
    : stream_(stream),
      model_(model),
      options_(options),
      methods_(methods),
      colour_(colour),
      scorer_(stream, model, map_score_options(options, colour)) {}

// The class stays the one that was explained, whatever a perturbed picture or drawn weights predict.
// Only maps are asked for: repetitions, which change none, are left out.
Explainers ExplanationScorer::explainers(const Model& model, int target) const {
  ExplainOptions options = options_;
  options.repeat = 1;
  return {stream_, model, options, methods_, {Target::Kind::fixed, target}, colour_};
}

ImageScores ExplanationScorer::scores(const Sample& sample,
                                      const std::vector<Explanation>& explanations) {
  const Explanation& first = explanations.front();
  const std::optional<LesionArea> lesion = lesion_area(sample, first.height, first.width);
  ImageScores out;
  for (const MapScores& s : scorer_.scores(sample, explanations, lesion ? &*lesion : nullptr))
    out.explanations.push_back(describe(s));
  out.agreement = agreement_of(explanations);

  if (options_.score_sensitivity > 0) {
    Explainers again = explainers(model_, first.target);
    const std::vector<Sensitivity> found = sensitivity_max(
        sample, explanations, options_.score_sensitivity, options_.seed, [&](const Sample& near) {
          return again.explain(Subject{&near, {}});
        });
    for (std::size_t i = 0; i < found.size(); ++i) {
      out.explanations[i]["scores"]["sensitivity_max"] = or_null(found[i].maximum);
      add_cost(out.explanations[i], found[i].cost);
    }
  }
  if (options_.score_randomize) {
    const std::vector<WeightDependence> found =
        weight_dependence(stream_, model_, options_.seed, explanations, [&](const Model& drawn) {
          return explainers(drawn, first.target).explain(Subject{&sample, {}});
        });
    for (std::size_t i = 0; i < found.size(); ++i) {
      Json& by_layer = out.explanations[i]["scores"]["randomization_spearman"] = Json::object();
      for (const auto& [layer, spearman] : found[i].spearman) by_layer[layer] = or_null(spearman);
      add_cost(out.explanations[i], found[i].cost);
    }
  }
  return out;
}

}  // namespace pellucid
