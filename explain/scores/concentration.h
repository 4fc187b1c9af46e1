// concentration.h: is a map about few pixels or about all of them?
//
// Both are of |map|, as Quantus has them, so that evidence against a class counts too, and do not
// depend on its scale. They say nothing of whether the map is right.
#pragma once

#include <optional>
#include <span>

namespace pellucid {

// The Gini index (Chalasani et al., ICML 2020): Σ_i (2i − P − 1) a_i / (P Σ a), a = |map| ascending,
// i = 1 … P. 0: all pixels alike; 1 − 1/P: one pixel alone. Nothing for a map of zeros.
std::optional<double> sparseness(std::span<const float> map);

// The entropy (Bhatt, Weller & Moura, IJCAI 2020): −Σ p_i ln p_i in nats, p = |map| / Σ |map|. 0: one
// pixel alone; ln P: all pixels alike. Nothing for a map of zeros.
std::optional<double> complexity(std::span<const float> map);

}  // namespace pellucid
