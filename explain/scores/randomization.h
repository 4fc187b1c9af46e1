// randomization.h: does a map depend on what the network has learnt?
//
// Cascading randomisation (Adebayo et al., "Sanity Checks for Saliency Maps", NeurIPS 2018): the
// weights of the last layer are drawn anew, then those of the last two, and so on to the first; after
// each the picture is explained again. A map that stays the same, by Spearman's correlation with the
// original, shows the picture and not the network.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "explain/explanation.h"
#include "nn/graph/model.h"

namespace pellucid {

// |Spearman| above it, with all weights drawn anew: the map does not follow the weights.
inline constexpr double kFollowsWeightsBound = 0.5;

// Calls visit(layer, model) for each layer that has weights, from the last to the first, with that
// layer's and all later ones' drawn anew (Model::initialise) and the others those of `model`. The
// draws are none that training began with, whatever its seed: the seed's upper half is another.
void randomize_cascading(
    Stream& stream, const Model& model, std::uint64_t seed,
    const std::function<void(const std::string& layer, const Model& model)>& visit);

struct WeightDependence {
  // By layer, from the last to the first; nothing where the new map is constant, or the original.
  std::vector<std::pair<std::string, std::optional<double>>> spearman;
  ExplanationCost cost;  // of the explanations
};

// For each of a picture's explanations. explain: with the methods of `explanations`, in their order.
using ExplainWith = std::function<std::vector<Explanation>(const Model&)>;
std::vector<WeightDependence> weight_dependence(Stream& stream, const Model& model,
                                                std::uint64_t seed,
                                                std::span<const Explanation> explanations,
                                                const ExplainWith& explain);

}  // namespace pellucid
