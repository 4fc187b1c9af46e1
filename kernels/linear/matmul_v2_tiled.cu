// matmul_v2_tiled.cu: a batch of matrix products in 64×64 tiles.
//
// computes   matmul.h;   a: (batch, m, k), b: (b_count, k, n), either transposed, c: (batch, m, n)
// mapping    linear_tile.cuh, the tiles of one product after those of another; A = op(a), contiguous along k
//            unless transposed, B = op(b)ᵀ, contiguous along n unless transposed
// idea       as linear_v2_tiled.cu: no transposed copy of either factor, a tile is merely stored another way
// limits     extents ≥ 1; float4 loads where the row length is a multiple of 4, else float2 or single
// cost       2·batch·m·n·k flops
// next       products of fewer than 64 rows or columns leave most of a tile empty
#include "kernels/linear/linear_tile.cuh"
#include "kernels/linear/matmul.h"

namespace pellucid::PELLUCID_BACKEND {

void matmul_v2_tiled(Stream& stream, const MatmulArgs& s) {
  TileArgs args{s.a, s.b, nullptr, s.c, s.m, s.n, s.k, 1, 1, 1};
  args.batch = s.batch;
  args.b_count = s.b_count;
  using enum Contiguous;
  const Cost cost = matmul_cost(s);
  if (s.transpose_a && s.transpose_b)
    launch_linear_tile<rows, depth>(stream, "matmul_v2_tiled", cost, args);
  else if (s.transpose_a) launch_linear_tile<rows, rows>(stream, "matmul_v2_tiled", cost, args);
  else if (s.transpose_b) launch_linear_tile<depth, depth>(stream, "matmul_v2_tiled", cost, args);
  else launch_linear_tile<depth, rows>(stream, "matmul_v2_tiled", cost, args);
}

}  // namespace pellucid::PELLUCID_BACKEND
