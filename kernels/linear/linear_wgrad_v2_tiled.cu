// linear_wgrad_v2_tiled.cu: gradient of the fully connected layer's weights in 64×64 tiles.
//
// computes   dw[o,i] = Σ_n x[n,i]·dy[n,o],  dbias[o] = Σ_n dy[n,o];
//            x: (N, I), dy: (N, O), dw: (O, I)
// mapping    linear_tile.cuh with A = dy, contiguous along o, and B = x, contiguous along i
// idea       as linear_v2_tiled.cu; both operands lie across the sum, so their float4 go into
//            shared memory as they are. n runs upwards in every element: no split, no atomics
// limits     N, I, O ≥ 1; float4 loads where the row length is a multiple of 4, else float2 or single
// cost       2·N·I·O flops; at a batch of 16 writing dw is nearly all of it
// next       a sum over thousands of rows and few weights would need a split of n with a second pass
#include "kernels/linear/linear_dbias.cuh"
#include "kernels/linear/linear_tile.cuh"

namespace pellucid::PELLUCID_BACKEND {

void linear_wgrad_v2_tiled(Stream& stream, const LinearWgradArgs& a) {
  const LinearShape& s = a.shape;
  launch_linear_tile<Contiguous::rows, Contiguous::rows>(
      stream, "linear_wgrad_v2_tiled", linear_cost(s),
      {a.dy, a.x, nullptr, a.dw, s.outputs, s.inputs, s.n, 1, 1, 1});
  linear_dbias(stream, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
