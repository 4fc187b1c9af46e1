// batch_norm_backward_v1_naive.cu: gradient of the normalisation by a batch, one thread a channel.
//
// computes   batch_norm.h;   x, dy, dx: (rows, channels), mean, variance, gamma, dgamma, dbeta:
//            (channels)
// mapping    thread t of the grid walks channel t twice: for the sums, for dx
// idea       the formula as written
// limits     rows, channels ≥ 1; fp32 rounding of the sums grows with rows
// cost       9·rows·channels flops; x and dy are read twice; few channels leave most of the GPU
//            idle
// next       v2 gives the rows to many blocks
#include "kernels/batch_norm/batch_norm_channels.cuh"

namespace pellucid::PELLUCID_BACKEND {

__global__ void batch_norm_backward_v1_naive_kernel(BatchNormBackwardArgs a) {
  const std::int64_t thread = grid_thread();
  if (thread >= a.channels) return;
  const int c = static_cast<int>(thread);
  ChannelNorm norm = channel_norm(a, c);
  float dbeta = 0, dgamma = 0;
  for (std::int64_t r = 0; r < a.rows; ++r) {
    const float dy = a.dy[r * a.channels + c];
    dbeta += dy;
    dgamma = fmaf(dy, norm.normalised(a.x[r * a.channels + c]), dgamma);
  }
  a.dbeta[c] = dbeta;
  a.dgamma[c] = dgamma;
  if (!a.dx) return;
  norm.mean_dy = dbeta / static_cast<float>(a.rows);
  norm.mean_product = dgamma / static_cast<float>(a.rows);
  for (std::int64_t r = 0; r < a.rows; ++r) {
    const std::int64_t i = r * a.channels + c;
    a.dx[i] = norm.dx(a.x[i], a.dy[i]);
  }
}

void batch_norm_backward_v1_naive(Stream& stream, const BatchNormBackwardArgs& a) {
  constexpr int block = 128;
  launch(stream,
         {"batch_norm_backward_v1_naive", blocks_for(a.channels, block), block, 0,
          batch_norm_backward_cost(a)},
         batch_norm_backward_v1_naive_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
