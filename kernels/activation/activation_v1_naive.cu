// activation_v1_naive.cu: a function of each element, one thread an element.
//
// computes   activation.h;   x, y: (count)
// mapping    thread t of the grid takes element t
// idea       the formula as written, a kernel a function
// limits     count ≥ 1
// cost       8·count bytes, count flops (the function counted as one)
// next       v2 moves four elements a thread in one load
#include "kernels/activation/activation_dispatch.h"
#include "kernels/activation/activation_functions.h"
#include "kernels/device/vector.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

template <ActivationFunction F>
__global__ void activation_v1_naive_kernel(ActivationArgs a) {
  const std::int64_t i = grid_thread();
  if (i < a.count) a.y[i] = activation_value<F>(a.x[i], a.f.alpha, a.f.beta);
}

void activation_v1_naive(Stream& stream, const ActivationArgs& a) {
  constexpr int block = 256;
  const LaunchConfig config{"activation_v1_naive", blocks_for(a.count, block), block, 0,
                            activation_cost(a)};
  with_activation(a.f.function, [&](auto function) {
    launch(stream, config, activation_v1_naive_kernel<decltype(function)::value>, a);
  });
}

}  // namespace pellucid::PELLUCID_BACKEND
