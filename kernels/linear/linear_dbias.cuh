// linear_dbias.cuh: the bias gradient, which every variant of wgrad computes in the same way.
//
// computes   dbias[o] = Σ_n dy[n,o], n upwards;   dy: (N, O)
// mapping    one thread an output o: neighbouring threads read neighbouring addresses
#pragma once

#include "kernels/linear/linear.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {
namespace {

__global__ void linear_dbias_kernel(LinearWgradArgs a) {
  const long long o = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (o >= a.shape.outputs) return;
  float sum = 0;
  for (int n = 0; n < a.shape.n; ++n) sum += a.dy[static_cast<long long>(n) * a.shape.outputs + o];
  a.dbias[o] = sum;
}

// Nothing where no bias gradient is asked for.
void linear_dbias(Stream& stream, const LinearWgradArgs& a) {
  if (!a.dbias) return;
  constexpr int block = 64;
  const double elements = double{1} * a.shape.n * a.shape.outputs;
  launch(stream,
         {"linear_dbias",
          blocks_for(a.shape.outputs, block),
          block,
          0,
          {.flops = elements, .bytes = 4 * (elements + a.shape.outputs)}},
         linear_dbias_kernel, a);
}

}  // namespace
}  // namespace pellucid::PELLUCID_BACKEND
