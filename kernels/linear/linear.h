// linear.h: the fully connected layer, forward and backward.
//
//   forward   y[n,o]  = bias[o] + Σ_i x[n,i] · w[o,i]
//   dgrad     dx[n,i] = Σ_o dy[n,o] · w[o,i]
//   wgrad     dw[o,i] = Σ_n x[n,i] · dy[n,o],   dbias[o] = Σ_n dy[n,o]
//
// x: (N, I), w: (O, I), y: (N, O), fp32, row-major. forward and dgrad sum in an order that the summed
// extent alone fixes, so a row's result does not depend on the batch.
#pragma once

#include "kernels/variant.h"

namespace pellucid {

struct LinearShape {
  int n, inputs, outputs;
};

struct LinearArgs {
  LinearShape shape;
  const float* x;     // (N, I)
  const float* w;     // (O, I)
  const float* bias;  // (O) or null
  float* y;           // (N, O)
};

struct LinearDgradArgs {
  LinearShape shape;
  const float* dy;  // (N, O)
  const float* w;   // (O, I)
  float* dx;        // (N, I)
};

struct LinearWgradArgs {
  LinearShape shape;
  const float* x;   // (N, I)
  const float* dy;  // (N, O)
  float* dw;        // (O, I)
  float* dbias;     // (O) or null
};

// Throw Error for an extent < 1.
void linear(Stream& stream, const LinearArgs& args);
void linear_dgrad(Stream& stream, const LinearDgradArgs& args);
void linear_wgrad(Stream& stream, const LinearWgradArgs& args);

const VariantTable<LinearArgs>& linear_variants();
const VariantTable<LinearDgradArgs>& linear_dgrad_variants();
const VariantTable<LinearWgradArgs>& linear_wgrad_variants();

// The specification and the tests' oracle: plain loops, accumulating in double. T: float or double.
template <class T>
void linear_reference(const LinearShape& shape, const T* x, const T* w, const T* bias, T* y);
template <class T>
void linear_dgrad_reference(const LinearShape& shape, const T* dy, const T* w, T* dx);
template <class T>
void linear_wgrad_reference(const LinearShape& shape, const T* x, const T* dy, T* dw, T* dbias);

// The inputs that linear_v4_parts sums in a row, a multiple of 16: at least 128, and so many that there are at
// most 16 such parts. I alone decides, so that it may run the parts at once or one after another.
constexpr int linear_part_length(int inputs) {
  constexpr int kParts = 16, kMultiple = 16, kLeast = 128;
  const int even =
      (inputs / kParts + (inputs % kParts != 0) + kMultiple - 1) / kMultiple * kMultiple;
  return even < kLeast ? kLeast : even;
}

// All three do 2·N·I·O flops over the same three matrices.
Cost linear_cost(const LinearShape& shape);

}  // namespace pellucid

PELLUCID_DECLARE_KERNEL(linear_v1_naive, LinearArgs)
PELLUCID_DECLARE_KERNEL(linear_v2_tiled, LinearArgs)
PELLUCID_DECLARE_KERNEL(linear_v3_warp, LinearArgs)
PELLUCID_DECLARE_KERNEL(linear_v4_parts, LinearArgs)
PELLUCID_DECLARE_KERNEL(linear_dgrad_v1_naive, LinearDgradArgs)
PELLUCID_DECLARE_KERNEL(linear_dgrad_v2_tiled, LinearDgradArgs)
PELLUCID_DECLARE_KERNEL(linear_dgrad_v3_split, LinearDgradArgs)
PELLUCID_DECLARE_KERNEL(linear_wgrad_v1_naive, LinearWgradArgs)
PELLUCID_DECLARE_KERNEL(linear_wgrad_v2_tiled, LinearWgradArgs)
namespace pellucid::cpu {
void linear(Stream& stream, const LinearArgs& args);
void linear_dgrad(Stream& stream, const LinearDgradArgs& args);
void linear_wgrad(Stream& stream, const LinearWgradArgs& args);
// Built where oneDNN is (PELLUCID_HAS_ONEDNN).
void linear_onednn(Stream& stream, const LinearArgs& args);
void linear_dgrad_onednn(Stream& stream, const LinearDgradArgs& args);
void linear_wgrad_onednn(Stream& stream, const LinearWgradArgs& args);
}  // namespace pellucid::cpu
// linear_vendor.cu; cublas_takes() answers whether cuBLAS can be loaded.
namespace pellucid::cuda {
bool cublas_takes(const LinearArgs& args);
bool cublas_takes(const LinearDgradArgs& args);
bool cublas_takes(const LinearWgradArgs& args);
void linear_cublas(Stream& stream, const LinearArgs& args);
void linear_dgrad_cublas(Stream& stream, const LinearDgradArgs& args);
void linear_wgrad_cublas(Stream& stream, const LinearWgradArgs& args);
}  // namespace pellucid::cuda
