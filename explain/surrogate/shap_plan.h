// shap_plan.h: which coalitions Kernel SHAP asks the model about, and their weights: the plan of
// shap's KernelExplainer (Lundberg & Lee, NeurIPS 2017).
//
// A coalition of s of the M features has the Shapley kernel's weight (M−1) / (C(M,s)·s·(M−s)). A
// size and its complement M−s go together. From the outside in, a size is enumerated completely
// while its share of the rows that are left would cover it; the rest of the rows are drawn from the
// sizes that remain, a drawn mask followed by its complement, a mask drawn again counted again;
// they carry the kernel mass that was not enumerated. The weights sum to 1.
//
// The rows are made on the device (kernels/coalition), but for numpy's draws.
#pragma once

#include <cstdint>
#include <vector>

#include "explain/masks/coalitions.h"

namespace pellucid {

struct ShapPlanOptions {
  int samples = 0;  // rows; 0: 2M + 2048. Never more than the 2^M − 2 coalitions there are
  SamplingRng rng = SamplingRng::philox;
  std::uint64_t seed = 0;    // numpy: below 2^32
  std::uint64_t stream = 0;  // philox
};

struct ShapPlan {
  Coalitions coalitions;  // without the empty and the full one
  Tensor multiplicity;    // (N), i32: how often a row was drawn, 1 if enumerated; undefined: 1 each
  int full_sizes = 0;     // sizes 1 … full_sizes (and their complements) are complete
  int enumerated = 0;     // rows of them, which are the first ones
  int drawn = 0;          // Σ multiplicity of the others
  bool exact = false;     // every coalition is there: the result is the Shapley value itself
};

// M = 0 and M = 1 need no coalition (rows = 0); M = 2 needs both of one feature. Throws Error for
// features outside 0 … 1024, samples outside 0 … 2^24, or a numpy seed of 2^32 and more.
ShapPlan shap_plan(Stream& stream, int features, const ShapPlanOptions& options);

// What one draw of a mask weighs.
double weight_of_draw(const ShapPlan& plan);

// (N) f64, sum 1; undefined for no rows.
Tensor shap_weights(Stream& stream, const ShapPlan& plan);

}  // namespace pellucid
