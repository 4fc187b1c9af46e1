// normalize_min_max_v3_split.cu: min-max normalisation, many blocks a row.
//
// computes   normalize.h;   x, y: (rows, cols), row-major
// mapping    block b takes columns 2048·(b % parts) … of row b / parts: first their extremes, each of 256
//            threads eight columns; then, in a second launch, it joins the extremes of its row's parts and writes
//            its columns
// idea       a picture of 224² is 25 blocks, not one. Extremes do not depend on the order of comparison, so the
//            bits are those of v2
// limits     rows, cols ≥ 1; y may be x; rows of up to 4096 columns go to v2
// cost       12·rows·cols bytes, 4 of them from the L2 cache, 4·rows·cols flops; a launch more than v2
// next       nothing: below a few rows of a picture the two launches are what it costs
#include "kernels/device/block.cuh"
#include "kernels/normalize/normalize.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {
namespace {

constexpr int kSplitRowBlock = 256;
constexpr int kSplitRowPart = 8 * kSplitRowBlock;
// One block is through with such a row before a second launch begins.
constexpr int kShortRow = 2 * kSplitRowPart;

// The columns [first, end) of a row that a block takes; the extremes of a row's parts lie as (rows, parts).
struct SplitRow {
  std::int64_t row, first, end, parts;
};
__device__ __forceinline__ SplitRow split_row(const MinMaxArgs& a) {
  const std::int64_t parts = (a.cols + kSplitRowPart - 1) / kSplitRowPart;
  const std::int64_t first = blockIdx.x % parts * kSplitRowPart, end = first + kSplitRowPart;
  return {blockIdx.x / parts, first, end < a.cols ? end : a.cols, parts};
}

}  // namespace

__global__ void __launch_bounds__(kSplitRowBlock)
    normalize_min_max_v3_split_extremes_kernel(MinMaxArgs a, float2* extremes) {
  const SplitRow at = split_row(a);
  const float* x = a.x + at.row * a.cols;
  float low = INFINITY, high = -INFINITY;
  for (std::int64_t c = at.first + threadIdx.x; c < at.end; c += kSplitRowBlock) {
    low = fminf(low, x[c]);
    high = fmaxf(high, x[c]);
  }
  low = block_min<kSplitRowBlock>(low);
  high = block_max<kSplitRowBlock>(high);
  if (threadIdx.x == 0) extremes[blockIdx.x] = make_float2(low, high);
}

__global__ void __launch_bounds__(kSplitRowBlock)
    normalize_min_max_v3_split_kernel(MinMaxArgs a, const float2* extremes) {
  const SplitRow at = split_row(a);
  float low = INFINITY, high = -INFINITY;
  for (std::int64_t p = threadIdx.x; p < at.parts; p += kSplitRowBlock) {
    const float2 of = extremes[at.row * at.parts + p];
    low = fminf(low, of.x);
    high = fmaxf(high, of.y);
  }
  low = block_min<kSplitRowBlock>(low);
  high = block_max<kSplitRowBlock>(high);
  const float range = high - low;
  for (std::int64_t c = at.first + threadIdx.x; c < at.end; c += kSplitRowBlock) {
    const std::int64_t i = at.row * a.cols + c;
    a.y[i] = range > 0 ? (a.x[i] - low) / (range + a.epsilon) : 0.0f;
  }
}

void normalize_min_max_v3_split(Stream& stream, const MinMaxArgs& a) {
  if (a.cols <= kShortRow) return normalize_min_max_v2_block(stream, a);
  const unsigned grid = blocks_for(1LL * a.rows * blocks_for(a.cols, kSplitRowPart), 1);
  const Buffer extremes(stream.arena(), grid * sizeof(float2));
  auto* const parts = static_cast<float2*>(extremes.data());
  const double elements = double{1} * a.rows * static_cast<double>(a.cols);
  launch(stream,
         {"normalize_min_max_v3_split_extremes",
          grid,
          kSplitRowBlock,
          0,
          {.flops = 2 * elements, .bytes = 4 * elements + 8.0 * grid}},
         normalize_min_max_v3_split_extremes_kernel, a, parts);
  launch(stream,
         {"normalize_min_max_v3_split",
          grid,
          kSplitRowBlock,
          0,
          {.flops = 2 * elements, .bytes = 8 * elements + 8.0 * grid}},
         normalize_min_max_v3_split_kernel, a, parts);
}

}  // namespace pellucid::PELLUCID_BACKEND
