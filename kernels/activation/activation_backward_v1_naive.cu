// activation_backward_v1_naive.cu: gradient of a function of each element, one thread an element.
//
// computes   activation.h;   x, dy, dx: (count)
// mapping    thread t of the grid takes element t
// idea       the formula as written, a kernel a function
// limits     count ≥ 1
// cost       12·count bytes, 2·count flops (the derivative counted as one, and the product)
// next       v2 moves four elements a thread in one load
#include "kernels/activation/activation_dispatch.h"
#include "kernels/activation/activation_functions.h"
#include "kernels/device/vector.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

template <ActivationFunction F>
__global__ void activation_backward_v1_naive_kernel(ActivationBackwardArgs a) {
  const std::int64_t i = grid_thread();
  if (i < a.count) a.dx[i] = a.dy[i] * activation_derivative<F>(a.x[i], a.f.alpha, a.f.beta);
}

void activation_backward_v1_naive(Stream& stream, const ActivationBackwardArgs& a) {
  constexpr int block = 256;
  const LaunchConfig config{"activation_backward_v1_naive", blocks_for(a.count, block), block, 0,
                            activation_backward_cost(a)};
  with_activation(a.f.function, [&](auto function) {
    launch(stream, config, activation_backward_v1_naive_kernel<decltype(function)::value>, a);
  });
}

}  // namespace pellucid::PELLUCID_BACKEND
