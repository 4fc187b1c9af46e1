#include "apps/score_summary.h"

#include <doctest/doctest.h>

using namespace pellucid;

namespace {

// Of an image whose map has these rank correlations with the maps of networks with drawn weights.
Json scores_of(double last_layer, const Json& all_layers) {
  return {{"deletion_auc", 0.25},
          {"mass_accuracy", nullptr},
          {"randomization_spearman", {{"fc", last_layer}, {"conv1", all_layers}}}};
}

ScoreSummary summary_of(const std::vector<Json>& images) {
  ScoreSummary summary;
  for (const Json& scores : images) summary.add(scores);
  return summary;
}

}  // namespace

TEST_CASE("score summary: a map that does not change when weights are drawn anew is reported") {
  // Both signs count: a map turned upside down has not followed the weights either.
  const ScoreSummary deaf = summary_of({scores_of(0.9, 0.8), scores_of(0.7, -0.6)});
  CHECK(deaf.text().find("does not follow the weights (|Spearman| 0.70 with all of them drawn, "
                         "above 0.5)") != std::string::npos);
  CHECK(deaf.json()["follows_weights"] == false);
  CHECK(deaf.json()["randomization_spearman"]["conv1"]["mean"].get<double>() ==
        doctest::Approx(0.1));

  // What counts is the network with no weight of its own left.
  const ScoreSummary following = summary_of({scores_of(0.9, 0.3), scores_of(0.9, -0.6)});
  CHECK(following.text().find("does not follow") == std::string::npos);
  CHECK(following.json()["follows_weights"] == true);

  // Nothing is known where the map of drawn weights is constant.
  const ScoreSummary unknown = summary_of({scores_of(0.9, nullptr)});
  CHECK(unknown.json()["follows_weights"].is_null());
}

TEST_CASE("score summary: means are of the images where a score is defined") {
  Json second = scores_of(0, 0);
  second["deletion_auc"] = 0.75;
  second["mass_accuracy"] = 0.5;
  const Json means = summary_of({scores_of(0, 0), second}).json();
  CHECK(means["deletion_auc"] == Json{{"mean", 0.5}, {"images", 2}});
  CHECK(means["mass_accuracy"] == Json{{"mean", 0.5}, {"images", 1}});
  CHECK(ScoreSummary().text().empty());
  CHECK(ScoreSummary().json().is_null());
}
