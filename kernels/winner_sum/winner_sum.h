// winner_sum.h: one score a class of a segmenter's logits: their sum over the places where the class wins, as
// SemanticSegmentationTarget of pytorch-grad-cam has it, or over the places of a mask; forward and backward.
//
//   winner[n,p] = the smallest k of those with the largest x[n,p,k]; a NaN never wins, and where nothing is
//                 above −∞, class 0 does
//   y[n,k]      = Σ_p x[n,p,k] over the places p with winner[n,p] = k, or, with a mask, with mask[p] ≠ 0
//   backward      dx[n,p,k] = dy[n,k] at these places, 0 elsewhere: the choice is not differentiated
//
// x: (N, H, W, classes) in memory, a place p = 0 … H·W − 1. Sums have an order of their own that depends on
// places and classes alone, so an image's bits do not change with N.
#pragma once

#include <cstdint>

#include "kernels/variant.h"

namespace pellucid {

struct WinnerSumShape {
  int n, places, classes;

  constexpr std::int64_t rows() const { return std::int64_t{n} * places; }
  constexpr std::int64_t values() const { return rows() * classes; }
  constexpr std::int64_t sums() const { return std::int64_t{n} * classes; }
};

// Either a mask or winners.
struct WinnerSumArgs {
  WinnerSumShape shape;
  const float* x;        // (n, places, classes)
  const float* mask;     // (places), of all images, or null
  std::int32_t* winner;  // (n, places), written, or null with a mask
  float* y;              // (n, classes)
};

struct WinnerSumBackwardArgs {
  WinnerSumShape shape;
  const float* dy;             // (n, classes)
  const float* mask;           // (places), or null
  const std::int32_t* winner;  // (n, places), the forward's, or null with a mask
  float* dx;                   // (n, places, classes)
};

// Throw Error for an extent < 1, or unless there is one of mask and winner.
void winner_sum(Stream& stream, const WinnerSumArgs& args);
void winner_sum_backward(Stream& stream, const WinnerSumBackwardArgs& args);

const VariantTable<WinnerSumArgs>& winner_sum_variants();
const VariantTable<WinnerSumBackwardArgs>& winner_sum_backward_variants();

// The specification and the tests' oracle, accumulating in double. T: float or double.
template <class T>
void winner_sum_reference(const WinnerSumShape& shape, const T* x, const float* mask,
                          std::int32_t* winner, T* y);
template <class T>
void winner_sum_backward_reference(const WinnerSumShape& shape, const T* dy, const float* mask,
                                   const std::int32_t* winner, T* dx);

Cost winner_sum_cost(const WinnerSumArgs& args);
Cost winner_sum_backward_cost(const WinnerSumBackwardArgs& args);

}  // namespace pellucid

PELLUCID_DECLARE_KERNEL(winner_sum_v1_naive, WinnerSumArgs)
PELLUCID_DECLARE_KERNEL(winner_sum_v2_parts, WinnerSumArgs)
PELLUCID_DECLARE_KERNEL(winner_sum_backward_v1_naive, WinnerSumBackwardArgs)
PELLUCID_DECLARE_KERNEL(winner_sum_backward_v2_vector, WinnerSumBackwardArgs)
namespace pellucid::cpu {
void winner_sum(Stream& stream, const WinnerSumArgs& args);
void winner_sum_backward(Stream& stream, const WinnerSumBackwardArgs& args);
}  // namespace pellucid::cpu
