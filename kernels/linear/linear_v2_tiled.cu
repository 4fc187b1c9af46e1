// linear_v2_tiled.cu: the fully connected layer as a matrix product in 64×64 tiles.
//
// computes   y[n,o] = bias[o] + Σ_i x[n,i]·w[o,i];   x: (N, I), w: (O, I), y: (N, O)
// mapping    linear_tile.cuh with A = x and B = w, both contiguous along the summed index
// idea       shared-memory tiles and 4×4 registers a thread: an element of x or w is read from
//            memory once for 64 products
// limits     N, I, O ≥ 1; float4 loads where I % 4 == 0, float2 where I % 2 == 0, else single ones
// cost       2·N·I·O flops
// next       a batch of 16 fills a quarter of a tile and 512 outputs make 8 blocks: v3 for those
#include "kernels/linear/linear_tile.cuh"

namespace pellucid::PELLUCID_BACKEND {

void linear_v2_tiled(Stream& stream, const LinearArgs& a) {
  const LinearShape& s = a.shape;
  launch_linear_tile<Contiguous::depth, Contiguous::depth>(
      stream, "linear_v2_tiled", linear_cost(s),
      {a.x, a.w, a.bias, a.y, s.n, s.outputs, s.inputs, 1, 1, 1});
}

}  // namespace pellucid::PELLUCID_BACKEND
