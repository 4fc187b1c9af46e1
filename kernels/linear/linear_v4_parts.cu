// linear_v4_parts.cu: the fully connected layer in tiles, the inputs in parts that lie beside or behind each other.
//
// computes   y[n,o] = bias[o] + Σ_i x[n,i]·w[o,i];   x: (N, I), w: (O, I), y: (N, O). The inputs are cut into
//            parts of linear_part_length(I): each is summed upwards by fused multiply-adds, then the parts
//            are added upwards, then the bias
// mapping    as linear_tile.cuh: a block of 256 threads computes a tile of 64 rows × 64 outputs, 4×4 a thread,
//            or of 16 × 64, 1×4 a thread, where N ≤ 16. Where that makes few blocks, each part is a block of
//            its own and linear_v4_parts_join adds the parts, a thread an output
// idea       I alone fixes the order, so that few rows and many have the same bits and each the form that is
//            fast: 16×2366 · 2366×512 is 120 blocks of 10 slices, where v2 has 8 of 148; 1000 rows read w 16
//            times, where v3 reads it 125 times. The next slice is on its way while this one is multiplied, so
//            that no pass of the loop waits for a load that it issued
// limits     N, I, O ≥ 1; float4 loads where I % 4 == 0, float2 where I % 2 == 0, else single ones
// cost       2·N·I·O flops; w is read ⌈N/64⌉ times; split, parts · N · O floats are written and read beside
// next       the parts' sums through a cluster's shared memory instead of memory
#include "kernels/linear/linear_tile.cuh"

