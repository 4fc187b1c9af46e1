// batch_norm_statistics_v2_split.cu: mean and variance of each channel, a block for every 8192
// values.
//
// computes   batch_norm.h;   x: (rows, channels), mean, variance, gamma, scale: (channels)
// mapping    batch_norm_channels.cuh: a block takes up to 32 channels of 8192 / width rows, a
//            thread 32 values of one channel; a second launch joins the parts of a channel, a lane
//            a part
// idea       the thread's values stay in registers between the sum and the squares about the part's
//            mean, so x is read once. The join is the same two passes over parts: with S_p, Q_p and
//            n_p of each, mean = Σ S_p / m and Σ (x − mean)² = Σ (Q_p + n_p·(S_p / n_p − mean)²)
//            (Chan, Golub & LeVeque 1979). All of x − x[0], as v1
// limits     rows, channels ≥ 1; groups of channels · parts < 2^31
// cost       4·rows·channels flops, 4·rows·channels bytes; the parts' sums are 1/128 of that or
//            less where a part is whole
// next       16-byte loads where channels are a multiple of 4
#include "kernels/batch_norm/batch_norm_channels.cuh"

namespace pellucid::PELLUCID_BACKEND {

// sums, squares: (parts, channels)
__global__ void __launch_bounds__(kChannelBlock)
    batch_norm_statistics_v2_split_kernel(BatchNormStatisticsArgs a, float* sums, float* squares,
                                          int width, unsigned groups) {
  __shared__ float scratch[kChannelBlock];
  const ChannelPlace at = channel_place(a.channels, width, groups);
  const std::int64_t first = at.piece * (kPartRows * at.lanes);
  const int rows = static_cast<int>(min(a.rows - first, std::int64_t{kPartRows * at.lanes}));
  const float* x = a.x + (first + at.lane) * a.channels + at.column;
  const float origin = at.inside ? a.x[at.column] : 0.0f;
  const auto taken = [&](int k) { return at.inside && at.lane + k * at.lanes < rows; };
  float values[kPartRows];
  float sum = 0, square = 0;
  PELLUCID_UNROLL
  for (int k = 0; k < kPartRows; ++k) {
    values[k] = taken(k) ? x[std::int64_t{k * at.lanes} * a.channels] - origin : 0.0f;
    sum += values[k];
  }
  sum = sum_lanes(sum, scratch, width);
  const float mean = sum / static_cast<float>(rows);
  PELLUCID_UNROLL
  for (int k = 0; k < kPartRows; ++k) {
    const float deviation = taken(k) ? values[k] - mean : 0.0f;
    square = fmaf(deviation, deviation, square);
  }
  square = sum_lanes(square, scratch, width);
  if (at.lane != 0 || !at.inside) return;
  sums[at.piece * a.channels + at.column] = sum;
  squares[at.piece * a.channels + at.column] = square;
}

__global__ void __launch_bounds__(kJoinBlock)
    batch_norm_statistics_v2_join_kernel(BatchNormStatisticsArgs a, const float* sums,
                                         const float* squares, std::int64_t parts, int width) {
  __shared__ float scratch[kJoinBlock];
  const ChannelPlace at = channel_place(a.channels, width, gridDim.x);
  const std::int64_t part_rows = kBatchNormPart / width;
  float sum = 0, square = 0;
  for (std::int64_t p = at.lane; at.inside && p < parts; p += at.lanes)
    sum += sums[p * a.channels + at.column];
  const float mean = sum_lanes(sum, scratch, width) / static_cast<float>(a.rows);
  for (std::int64_t p = at.lane; at.inside && p < parts; p += at.lanes) {
    const auto rows = static_cast<float>(min(a.rows - p * part_rows, part_rows));
    const float deviation = sums[p * a.channels + at.column] / rows - mean;
    square += fmaf(rows * deviation, deviation, squares[p * a.channels + at.column]);
  }
  square = sum_lanes(square, scratch, width);
  if (at.lane == 0 && at.inside) write_statistics(a, at.column, mean, square);
}

void batch_norm_statistics_v2_split(Stream& stream, const BatchNormStatisticsArgs& a) {
  const int width = batch_norm_width(a.channels);
  const unsigned groups = blocks_for(a.channels, width);
  const unsigned parts = blocks_for(a.rows, batch_norm_part_rows(a.channels));
  const unsigned grid = blocks_for(1LL * groups * parts, 1);
  const std::size_t sums = std::size_t{parts} * static_cast<std::size_t>(a.channels);
  const Buffer partial(stream.arena(), 2 * sizeof(float) * sums);
  auto* sum = static_cast<float*>(partial.data());
  auto* square = sum + sums;
  launch(stream,
         {"batch_norm_statistics_v2_split", grid, kChannelBlock, 0, batch_norm_statistics_cost(a)},
         batch_norm_statistics_v2_split_kernel, a, sum, square, width, groups);
  const auto joined = static_cast<double>(sums);
  launch(stream,
         {"batch_norm_statistics_v2_join",
          groups,
          join_block(width, parts),
          0,
          {.flops = 6 * joined, .bytes = 8 * joined}},
         batch_norm_statistics_v2_join_kernel, a, sum, square, std::int64_t{parts}, width);
}

}  // namespace pellucid::PELLUCID_BACKEND
