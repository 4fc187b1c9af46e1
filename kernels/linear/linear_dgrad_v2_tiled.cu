// linear_dgrad_v2_tiled.cu: gradient of the fully connected layer's input in 64×64 tiles.
//
// computes   dx[n,i] = Σ_o dy[n,o]·w[o,i];   dy: (N, O), w: (O, I), dx: (N, I)
// mapping    linear_tile.cuh with A = dy, contiguous along the summed o, and B = w, contiguous along i
// idea       as linear_v2_tiled.cu: w needs no transposed copy, its tile is merely stored another way
// limits     N, I, O ≥ 1; float4 loads where the row length is a multiple of 4, else float2 or single
// cost       2·N·I·O flops
// next       v3 splits the sum over the warps of a block, for batches that fill no tile
#include "kernels/linear/linear_tile.cuh"

namespace pellucid::PELLUCID_BACKEND {

void linear_dgrad_v2_tiled(Stream& stream, const LinearDgradArgs& a) {
  const LinearShape& s = a.shape;
  launch_linear_tile<Contiguous::depth, Contiguous::rows>(
      stream, "linear_dgrad_v2_tiled", linear_cost(s),
      {a.dy, a.w, nullptr, a.dx, s.n, s.inputs, s.outputs, 1, 1, 1});
}

}  // namespace pellucid::PELLUCID_BACKEND
