// linear_v1_naive.cu: the fully connected layer, one thread an output.
//
// computes   y[n,o] = bias[o] + Σ_i x[n,i]·w[o,i];   x: (N, I), w: (O, I), y: (N, O)
// mapping    thread t of the grid takes output t = n·O + o and walks i upwards
// idea       the formula as written
// limits     N, I, O ≥ 1
// cost       2·N·I·O flops; neighbouring threads read w a row apart, so each load of a warp touches
//            32 cache lines
// next       v2 stages tiles of x and w in shared memory
#include "kernels/linear/linear.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void linear_v1_naive_kernel(LinearArgs a) {
  const long long output = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (output >= static_cast<long long>(a.shape.n) * a.shape.outputs) return;
  const long long n = output / a.shape.outputs, o = output % a.shape.outputs;
  const float* x = a.x + n * a.shape.inputs;
  const float* w = a.w + o * a.shape.inputs;
  float sum = 0;
  for (int i = 0; i < a.shape.inputs; ++i) sum += x[i] * w[i];
  a.y[output] = a.bias ? sum + a.bias[o] : sum;
}

void linear_v1_naive(Stream& stream, const LinearArgs& a) {
  constexpr int block = 128;
  const unsigned grid = blocks_for(static_cast<long long>(a.shape.n) * a.shape.outputs, block);
  launch(stream, {"linear_v1_naive", grid, block, 0, linear_cost(a.shape)}, linear_v1_naive_kernel,
         a);
}

}  // namespace pellucid::PELLUCID_BACKEND
