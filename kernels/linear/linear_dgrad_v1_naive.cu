// linear_dgrad_v1_naive.cu: gradient of the fully connected layer's input, one thread an input.
//
// computes   dx[n,i] = Σ_o dy[n,o]·w[o,i];   dy: (N, O), w: (O, I), dx: (N, I)
// mapping    thread t of the grid takes input t = n·I + i and walks o upwards
// idea       the formula as written; neighbouring threads read neighbouring columns of w
// limits     N, I, O ≥ 1
// cost       2·N·I·O flops; w is read once a row of dy
// next       v2 reads a tile of w once for 64 rows
#include "kernels/linear/linear.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void linear_dgrad_v1_naive_kernel(LinearDgradArgs a) {
  const long long input = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (input >= static_cast<long long>(a.shape.n) * a.shape.inputs) return;
  const long long n = input / a.shape.inputs, i = input % a.shape.inputs;
  const float* dy = a.dy + n * a.shape.outputs;
  float sum = 0;
  for (int o = 0; o < a.shape.outputs; ++o)
    sum += dy[o] * a.w[static_cast<long long>(o) * a.shape.inputs + i];
  a.dx[input] = sum;
}

void linear_dgrad_v1_naive(Stream& stream, const LinearDgradArgs& a) {
  constexpr int block = 128;
  const unsigned grid = blocks_for(static_cast<long long>(a.shape.n) * a.shape.inputs, block);
  launch(stream, {"linear_dgrad_v1_naive", grid, block, 0, linear_cost(a.shape)},
         linear_dgrad_v1_naive_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
