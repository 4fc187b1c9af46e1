// batch_norm_statistics_v1_naive.cu: mean and variance of each channel, one thread a channel.
//
// computes   batch_norm.h;   x: (rows, channels), mean, variance, gamma, scale: (channels)
// mapping    thread t of the grid walks channel t twice: for the mean, for the squares about it
// idea       the formula as written, but of x − x[0]: the same variance, and sums of the size of
//            deviations where the mean is large
// limits     rows, channels ≥ 1; fp32 rounding grows with rows
// cost       4·rows·channels flops; x is read twice; few channels leave most of the GPU idle
// next       v2 gives the rows to many blocks and reads x once
#include "kernels/batch_norm/batch_norm_channels.cuh"

namespace pellucid::PELLUCID_BACKEND {

__global__ void batch_norm_statistics_v1_naive_kernel(BatchNormStatisticsArgs a) {
  const std::int64_t c = grid_thread();
  if (c >= a.channels) return;
  const float origin = a.x[c];
  float sum = 0, squares = 0;
  for (std::int64_t r = 0; r < a.rows; ++r) sum += a.x[r * a.channels + c] - origin;
  const float mean = sum / static_cast<float>(a.rows);
  for (std::int64_t r = 0; r < a.rows; ++r) {
    const float deviation = a.x[r * a.channels + c] - origin - mean;
    squares = fmaf(deviation, deviation, squares);
  }
  write_statistics(a, static_cast<int>(c), mean, squares);
}

void batch_norm_statistics_v1_naive(Stream& stream, const BatchNormStatisticsArgs& a) {
  constexpr int block = 128;
  launch(stream,
         {"batch_norm_statistics_v1_naive", blocks_for(a.channels, block), block, 0,
          batch_norm_statistics_cost(a)},
         batch_norm_statistics_v1_naive_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
