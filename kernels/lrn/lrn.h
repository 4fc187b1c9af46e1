// lrn.h: local response normalisation across channels (Krizhevsky, Sutskever & Hinton 2012), as ONNX's LRN,
// forward and backward. PyTorch's LocalResponseNorm is the same for an odd size; an even one has its longer
// side before c there.
//
//   d[r,c]  = bias + alpha / size · Σ_j x[r,j]²,   j from max(0, c − ⌊(size − 1)/2⌋) to
//                                                  min(C − 1, c + ⌈(size − 1)/2⌉)
//   y[r,c]  = x[r,c] · d[r,c]^(−beta)
//   backward  dx[r,c] = dy[r,c] · d[r,c]^(−beta)
//                       − 2·alpha·beta / size · x[r,c] · Σ_i dy[r,i]·x[r,i]·d[r,i]^(−beta − 1)
//             over the i whose sum holds c
//
// Activations (N, H, W, C), fp32: a row r is a pixel. Sums are over channels upwards.
#pragma once

#include <cstdint>

#include "kernels/variant.h"

namespace pellucid {

struct LrnShape {
  std::int64_t rows;
  int channels, size;
  float alpha, beta, bias;

  // The first and last channel of the sum of channel c, and of the sums that hold channel c.
  constexpr int first_of(int c) const { return c > (size - 1) / 2 ? c - (size - 1) / 2 : 0; }
  constexpr int last_of(int c) const {
    return c < channels - size / 2 ? c + size / 2 : channels - 1;
  }
  constexpr int first_with(int c) const { return c > size / 2 ? c - size / 2 : 0; }
  constexpr int last_with(int c) const {
    return c < channels - (size - 1) / 2 ? c + (size - 1) / 2 : channels - 1;
  }
};

struct LrnArgs {
  LrnShape shape;
  const float* x;  // (rows, channels)
  float* y;        // (rows, channels); not x
};

struct LrnBackwardArgs {
  LrnShape shape;
  const float* x;   // (rows, channels), the forward's
  const float* dy;  // (rows, channels)
  float* dx;        // (rows, channels); neither x nor dy
};

// Throw Error for rows or channels < 1 and a size outside 1 … 2^20. Nothing keeps d from being 0 or less but
// a positive bias and an alpha that is not negative.
void lrn(Stream& stream, const LrnArgs& args);
void lrn_backward(Stream& stream, const LrnBackwardArgs& args);

const VariantTable<LrnArgs>& lrn_variants();
const VariantTable<LrnBackwardArgs>& lrn_backward_variants();

// The specification and the tests' oracle, accumulating in double. T: float or double.
template <class T>
void lrn_reference(const LrnShape& shape, const T* x, T* y);
template <class T>
void lrn_backward_reference(const LrnShape& shape, const T* x, const T* dy, T* dx);

Cost lrn_cost(const LrnArgs& args);
Cost lrn_backward_cost(const LrnBackwardArgs& args);

}  // namespace pellucid

PELLUCID_DECLARE_KERNEL(lrn_v1_naive, LrnArgs)
PELLUCID_DECLARE_KERNEL(lrn_v2_shared, LrnArgs)
PELLUCID_DECLARE_KERNEL(lrn_backward_v1_naive, LrnBackwardArgs)
PELLUCID_DECLARE_KERNEL(lrn_backward_v2_shared, LrnBackwardArgs)
namespace pellucid::cpu {
void lrn(Stream& stream, const LrnArgs& args);
void lrn_backward(Stream& stream, const LrnBackwardArgs& args);
}  // namespace pellucid::cpu
