#include "apps/score_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "explain/record/figures.h"
#include "explain/scores/randomization.h"

namespace pellucid {
void ScoreSummary::add_to(std::vector<Mean>& means, const std::string& name, const Json& value) {
  auto mean =
      std::find_if(means.begin(), means.end(), [&](const Mean& each) { return each.name == name; });
  if (mean == means.end()) mean = means.insert(means.end(), {name});
  if (!value.is_number()) return;
  mean->sum += value.get<double>();
  mean->magnitudes += std::abs(value.get<double>());
  ++mean->images;
}

void ScoreSummary::add(const Json& scores) {
  for (const auto& [name, value] : scores.items()) {
    if (name != "randomization_spearman") add_to(means_, name, value);
    else if (value.is_object())
      for (const auto& [layer, spearman] : value.items()) add_to(by_layer_, layer, spearman);
  }
}

const ScoreSummary::Mean* ScoreSummary::all_drawn() const {
  return by_layer_.empty() || by_layer_.back().images == 0 ? nullptr : &by_layer_.back();
}

bool ScoreSummary::follows_weights() const {
  return all_drawn()->magnitudes / all_drawn()->images <= kFollowsWeightsBound;
}

std::string ScoreSummary::text() const {
  const auto listed = [](const std::vector<std::pair<std::string, const Mean*>>& means) {
    std::string out;
    for (const auto& [title, mean] : means)
      if (mean->images > 0)
        out += fmt::format("{}{} {:.3g}", out.empty() ? "" : ", ", title, mean->mean());
    return out;
  };
  std::vector<std::pair<std::string, const Mean*>> scores, layers;
  for (const Mean& mean : means_)
    for (const MapFigure& figure : map_figures())
      if (figure.name == mean.name && figure.in_summary) scores.emplace_back(figure.title, &mean);
  for (const Mean& mean : by_layer_) layers.emplace_back(mean.name, &mean);
  std::string out = listed(scores);
  if (!all_drawn()) return out;
  out += "; Spearman with weights drawn anew, from the last layer to: " + listed(layers);
  if (!follows_weights())
    out += fmt::format(
        "; does not follow the weights (|Spearman| {:.2f} with all of them drawn, "
        "above {})",
        all_drawn()->magnitudes / all_drawn()->images, kFollowsWeightsBound);
  return out;
}

Json ScoreSummary::describe(const Mean& mean) {
  return {{"mean", mean.images > 0 ? Json(mean.mean()) : Json(nullptr)}, {"images", mean.images}};
}

Json ScoreSummary::json() const {
  if (means_.empty()) return nullptr;
  Json out = Json::object();
  for (const Mean& mean : means_) out[mean.name] = describe(mean);
  if (by_layer_.empty()) return out;
  for (const Mean& mean : by_layer_) out["randomization_spearman"][mean.name] = describe(mean);
  out["follows_weights"] = all_drawn() ? Json(follows_weights()) : Json(nullptr);
  return out;
}

}  // namespace pellucid
