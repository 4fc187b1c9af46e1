// dropout.h: inverted dropout (Srivastava et al., JMLR 2014), forward and backward in one kernel:
// both multiply by the same mask, which is recomputed from the key and never stored.
//
//   y[i] = random_uniform(key, i) < rate ? 0 : x[i] / (1 − rate)
//
// 0 ≤ rate < 1, count ≥ 1, fp32 of any layout. Backward is the same call on dy with the same key. y
// may be x. The numbers are Philox's (runtime/random.h), equal on every device; 1 / (1 − rate) is
// rounded once and multiplied, so that the devices agree bit for bit.
#pragma once

#include <cstdint>

#include "kernels/variant.h"
#include "runtime/random.h"

namespace pellucid {

struct DropoutArgs {
  const float* x;
  float* y;
  std::int64_t count;
  float rate;
  RandomKey key;
};

// Throws Error for a rate outside [0, 1) or a count < 1.
void dropout(Stream& stream, const DropoutArgs& args);

const VariantTable<DropoutArgs>& dropout_variants();

template <class T>
void dropout_reference(const T* x, T* y, std::int64_t count, float rate, RandomKey key);

Cost dropout_cost(const DropoutArgs& args);

// What a kept element is multiplied by.
inline float dropout_scale(float rate) { return static_cast<float>(1.0 / (1.0 - double{rate})); }

}  // namespace pellucid

PELLUCID_DECLARE_KERNEL(dropout_v1_naive, DropoutArgs)
PELLUCID_DECLARE_KERNEL(dropout_v2_vector, DropoutArgs)
namespace pellucid::cpu {
void dropout(Stream& stream, const DropoutArgs& args);
}  // namespace pellucid::cpu
