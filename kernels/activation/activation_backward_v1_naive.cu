// activation_backward_v1_naive.cu: gradient of a function of each element, one thread an element.
//
// computes   activation.h;   x, dy, dx: (count)
// mapping    thread t of the grid takes element t
// idea       one kernel for all functions: every thread takes the same branch of a switch
// limits     count ≥ 1
// cost       12·count bytes, 2·count flops (the derivative counted as one, and the product)
// next       v2 is compiled for each function and moves four elements a thread in one load
#include "kernels/activation/activation_functions.h"
#include "kernels/device/vector.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__device__ float activation_derivative_of(const Activation& f, float x) {
  switch (f.function) {
#define PELLUCID_CASE(name)      \
  case ActivationFunction::name: \
    return activation_derivative<ActivationFunction::name>(x, f.alpha, f.beta);
    PELLUCID_ACTIVATIONS(PELLUCID_CASE)
#undef PELLUCID_CASE
  }
  return x;
}

__global__ void activation_backward_v1_naive_kernel(ActivationBackwardArgs a) {
  const std::int64_t i = grid_thread();
  if (i < a.count) a.dx[i] = a.dy[i] * activation_derivative_of(a.f, a.x[i]);
}

void activation_backward_v1_naive(Stream& stream, const ActivationBackwardArgs& a) {
  constexpr int block = 256;
  launch(stream,
         {"activation_backward_v1_naive", blocks_for(a.count, block), block, 0,
          activation_backward_cost(a)},
         activation_backward_v1_naive_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
