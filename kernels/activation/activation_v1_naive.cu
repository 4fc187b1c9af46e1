// activation_v1_naive.cu: a function of each element, one thread an element.
//
// computes   activation.h;   x, y: (count)
// mapping    thread t of the grid takes element t
// idea       one kernel for all functions: every thread takes the same branch of a switch
// limits     count ≥ 1
// cost       8·count bytes, count flops (the function counted as one)
// next       v2 is compiled for each function and moves four elements a thread in one load
#include "kernels/activation/activation_functions.h"
#include "kernels/device/vector.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__device__ float activation_of(const Activation& f, float x) {
  switch (f.function) {
#define PELLUCID_CASE(name)      \
  case ActivationFunction::name: \
    return activation_value<ActivationFunction::name>(x, f.alpha, f.beta);
    PELLUCID_ACTIVATIONS(PELLUCID_CASE)
#undef PELLUCID_CASE
  }
  return x;
}

__global__ void activation_v1_naive_kernel(ActivationArgs a) {
  const std::int64_t i = grid_thread();
  if (i < a.count) a.y[i] = activation_of(a.f, a.x[i]);
}

void activation_v1_naive(Stream& stream, const ActivationArgs& a) {
  constexpr int block = 256;
  launch(stream, {"activation_v1_naive", blocks_for(a.count, block), block, 0, activation_cost(a)},
         activation_v1_naive_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
