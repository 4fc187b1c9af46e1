// activation_v2_vector.cu: a function of each element, four elements a thread, a kernel a function.
//
// computes   activation.h;   x, y: (count)
// mapping    thread t of the grid takes elements 4t … 4t + 3
// idea       one 16-byte load and store instead of four of 4 bytes; four independent elements hide the
//            latency of a function's chain of multiply-adds; registers as that function needs them
// limits     count ≥ 1; x and y aligned to 16 bytes
// cost       8·count bytes, count flops (the function counted as one)
// next       nothing: it moves each byte once; the gain left is fusing it into its producer
#include "kernels/activation/activation_dispatch.h"
#include "kernels/activation/activation_functions.h"
#include "kernels/alignment.h"
#include "kernels/device/vector.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

template <ActivationFunction F>
__global__ void activation_v2_vector_kernel(ActivationArgs a) {
  const std::int64_t first = kVector * grid_thread();
  const auto f = [&a](float x) { return activation_value<F>(x, a.f.alpha, a.f.beta); };
  if (first + kVector <= a.count) {
    const float4 x = load4(a.x + first);
    store4(a.y + first, make_float4(f(x.x), f(x.y), f(x.z), f(x.w)));
  } else {
    for (std::int64_t i = first; i < a.count; ++i) a.y[i] = f(a.x[i]);
  }
}

void activation_v2_vector(Stream& stream, const ActivationArgs& a) {
  constexpr int block = 256;
  require_aligned16("activation_v2_vector", {a.x, a.y});
  const LaunchConfig config{"activation_v2_vector", blocks_for(a.count, kVector * block), block, 0,
                            activation_cost(a)};
  with_activation(a.f.function, [&](auto function) {
    launch(stream, config, activation_v2_vector_kernel<decltype(function)::value>, a);
  });
}

}  // namespace pellucid::PELLUCID_BACKEND
