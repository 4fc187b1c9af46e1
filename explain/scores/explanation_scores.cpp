#include "explain/scores/explanation_scores.h"

#include "explain/scores/agreement.h"
#include "explain/scores/randomization.h"
#include "explain/scores/stability.h"
#include "runtime/error.h"
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

MapScoreOptions options_of(const ScoreSettings& settings, const ExplainTask& task) {
  MapScoreOptions out = settings.maps;
  out.score = task.score;
  out.colour = task.colour;
  out.seed = task.seed;
  return out;
}

}  // namespace

std::optional<LesionArea> lesion_area(const Sample& sample, int height, int width) {
  if (!sample.lesion_mask.empty()) return area_of_mask(sample.lesion_mask, height, width);
  if (sample.annotation) return area_of_circle(*sample.annotation, height, width);
  return std::nullopt;
}

std::vector<Setting> ScoreSettings::settings() {
  std::vector<Setting> out;
  SettingGroup scores(out, "How good a map is");
  scores.whole("score_steps", maps.steps, 1, kMaxFeatures,
               "deletion and insertion: in so many steps");
  scores.parsed(
      "score_baseline", maps.baseline, "black|image-mean|LEVEL|blur(S)",
      "what a pixel shows that is deleted, or not yet inserted",
      [](const std::string& text) { return parse_baseline(text, "--score-baseline"); },
      baseline_text);
  scores.whole("score_sensitivity", sensitivity, 0, 1000,
               "sensitivity-max: explain so many slightly noisy copies of the image too; 0: none");
  scores.flag("score_randomize", randomize,
              "sanity check: explain again with the weights drawn anew, layer by layer");
  return out;
}

Json ScoreSettings::describe() const {
  return {{"steps", maps.steps},
          {"baseline", baseline_text(maps.baseline)},
          {"road_percentages", kRoadPercentages},
          {"road_noise", kRoadNoise},
          {"top_share", kTopShare},
          {"sensitivity_samples", sensitivity},
          {"sensitivity_radius", kSensitivityRadius},
          {"randomize", randomize}};
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

ExplanationScorer::ExplanationScorer(Stream& stream, const Model& model,
                                     const ScoreSettings& settings,
                                     const MethodSettings& of_methods, const ExplainTask& task)
    : stream_(stream),
      model_(model),
      settings_(settings),
      of_methods_(of_methods),
      task_(task),
      scorer_(stream, model, options_of(settings, task)) {}

// The class stays the one that was explained, whatever a perturbed picture or drawn weights predict.
Explainers ExplanationScorer::explainers(const Model& model,
                                         const std::vector<Explanation>& explanations) const {
  ExplainTask task = task_;
  task.target = {Target::Kind::fixed, explanations.front().target};
  task.maps_only = true;
  Methods methods;
  for (const Explanation& each : explanations) methods.push_back(find_method(each.method));
  return {stream_, model, of_methods_, methods, task};
}

ImageScores ExplanationScorer::scores(const Sample& sample,
                                      const std::vector<Explanation>& explanations) {
  const Explanation& first = explanations.front();
  const std::optional<LesionArea> lesion = lesion_area(sample, first.height, first.width);
  ImageScores out;
  for (const MapScores& s : scorer_.scores(sample, explanations, lesion ? &*lesion : nullptr))
    out.explanations.push_back(describe(s));
  out.agreement = agreement_of(explanations);

  if (settings_.sensitivity > 0) {
    Explainers again = explainers(model_, explanations);
    const std::vector<Sensitivity> found = sensitivity_max(
        sample, explanations, settings_.sensitivity, task_.seed, [&](const Sample& near) {
          return again.explain(Subject{&near, {}});
        });
    for (std::size_t i = 0; i < found.size(); ++i) {
      out.explanations[i]["scores"]["sensitivity_max"] = or_null(found[i].maximum);
      add_cost(out.explanations[i], found[i].cost);
    }
  }
  if (settings_.randomize) {
    const std::vector<WeightDependence> found =
        weight_dependence(stream_, model_, task_.seed, explanations, [&](const Model& drawn) {
          return explainers(drawn, explanations).explain(Subject{&sample, {}});
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
