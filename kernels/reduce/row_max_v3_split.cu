// row_max_v3_split.cu: maximum of each row and its first position, a block for every 16384 columns.
//
// computes   reduce.h;   x: (rows, cols), row-major; y, index: (rows) or null
// mapping    block b takes part b mod parts of row b / parts, parts = ⌈cols / 16384⌉; thread t
//            looks at columns t, t + 256, … of the part; a second launch compares the parts of a
//            row the same way
// idea       one long row fills the GPU; the second pass carries the first one's indices along
// limits     rows, cols ≥ 1; cols < 2^31; rows · parts < 2^31
// cost       4·rows·(cols + 2) bytes, rows·cols flops; the partial results are 1/8192 of that
// next       16-byte loads where cols is a multiple of 4
#include "kernels/device/first_maximum.cuh"
#include "kernels/reduce/reduce.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

constexpr int kRowMaxSplitBlock = 256;
constexpr int kRowMaxSplitWarps = kRowMaxSplitBlock / kWarp;
static_assert(kRowMaxSplitBlock % kWarp == 0);

// positions: (rows, cols), the index that each value stands for, or null: its column.
// y, index: (rows, parts) or null.
__global__ void row_max_v3_split_kernel(RowMaxArgs a, const std::int32_t* positions,
                                        unsigned parts) {
  __shared__ float values[kRowMaxSplitWarps];
  __shared__ std::int32_t indices[kRowMaxSplitWarps];
  const std::int64_t row = blockIdx.x / parts, first = blockIdx.x % parts * kReducePart;
  const std::int64_t last = min(a.cols, first + kReducePart);
  FirstMaximum best;
  for (std::int64_t c = first + threadIdx.x; c < last; c += kRowMaxSplitBlock) {
    const std::int64_t at = row * a.cols + c;
    if (a.x[at] > best.value)
      best = {a.x[at], positions ? positions[at] : static_cast<std::int32_t>(c)};
  }
  best = best_of_lanes(best);
  if (lane_id() == 0) {
    values[warp_id()] = best.value;
    indices[warp_id()] = best.index;
  }
  __syncthreads();  // the warps' results must be there before thread 0 reads them
  if (threadIdx.x != 0) return;
  for (int warp = 1; warp < kRowMaxSplitWarps; ++warp)
    best = better_of(best, {values[warp], indices[warp]});
  if (a.y) a.y[blockIdx.x] = best.value;
  if (a.index) a.index[blockIdx.x] = best.index;
}

namespace {

void reduce_parts(Stream& stream, const RowMaxArgs& a, const std::int32_t* positions) {
  const unsigned parts = blocks_for(a.cols, kReducePart);
  const unsigned grid = blocks_for(1LL * a.rows * parts, 1);
  const auto pass = [&](const RowMaxArgs& args) {
    launch(stream, {"row_max_v3_split", grid, kRowMaxSplitBlock, 0, row_max_cost(args)},
           row_max_v3_split_kernel, args, positions, parts);
  };
  if (parts == 1) return pass(a);
  const Buffer values(stream.arena(), sizeof(float) * grid);
  const Buffer indices(stream.arena(), sizeof(std::int32_t) * grid);
  auto* value = static_cast<float*>(values.data());
  auto* index = static_cast<std::int32_t*>(indices.data());
  pass({a.x, value, index, a.rows, a.cols});
  reduce_parts(stream, {value, a.y, a.index, a.rows, parts}, index);
}

}  // namespace

void row_max_v3_split(Stream& stream, const RowMaxArgs& a) { reduce_parts(stream, a, nullptr); }

}  // namespace pellucid::PELLUCID_BACKEND
