// lrn_row.cuh: the sums of local response normalisation, from wherever x lies.
#pragma once

#include "kernels/device/vector.cuh"
#include "kernels/lrn/lrn.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {
namespace {

// bias + alpha / size · Σ square(j) over the channels j of channel c's sum.
template <class Square>
__device__ __forceinline__ float lrn_denominator(const LrnShape& s, int c, const Square& square) {
  float squares = 0;
  for (int j = s.first_of(c); j <= s.last_of(c); ++j) squares += square(j);
  return fmaf(s.alpha / static_cast<float>(s.size), squares, s.bias);
}

// dx of channel c from its d and Σ dy·x·d^(−beta − 1).
__device__ __forceinline__ float lrn_derivative(const LrnShape& s, float x, float dy, float d,
                                                float sum) {
  const float factor = 2 * s.alpha * s.beta / static_cast<float>(s.size);
  return fmaf(dy, powf(d, -s.beta), -factor * x * sum);
}

}  // namespace
}  // namespace pellucid::PELLUCID_BACKEND
