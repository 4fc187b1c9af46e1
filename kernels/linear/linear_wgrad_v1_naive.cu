// linear_wgrad_v1_naive.cu: gradient of the fully connected layer's weights, one thread a weight.
//
// computes   dw[o,i] = Σ_n x[n,i]·dy[n,o],  dbias[o] = Σ_n dy[n,o];
//            x: (N, I), dy: (N, O), dw: (O, I)
// mapping    thread t of the grid takes weight t = o·I + i and walks n upwards
// idea       the formula as written; the bias has a kernel of its own (linear_dbias.cuh)
// limits     N, I, O ≥ 1
// cost       2·N·I·O flops; x is read once an output
// next       v2 reads a tile of x once for 64 outputs
#include "kernels/linear/linear_dbias.cuh"

namespace pellucid::PELLUCID_BACKEND {

__global__ void linear_wgrad_v1_naive_kernel(LinearWgradArgs a) {
  const long long weight = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (weight >= static_cast<long long>(a.shape.outputs) * a.shape.inputs) return;
  const long long o = weight / a.shape.inputs, i = weight % a.shape.inputs;
  float sum = 0;
  for (long long n = 0; n < a.shape.n; ++n)
    sum += a.x[n * a.shape.inputs + i] * a.dy[n * a.shape.outputs + o];
  a.dw[weight] = sum;
}

void linear_wgrad_v1_naive(Stream& stream, const LinearWgradArgs& a) {
  constexpr int block = 128;
  const unsigned grid = blocks_for(static_cast<long long>(a.shape.outputs) * a.shape.inputs, block);
  launch(stream, {"linear_wgrad_v1_naive", grid, block, 0, linear_cost(a.shape)},
         linear_wgrad_v1_naive_kernel, a);
  linear_dbias(stream, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
