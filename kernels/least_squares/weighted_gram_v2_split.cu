// weighted_gram_v2_split.cu: the weighted sums of a regression on bits, 32 × 32 sums a block, rows
// split over blocks.
//
// computes   least_squares.h, as Rᵀ C of weighted_gram_moment.cuh;
//            bits: (N, ⌈M/32⌉), weights: (N), targets: (N, D), gram: (M, M), rhs: (M, D)
// mapping    block b takes tile b mod tiles of part b / tiles of the rows; a tile is 32 columns
//            of R (one word of bits) by 32 of C; warp w keeps the sums of bits 4w … 4w + 3, lane l
//            of column l; a second launch adds the parts in order, a thread a sum
// idea       32 rows of C are staged in shared memory and used by 32 features; whether a feature is
//            present is the same for a whole warp, so absent ones cost a branch and no addition.
//            Where the rows are cut depends on M alone, so the bits do not depend on the GPU
// limits     1 ≤ M ≤ 1024, N, D ≥ 1; tiles · parts < 2^31
// cost       N·(M(M+1)/2 + M·D + 1 + 2D) adds at least; each row's words are read ⌈(M+1+2D)/32⌉
//            times; partial sums: 8 KiB a block
// next       the tiles under the diagonal are not computed, but the grid and the partial sums have
//            room for them
#include "kernels/device/unroll.cuh"
#include "kernels/device/warp.cuh"
#include "kernels/least_squares/weighted_gram_moment.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

constexpr int kGramBlock = 256;
constexpr int kGramWarps = kGramBlock / kWarp;
constexpr int kGramTile = kWarp;                   // both ways: a word, and a lane a column
constexpr int kGramSums = kGramTile / kGramWarps;  // a thread
constexpr int kGramSlab = 32;                      // rows staged at a time
constexpr int kGramTileSums = kGramTile * kGramTile;
static_assert(kGramBlock % kWarp == 0 && kGramTile % kGramWarps == 0);
static_assert(kGramSlab % kGramWarps == 0);
static_assert(gram_part_rows(1) % kGramSlab == 0 && gram_part_rows(1024) % kGramSlab == 0);

// A tile below the diagonal of gram, which is the mirror image of one above it.
__device__ __forceinline__ bool is_mirrored(int row_group, int panel) { return panel < row_group; }

// partial: (parts, row groups, panels, 32, 32)
__global__ void weighted_gram_v2_split_kernel(WeightedGramArgs a, double* partial, int row_groups,
                                              int panels) {
  __shared__ double values[kGramSlab][kGramTile];
  __shared__ unsigned words[kGramSlab];
  const int tiles = row_groups * panels;
  const int tile = static_cast<int>(blockIdx.x % static_cast<unsigned>(tiles));
  const int part = static_cast<int>(blockIdx.x / static_cast<unsigned>(tiles));
  const int row_group = tile / panels, panel = tile % panels;
  if (is_mirrored(row_group, panel)) return;

  const std::int64_t part_rows = gram_part_rows(a.features);
  const std::int64_t first = part * part_rows, last = min(a.rows, first + part_rows);
  const int lane = lane_id(), warp = warp_id();
  double sums[kGramSums] = {};
  for (std::int64_t slab = first; slab < last; slab += kGramSlab) {
    for (int s = warp; s < kGramSlab; s += kGramWarps) {
      const std::int64_t n = slab + s;
      values[s][lane] = n < last ? moment_column(a, n, panel * kGramTile + lane) : 0;
      if (lane == 0) words[s] = n < last ? moment_row_bits(a, n, row_group) : 0;
    }
    __syncthreads();  // the slab must be complete before anyone adds from it
    for (int s = 0; s < kGramSlab; ++s) {
      const double value = values[s][lane];
      const unsigned present = words[s] >> warp * kGramSums;
      PELLUCID_UNROLL
      for (int k = 0; k < kGramSums; ++k)
        if (present >> k & 1u) sums[k] += value;
    }
    __syncthreads();  // and nobody may overwrite it while another warp still adds
  }
  double* out = partial + std::int64_t{blockIdx.x} * kGramTileSums;
  PELLUCID_UNROLL
  for (int k = 0; k < kGramSums; ++k) out[(warp * kGramSums + k) * kGramTile + lane] = sums[k];
}

// Thread t adds the parts of sum t of the (row groups, panels, 32, 32) ones.
__global__ void weighted_gram_v2_join_kernel(WeightedGramArgs a, const double* partial,
                                             int row_groups, int panels, int parts) {
  const std::int64_t sums = std::int64_t{row_groups} * panels * kGramTileSums;
  const std::int64_t t = grid_thread();
  if (t >= sums) return;
  const int tile = static_cast<int>(t / kGramTileSums), row_group = tile / panels,
            panel = tile % panels;
  if (is_mirrored(row_group, panel)) return;
  double sum = 0;
  for (int part = 0; part < parts; ++part) sum += partial[part * sums + t];
  const int i = row_group * kGramTile + static_cast<int>(t / kGramTile % kGramTile);
  const int q = panel * kGramTile + static_cast<int>(t % kGramTile);
  store_moment(a, i, q, sum);
  if (panel > row_group && q < a.features) store_moment(a, q, i, sum);
}

void weighted_gram_v2_split(Stream& stream, const WeightedGramArgs& a) {
  const int row_groups = a.features / kGramTile + 1;  // of M + 1 columns
  const int panels = (a.features + 1 + 2 * a.columns + kGramTile - 1) / kGramTile;
  const long long tiles = 1LL * row_groups * panels;
  const unsigned parts = blocks_for(a.rows, gram_part_rows(a.features));
  const unsigned grid = blocks_for(tiles * parts, 1);
  const Buffer partial(stream.arena(), sizeof(double) * kGramTileSums * grid);
  auto* sums = static_cast<double*>(partial.data());
  launch(stream, {"weighted_gram_v2_split", grid, kGramBlock, 0, weighted_gram_cost(a)},
         weighted_gram_v2_split_kernel, a, sums, row_groups, panels);
  const double joined = static_cast<double>(tiles) * kGramTileSums * parts;
  launch(stream,
         {"weighted_gram_v2_join",
          blocks_for(tiles * kGramTileSums, kGramBlock),
          kGramBlock,
          0,
          {.flops = joined, .bytes = 8 * joined}},
         weighted_gram_v2_join_kernel, a, sums, row_groups, panels, static_cast<int>(parts));
}

}  // namespace pellucid::PELLUCID_BACKEND
