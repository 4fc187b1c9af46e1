// dropout.h: inverted dropout (Srivastava et al., JMLR 2014), forward and backward in one kernel:
// both multiply by the same mask, which is recomputed from the key and never stored.
//
//   y[i] = random_uniform(key, i) < rate ? 0 : x[i] / (1 − rate)
//
// 0 ≤ rate < 1. Backward is the same call on dy with the same key. y may be x. The numbers are
// Philox's (runtime/random.h), equal on every device.
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

// Throws Error for a rate outside [0, 1).
void dropout(Stream& stream, const DropoutArgs& args);

const VariantTable<DropoutArgs>& dropout_variants();

template <class T>
void dropout_reference(const T* x, T* y, std::int64_t count, float rate, RandomKey key);

}  // namespace pellucid
