// activation_backward_v2_vector.cu: gradient of a function of each element, four elements a thread, a
// kernel a function.
//
// computes   activation.h;   x, dy, dx: (count)
// mapping    thread t of the grid takes elements 4t … 4t + 3
// idea       16-byte loads and stores; registers as that function's derivative needs them
// limits     count ≥ 1; x, dy and dx aligned to 16 bytes
// cost       12·count bytes, 2·count flops (the derivative counted as one, and the product)
// next       nothing: it moves each byte once; the gain left is fusing it into its consumer
#include "kernels/activation/activation_dispatch.h"
#include "kernels/activation/activation_functions.h"
#include "kernels/alignment.h"
#include "kernels/device/vector.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

template <ActivationFunction F>
__global__ void activation_backward_v2_vector_kernel(ActivationBackwardArgs a) {
  const std::int64_t first = kVector * grid_thread();
  const auto f = [&a](float x, float dy) {
    return dy * activation_derivative<F>(x, a.f.alpha, a.f.beta);
  };
  if (first + kVector <= a.count) {
    const float4 x = load4(a.x + first), dy = load4(a.dy + first);
    store4(a.dx + first, make_float4(f(x.x, dy.x), f(x.y, dy.y), f(x.z, dy.z), f(x.w, dy.w)));
  } else {
    for (std::int64_t i = first; i < a.count; ++i) a.dx[i] = f(a.x[i], a.dy[i]);
  }
}

void activation_backward_v2_vector(Stream& stream, const ActivationBackwardArgs& a) {
  constexpr int block = 256;
  require_aligned16("activation_backward_v2_vector", {a.x, a.dy, a.dx});
  const LaunchConfig config{"activation_backward_v2_vector", blocks_for(a.count, kVector * block),
                            block, 0, activation_backward_cost(a)};
  with_activation(a.f.function, [&](auto function) {
    launch(stream, config, activation_backward_v2_vector_kernel<decltype(function)::value>, a);
  });
}

}  // namespace pellucid::PELLUCID_BACKEND
