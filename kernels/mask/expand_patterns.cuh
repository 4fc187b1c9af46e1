// expand_patterns.cuh: an output of expand_patterns, a value or two of it at a time.
#pragma once

#include "kernels/device/running_max.cuh"
#include "kernels/mask/expand_patterns.h"
#include "runtime/launch/backend.h"

namespace pellucid::PELLUCID_BACKEND {

// visit(row of x) for the places of output `pixel` = i·(W / pool) + j of mask n.
template <class Visit>
__device__ __forceinline__ void for_window(const ExpandPatternsArgs& a, int n, int pixel,
                                           const Visit& visit) {
  const int i = pixel / a.pooled_w(), j = pixel % a.pooled_w();
  for (int h = i * a.pool; h < (i + 1) * a.pool; ++h)
    for (int w = j * a.pool; w < (j + 1) * a.pool; ++w)
      visit(a.x + std::int64_t{a.patterns.row(h * a.w + w, a.first_mask + n)} * a.c);
}

}  // namespace pellucid::PELLUCID_BACKEND
