// optimizer.h: one step of Adam over parameter arrays, or of SGD with momentum over one.
//
//   Adam (Kingma and Ba, ICLR 2015, in the form of its §2's last paragraph, which Keras uses: ε is
//   added to the root of the uncorrected second moment, PyTorch adds it to the corrected one):
//     m ← β1·m + (1 − β1)·g,   v ← β2·v + (1 − β2)·g²
//     w ← w − lr · √(1 − β2^t) / (1 − β1^t) · m / (√v + ε)
//   SGD with momentum (PyTorch's form, no dampening):
//     m ← μ·m + g,   w ← w − lr·m
//
// All arrays have `count` ≥ 1 elements, fp32, of any layout; w, m, v are updated in place. 1 − β is
// taken in fp32 (exactly: β ≥ ½), so β2 = 0.999f acts as 0.99900001287. Multiply-adds are fused
// where written so in optimizer_step.cuh, the same on every device.
#pragma once

#include <cstdint>
#include <span>

#include "kernels/variant.h"

namespace pellucid {

struct AdamArray {
  float* w;
  const float* g;
  float* m;
  float* v;
  std::int64_t count;
};

struct AdamStep {
  float step_size;  // lr · √(1 − β2^t) / (1 − β1^t), computed by the caller in double
  float beta1, beta2, epsilon;
};

struct AdamArgs {
  std::span<const AdamArray> arrays;  // read on the host, before adam() returns
  AdamStep step;
};

struct SgdArgs {
  float* w;
  const float* g;
  float* m;
  std::int64_t count;
  float learning_rate, momentum;
};

// Throw Error for a count < 1, or no array.
void adam(Stream& stream, const AdamArgs& args);
void sgd(Stream& stream, const SgdArgs& args);

const VariantTable<AdamArgs>& adam_variants();
const VariantTable<SgdArgs>& sgd_variants();

template <class T>
void adam_reference(T* w, const T* g, T* m, T* v, std::int64_t count, double step_size,
                    double beta1, double beta2, double epsilon);
template <class T>
void sgd_reference(T* w, const T* g, T* m, std::int64_t count, double learning_rate,
                   double momentum);

Cost adam_cost(std::span<const AdamArray> arrays);
Cost sgd_cost(const SgdArgs& args);

}  // namespace pellucid

PELLUCID_DECLARE_KERNEL(adam_v1_naive, AdamArgs)
PELLUCID_DECLARE_KERNEL(adam_v2_vector, AdamArgs)
PELLUCID_DECLARE_KERNEL(adam_v3_table, AdamArgs)
PELLUCID_DECLARE_KERNEL(sgd_v1_naive, SgdArgs)
PELLUCID_DECLARE_KERNEL(sgd_v2_vector, SgdArgs)
namespace pellucid::cpu {
void adam(Stream& stream, const AdamArgs& args);
void sgd(Stream& stream, const SgdArgs& args);
}  // namespace pellucid::cpu
