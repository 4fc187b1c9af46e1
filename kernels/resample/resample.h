// resample.h: pictures whose rows and columns are weighted sums of others: resizing, whatever the rule
// (resample_table.h), and its derivative, which takes the transposed tables.
//
//   y[n,p,q,c] = Σ_a Σ_b R[p,a]·C[q,b]·x[n,a,b,c]
//
// R (P, H) and C (Q, W) are matrices of which each row has its few weights side by side. Sums run over
// ascending a and b. A row of no weights is 0.
//
// x: (N, H, W, C), y: (N, P, Q, C), fp32; every extent ≥ 1; W·C and Q·C below 2^31. y may not overlap x.
#pragma once

#include "kernels/resample/resample_table.h"
#include "kernels/variant.h"
#include "runtime/tensor.h"

namespace pellucid {

// On the device; what a table's taps and weights say must lie within the input.
struct ResampleAxis {
  const ResampleTaps* taps;  // (outputs + 1)
  const float* weights;
};

// A table's copy on the stream's device, which outlives the call that reads it.
class DeviceResampleTable {
 public:
  DeviceResampleTable(Stream& stream, const ResampleTable& table);
  ResampleAxis axis() const;

 private:
  Tensor taps_, weights_;
};

struct ResampleArgs {
  const float* x;  // (N, H, W, C)
  float* y;        // (N, P, Q, C)
  int n, h, w, c;
  int p, q;
  ResampleAxis rows, columns;
};

// Throws Error for an extent outside those ranges.
void resample(Stream& stream, const ResampleArgs& args);

const VariantTable<ResampleArgs>& resample_variants();

// The specification and the tests' oracle; sums are double. T: float or double.
template <class T>
void resample_reference(const T* x, T* y, int n, int h, int w, int c, const ResampleTable& rows,
                        const ResampleTable& columns);

Cost resample_cost(const ResampleArgs& args);

}  // namespace pellucid

PELLUCID_DECLARE_KERNEL(resample_v1_naive, ResampleArgs)
PELLUCID_DECLARE_KERNEL(resample_v2_vector, ResampleArgs)
namespace pellucid::cpu {
void resample(Stream& stream, const ResampleArgs& args);
}  // namespace pellucid::cpu
