// stability.h: does a map stay when the picture hardly changes?
//
//   sensitivity-max = max over n draws of ‖Φ(x + δ) − Φ(x)‖ / ‖Φ(x)‖,  |δ_i| ≤ r
//
// (Yeh et al., "On the (In)fidelity and Sensitivity of Explanations", NeurIPS 2019), with Frobenius
// norms, as captum's sensitivity_max. Here δ is a whole number of grey levels, uniform from −⌊w r⌋ to
// ⌊w r⌋ with w the picture's white, 255 of 8 bits, and the pixel stays within 0 … w. The class explained
// stays that of x.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "explain/explanation.h"
#include "nn/data/dataset.h"
#include "runtime/random.h"

namespace pellucid {

inline constexpr double kSensitivityRadius = 0.02;                       // r; captum's default
inline constexpr std::uint64_t kSensitivityStream = 0x53454E5300000000;  // "SENS", + draw

// The picture with draw `draw` of the noise added to its pixels.
Sample perturbed_sample(const Sample& sample, double radius, std::uint64_t seed, int draw);

// ‖perturbed − map‖ / ‖map‖; nothing for a map of zeros. Throws Error if the sizes differ.
std::optional<double> relative_change(std::span<const float> map, std::span<const float> perturbed);

// Explains a sample with the methods of `explanations`, in their order.
using ExplainSample = std::function<std::vector<Explanation>(const Sample&)>;

struct Sensitivity {
  std::optional<double> maximum;
  ExplanationCost cost;  // of the explanations
};

// For each of the sample's explanations, over draws ≥ 1.
std::vector<Sensitivity> sensitivity_max(const Sample& sample,
                                         std::span<const Explanation> explanations, int draws,
                                         std::uint64_t seed, const ExplainSample& explain);

}  // namespace pellucid