namespace pellucid::PELLUCID_BACKEND {
namespace {

constexpr int kEnoughBlocks = 128;  // with fewer, the parts are blocks of their own

struct LinearPartsArgs {
  LinearArgs layer;
  float* sums;  // (parts, N, O), or null: a block adds up all parts
  int part;     // linear_part_length(I)
  int x_width, w_width, y_width;
};

// This thread's four outputs of row m, from n on.
__device__ __forceinline__ void write_parts_row(const LinearPartsArgs& a, int m, int n, int part,
                                                const float (&sums)[kPatch]) {
  const LinearShape& s = a.layer.shape;
  if (m >= s.n || n >= s.outputs) return;
  const bool last = a.sums == nullptr;
  float* out = last ? a.layer.y : a.sums + static_cast<long long>(part) * s.n * s.outputs;
  out += static_cast<long long>(m) * s.outputs + n;
  float values[kPatch];
  for (int j = 0; j < kPatch; ++j)
    values[j] = last && a.layer.bias && n + j < s.outputs ? sums[j] + a.layer.bias[n + j] : sums[j];
  if (a.y_width == 4) store4(out, make_float4(values[0], values[1], values[2], values[3]));
  else
    for (int j = 0; j < kPatch && n + j < s.outputs; ++j) out[j] = values[j];
}

// kRows: of the tile a thread; 16·kRows rows a block.
template <int kRows>
__global__ void __launch_bounds__(kTileThreads) linear_v4_parts_kernel(LinearPartsArgs a) {
  static_assert(kRows == 1 || kRows == kPatch,
                "rows are read from the tile one by one or as float4");
  __shared__ TileBuffer x_tile, w_tile;
  const LinearShape& s = a.layer.shape;
  const int parts = a.sums ? (s.inputs + a.part - 1) / a.part : 1;
  const int column_tiles = (s.outputs + kTileRows - 1) / kTileRows;
  const int tile = static_cast<int>(blockIdx.x) / parts,
            part = static_cast<int>(blockIdx.x) % parts;
  const int first_m = tile / column_tiles * (kTileGrid * kRows);
  const int first_n = tile % column_tiles * kTileRows;
  const int begin = part * a.part, end = a.sums ? min(begin + a.part, s.inputs) : s.inputs;
  const int patch_m = static_cast<int>(threadIdx.x) / kTileGrid * kRows;
  const int patch_n = static_cast<int>(threadIdx.x) % kTileGrid * kPatch;
  // A thread brings a float4 of each operand; of 16 rows of x the first 64 threads do.
  const bool brings = static_cast<int>(threadIdx.x) < kTileGrid * kRows * kTileDepth / kPatch;
  const int rows = brings ? s.n : 0;

  float total[kRows][kPatch] = {}, sums[kRows][kPatch] = {};
  float4 next_x =
      fetch_slice<Contiguous::depth>(a.layer.x, rows, s.inputs, a.x_width, first_m, begin);
  float4 next_w =
      fetch_slice<Contiguous::depth>(a.layer.w, s.outputs, s.inputs, a.w_width, first_n, begin);
  for (int first_k = begin; first_k < end; first_k += kTileDepth) {
    __syncthreads();  // the slice before this one has been multiplied by all
    if (brings) store_slice<Contiguous::depth>(x_tile, next_x);
    store_slice<Contiguous::depth>(w_tile, next_w);
    __syncthreads();  // the slice is complete
    const int next_k = first_k + kTileDepth;
    if (next_k < end) {
      next_x =
          fetch_slice<Contiguous::depth>(a.layer.x, rows, s.inputs, a.x_width, first_m, next_k);
      next_w = fetch_slice<Contiguous::depth>(a.layer.w, s.outputs, s.inputs, a.w_width, first_n,
                                              next_k);
    }
    for (int k = 0; k < kTileDepth; ++k) {
      const float4 w4 = load4(&w_tile.at[k][patch_n]);
      float x[kRows];
      if constexpr (kRows == 1) x[0] = x_tile.at[k][patch_m];
      else {
        const float4 x4 = load4(&x_tile.at[k][patch_m]);
        x[0] = x4.x, x[1] = x4.y, x[2] = x4.z, x[3] = x4.w;
      }
      const float w[kPatch] = {w4.x, w4.y, w4.z, w4.w};
      for (int i = 0; i < kRows; ++i)
        for (int j = 0; j < kPatch; ++j) sums[i][j] = fmaf(x[i], w[j], sums[i][j]);
    }
    if (next_k < end && (next_k - begin) % a.part != 0) continue;
    // A part ends here. The first one is taken as it is: 0 + (−0) would be another zero.
    const bool first = first_k < begin + a.part;
    for (int i = 0; i < kRows; ++i)
      for (int j = 0; j < kPatch; ++j) {
        total[i][j] = first ? sums[i][j] : total[i][j] + sums[i][j];
        sums[i][j] = 0;
      }
  }
  for (int i = 0; i < kRows; ++i)
    write_parts_row(a, first_m + patch_m + i, first_n + patch_n, part, total[i]);
}

__global__ void linear_v4_parts_join_kernel(LinearPartsArgs a) {
  const LinearShape& s = a.layer.shape;
  const std::int64_t count = std::int64_t{s.n} * s.outputs, i = grid_thread();
  if (i >= count) return;
  const int parts = (s.inputs + a.part - 1) / a.part;
  float total = a.sums[i];
  for (int p = 1; p < parts; ++p) total += a.sums[p * count + i];
  a.layer.y[i] = a.layer.bias ? total + a.layer.bias[i % s.outputs] : total;
}

}  // namespace

void linear_v4_parts(Stream& stream, const LinearArgs& a) {
  const LinearShape& s = a.shape;
  const bool few = s.n <= kTileGrid;
  const long long tiles =
      1LL * blocks_for(s.n, few ? kTileGrid : kTileRows) * blocks_for(s.outputs, kTileRows);
  const int part = linear_part_length(s.inputs);
  const std::int64_t parts = (s.inputs + part - 1) / part;
  const bool split = parts > 1 && tiles < kEnoughBlocks;
  const std::size_t outputs = std::size_t(s.n) * std::size_t(s.outputs);
  const Buffer sums(stream.arena(), split ? parts * outputs * sizeof(float) : 0);
  LinearPartsArgs args{a, nullptr, part, load_width(a.x, s.inputs), load_width(a.w, s.inputs), 1};
  if (split) args.sums = static_cast<float*>(sums.data());
  args.y_width = load_width(split ? args.sums : a.y, s.outputs);
  launch(stream,
         {"linear_v4_parts", blocks_for(tiles * (split ? parts : 1), 1), kTileThreads, 0,
          linear_cost(s)},
         few ? linear_v4_parts_kernel<1> : linear_v4_parts_kernel<kPatch>, args);
  if (!split) return;
  constexpr int block = 128;
  const auto count = static_cast<double>(outputs), of = static_cast<double>(parts);
  launch(stream,
         {"linear_v4_parts_join",
          blocks_for(outputs, block),
          block,
          0,
          {.flops = count * of, .bytes = 4 * count * (of + 1)}},
         linear_v4_parts_join_kernel, args);
}

}  // namespace pellucid::PELLUCID_BACKEND
