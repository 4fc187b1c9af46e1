// perturbation_curves.h: deletion and insertion (Petsiuk, Das & Saenko, "RISE", BMVC 2018).
//
//   deletion   pixels give way to a baseline, those with the greatest values of the map first
//   insertion  pixels of the picture appear on the baseline in the same order
//   AUC        area under the score over the share of pixels changed, by the trapezoidal rule
//
// A good map has a small deletion AUC and a large insertion AUC. As torch-cam has it: a step takes
// ⌈P / most⌉ pixels and the last one what is left, the shares are the true ones. RISE's sum
// (Σ − first/2 − last/2) / n is the same where all steps are equal.
//
// The step at which a pixel changes is its superpixel, so that a point of a curve is a mask of one
// picture (explain/masks/masked_scores.h) and no perturbed picture is written.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "explain/masks/coalitions.h"

namespace pellucid {

struct PerturbationSteps {
  int count = 0;
  std::vector<double> shares;        // (count + 1): of the pixels changed, from 0 to 1
  std::vector<std::int32_t> labels;  // (pixels): the step at which a pixel changes, from 0
};

// order: a map's ranking() with the most relevant pixels first. Throws Error unless it has a pixel and
// 1 ≤ most ≤ kMaxFeatures.
PerturbationSteps perturbation_steps(std::span<const std::int32_t> order, int most);

// (2·steps, steps): row k has all steps but the first k, row steps + k the first k only.
HostCoalitions perturbation_masks(int steps);

struct PerturbationCurves {
  std::vector<double> deletion, insertion;  // (steps + 1): scores
  double deletion_auc = 0, insertion_auc = 0;
};

// scores: (2·steps), of perturbation_masks' rows.
PerturbationCurves perturbation_curves(const PerturbationSteps& steps,
                                       std::span<const double> scores);

}  // namespace pellucid
