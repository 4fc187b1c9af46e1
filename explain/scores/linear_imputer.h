// linear_imputer.h: missing pixels of a picture as weighted means of their eight neighbours
// (Rong et al., "A Consistent and Efficient Evaluation Strategy for Attribution Methods", ICML 2022).
//
//   x_i = Σ w_ij x_j / Σ w_ij   over the neighbours within the picture, w = 1/6 for the four that
//                               share an edge, 1/12 for the four that share a corner
//
// One sparse, symmetric, positive definite system in double, whose Cholesky factor serves all
// channels.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace pellucid {

// picture: (height, width, channels); missing: (height, width), not 0 where a pixel is to be imputed.
// Throws Error if the sizes do not fit or no pixel is known.
std::vector<float> impute(std::span<const float> picture, std::span<const std::uint8_t> missing,
                          int height, int width, int channels);

}  // namespace pellucid
