// weighted_sum.h: pictures added up with weights, which is how most maps of an explanation are made.
//
//   weighted_sum        y[n,i] = Σ_k w[k,n] · x[k,i]      of K pictures, the same for all n:
//                       RISE's Σ score · mask, the mean over layers
//   weighted_channels   y[n,i] = Σ_k w[n,k] · x[n,i,k]    of the K channels of each place:
//                       the class activation maps' Σ w · A
//
// All fp32 and row-major. The order of a sum is that of k and depends on K alone, and a result has the
// bits that the fully connected layer (kernels/linear) gives for the same product: weighted_sum those of
// linear_wgrad with x as its inputs and w as its gradient, weighted_channels those of linear with the
// places as its rows and one output.
#pragma once

#include "kernels/variant.h"

namespace pellucid {

struct WeightedSumArgs {
  const float* x;  // (K, I)
  const float* w;  // (K, N)
  float* y;        // (N, I)
  int n, i, k;
};

struct WeightedChannelsArgs {
  const float* x;  // (N, I, K)
  const float* w;  // (N, K)
  float* y;        // (N, I)
  int n, i, k;
};

// Throw Error for an extent < 1.
void weighted_sum(Stream& stream, const WeightedSumArgs& args);
void weighted_channels(Stream& stream, const WeightedChannelsArgs& args);

const VariantTable<WeightedSumArgs>& weighted_sum_variants();
const VariantTable<WeightedChannelsArgs>& weighted_channels_variants();

// The specification and the tests' oracle: plain loops, accumulating in double.
void weighted_sum_reference(const WeightedSumArgs& args);
void weighted_channels_reference(const WeightedChannelsArgs& args);

Cost weighted_sum_cost(const WeightedSumArgs& args);
Cost weighted_channels_cost(const WeightedChannelsArgs& args);

}  // namespace pellucid

PELLUCID_DECLARE_KERNEL(weighted_sum_v1_naive, WeightedSumArgs)
PELLUCID_DECLARE_KERNEL(weighted_sum_v2_vector, WeightedSumArgs)
PELLUCID_DECLARE_KERNEL(weighted_channels_v1_naive, WeightedChannelsArgs)
PELLUCID_DECLARE_KERNEL(weighted_channels_v2_warp, WeightedChannelsArgs)
namespace pellucid::cpu {
void weighted_sum(Stream& stream, const WeightedSumArgs& args);
void weighted_channels(Stream& stream, const WeightedChannelsArgs& args);
// Built where oneDNN is (PELLUCID_HAS_ONEDNN).
void weighted_sum_onednn(Stream& stream, const WeightedSumArgs& args);
void weighted_channels_onednn(Stream& stream, const WeightedChannelsArgs& args);
}  // namespace pellucid::cpu
