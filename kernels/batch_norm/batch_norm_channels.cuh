// batch_norm_channels.cuh: the thread mapping of the v2 variants and what all variants compute
// alike.
//
// A block of threads is cut into lanes of `width` neighbouring columns, a power of two up to 32:
// thread t takes column t % width and, of the rows, t / width and every `lanes`-th after it. So
// neighbouring threads read neighbouring addresses, and few channels leave no thread idle: they
// have more lanes.
//
//   grid.x = rows' piece · groups + group;  a column is a channel, or a pack of channels
#pragma once

#include "kernels/batch_norm/batch_norm.h"
#include "kernels/device/pack.cuh"
#include "kernels/device/unroll.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

constexpr int kChannelBlock = 256;
constexpr int kPartRows = kBatchNormPart / kChannelBlock;  // of a part, a thread's
constexpr int kStripRows = 8;                              // of a strip, a thread's
constexpr int kJoinBlock = 1024;                           // at most
static_assert(kBatchNormPart % kChannelBlock == 0 && kChannelBlock % 32 == 0);
static_assert(kChannelBlock % batch_norm_width(1 << 30) == 0);

struct ChannelPlace {
  int column, lane, lanes;
  std::int64_t piece;  // of the rows
  bool inside;
};

__device__ __forceinline__ ChannelPlace channel_place(int columns, int width, unsigned groups) {
  const int thread = static_cast<int>(threadIdx.x);
  const std::int64_t column = std::int64_t{blockIdx.x % groups} * width + thread % width;
  const bool inside = column < columns;
  return {inside ? static_cast<int>(column) : 0, thread / width,
          static_cast<int>(blockDim.x) / width, blockIdx.x / groups, inside};
}

// The sum over the lanes of each column, pairs in halves, which every lane gets. Every thread of
// the block must call; scratch: a float a thread.
__device__ __forceinline__ float sum_lanes(float value, float* scratch, int width) {
  const int thread = static_cast<int>(threadIdx.x);
  scratch[thread] = value;
  for (int half = static_cast<int>(blockDim.x) / 2; half >= width; half /= 2) {
    __syncthreads();  // the other half's sums must be there
    if (thread < half) scratch[thread] += scratch[thread + half];
  }
  __syncthreads();  // the first lane's sums are the totals
  const float total = scratch[thread % width];
  __syncthreads();  // and must be read before the next call overwrites them
  return total;
}

// Threads of a block that joins `parts` parts of `width` columns: a lane a part, as far as a block
// reaches.
inline unsigned join_block(int width, unsigned parts) {
  unsigned lanes = 1;
  while (lanes < parts && lanes * width < kJoinBlock) lanes *= 2;
  return lanes * width < 32 ? 32 : lanes * width;
}

__device__ __forceinline__ float inverse_deviation(float variance, float epsilon) {
  return 1.0f / sqrtf(variance + epsilon);
}

// What the statistics of channel c are, from its mean, less x[0,c], and its sum of squares.
__device__ __forceinline__ void write_statistics(const BatchNormStatisticsArgs& a, int c,
                                                 float shifted_mean, float squares) {
  const float variance = squares / static_cast<float>(a.rows);
  a.mean[c] = a.x[c] + shifted_mean;
  a.variance[c] = variance;
  if (a.scale) a.scale[c] = (a.gamma ? a.gamma[c] : 1.0f) * inverse_deviation(variance, a.epsilon);
}

// One channel's constants in the derivative.
struct ChannelNorm {
  float mean, inverse, scale, mean_dy, mean_product;

  __device__ __forceinline__ float normalised(float x) const { return (x - mean) * inverse; }
  __device__ __forceinline__ float dx(float x, float dy) const {
    return scale * fmaf(-normalised(x), mean_product, dy - mean_dy);
  }
};

// For the sums over the rows: without the means, which are made of them.
__device__ __forceinline__ ChannelNorm channel_norm(const BatchNormBackwardArgs& a, int c) {
  const float inverse = inverse_deviation(a.variance[c], a.epsilon);
  return {a.mean[c], inverse, (a.gamma ? a.gamma[c] : 1.0f) * inverse, 0, 0};
}

// Calls visit(offset) for the thread's packs of its strip: kStripRows · lanes rows.
template <class Visit>
__device__ __forceinline__ void for_strip(const ChannelPlace& at, std::int64_t rows, int channels,
                                          int pack, const Visit& visit) {
  const std::int64_t first = at.piece * (kStripRows * at.lanes) + at.lane;
  PELLUCID_UNROLL
  for (int k = 0; k < kStripRows; ++k) {
    const std::int64_t row = first + k * at.lanes;
    if (row < rows) visit(row * channels + at.column * pack);
  }
}

// Runs kernels<k>(args, width, groups) for packs of k = 1, 2 or 4 channels over all strips.
template <class Args>
using StripKernel = void (*)(Args, int width, unsigned groups);
template <class Args>
struct StripKernels {
  StripKernel<Args> one, two, four;
};
template <class Args>
void launch_strips(Stream& stream, const char* name, Cost cost, StripKernels<Args> kernels,
                   const Args& args, int pack) {
  const int columns = args.channels / pack, width = batch_norm_width(columns);
  const unsigned groups = blocks_for(columns, width);
  const unsigned strips = blocks_for(args.rows, kStripRows * (kChannelBlock / width));
  launch(stream, {name, blocks_for(1LL * groups * strips, 1), kChannelBlock, 0, cost},
         pack == 4   ? kernels.four
         : pack == 2 ? kernels.two
                     : kernels.one,
         args, width, groups);
}

}  // namespace pellucid::PELLUCID_BACKEND
