// batch_norm_backward_v2_split.cu: gradient of the normalisation by a batch, a block for every 8192
// values.
//
// computes   batch_norm.h;   x, dy, dx: (rows, channels), mean, variance, gamma, dgamma, dbeta:
//            (channels)
// mapping    batch_norm_channels.cuh: a block sums up to 32 channels of 8192 / width rows, a second
//            launch joins the parts of a channel, a lane a part; a third writes dx in strips, up to
//            four channels of eight rows a thread
// idea       dx of any row needs the sums over all rows, so there is a launch between them. Where
//            the rows are cut depends on the shape alone
// limits     rows, channels ≥ 1; groups of channels · parts and of packs · strips < 2^31
// cost       9·rows·channels flops, 20·rows·channels bytes: x and dy once for the sums and once for
//            dx
// next       16-byte loads for the sums; rows of a layer small enough could stay on the chip until
//            dx
#include "kernels/batch_norm/batch_norm_channels.cuh"

namespace pellucid::PELLUCID_BACKEND {

// dbeta, dgamma: (parts, channels)
__global__ void __launch_bounds__(kChannelBlock)
    batch_norm_backward_v2_split_kernel(BatchNormBackwardArgs a, float* dbeta, float* dgamma,
                                        int width, unsigned groups) {
  __shared__ float scratch[kChannelBlock];
  const ChannelPlace at = channel_place(a.channels, width, groups);
  const std::int64_t part_rows = kPartRows * at.lanes, first = at.piece * part_rows;
  const std::int64_t last = min(a.rows, first + part_rows);
  const ChannelNorm norm = channel_norm(a, at.column);
  float sum = 0, product = 0;
  for (std::int64_t r = first + at.lane; at.inside && r < last; r += at.lanes) {
    const std::int64_t i = r * a.channels + at.column;
    sum += a.dy[i];
    product = fmaf(a.dy[i], norm.normalised(a.x[i]), product);
  }
  sum = sum_lanes(sum, scratch, width);
  product = sum_lanes(product, scratch, width);
  if (at.lane != 0 || !at.inside) return;
  dbeta[at.piece * a.channels + at.column] = sum;
  dgamma[at.piece * a.channels + at.column] = product;
}

__global__ void __launch_bounds__(kJoinBlock)
    batch_norm_backward_v2_join_kernel(BatchNormBackwardArgs a, const float* dbeta,
                                       const float* dgamma, std::int64_t parts, int width) {
  __shared__ float scratch[kJoinBlock];
  const ChannelPlace at = channel_place(a.channels, width, gridDim.x);
  float sum = 0, product = 0;
  for (std::int64_t p = at.lane; at.inside && p < parts; p += at.lanes) {
    sum += dbeta[p * a.channels + at.column];
    product += dgamma[p * a.channels + at.column];
  }
  sum = sum_lanes(sum, scratch, width);
  product = sum_lanes(product, scratch, width);
  if (at.lane != 0 || !at.inside) return;
  a.dbeta[at.column] = sum;
  a.dgamma[at.column] = product;
}

template <int kPack>
__global__ void __launch_bounds__(kChannelBlock)
    batch_norm_backward_v2_dx_kernel(BatchNormBackwardArgs a, int width, unsigned groups) {
  const ChannelPlace at = channel_place(a.channels / kPack, width, groups);
  if (!at.inside) return;
  const int first = at.column * kPack;
  const auto mean = load_pack<kPack>(a.mean + first),
             variance = load_pack<kPack>(a.variance + first),
             dbeta = load_pack<kPack>(a.dbeta + first), dgamma = load_pack<kPack>(a.dgamma + first);
  Pack<float, kPack> gamma = {};
  if (a.gamma) gamma = load_pack<kPack>(a.gamma + first);
  const auto m = static_cast<float>(a.rows);
  ChannelNorm norms[kPack];
  PELLUCID_UNROLL
  for (int l = 0; l < kPack; ++l) {
    const float inverse = inverse_deviation(variance.at[l], a.epsilon);
    norms[l] = {mean.at[l], inverse, (a.gamma ? gamma.at[l] : 1.0f) * inverse, dbeta.at[l] / m,
                dgamma.at[l] / m};
  }
  for_strip(at, a.rows, a.channels, kPack, [&](std::int64_t offset) {
    const auto x = load_pack<kPack>(a.x + offset);
    auto pack = load_pack<kPack>(a.dy + offset);
    PELLUCID_UNROLL
    for (int l = 0; l < kPack; ++l) pack.at[l] = norms[l].dx(x.at[l], pack.at[l]);
    store_pack<kPack>(a.dx + offset, pack);
  });
}

void batch_norm_backward_v2_split(Stream& stream, const BatchNormBackwardArgs& a) {
  const int width = batch_norm_width(a.channels);
  const unsigned groups = blocks_for(a.channels, width);
  const unsigned parts = blocks_for(a.rows, batch_norm_part_rows(a.channels));
  const unsigned grid = blocks_for(1LL * groups * parts, 1);
  const std::size_t sums = std::size_t{parts} * static_cast<std::size_t>(a.channels);
  const Buffer partial(stream.arena(), 2 * sizeof(float) * sums);
  auto* dbeta = static_cast<float*>(partial.data());
  auto* dgamma = dbeta + sums;
  const double elements = static_cast<double>(a.rows) * a.channels;
  launch(stream,
         {"batch_norm_backward_v2_split",
          grid,
          kChannelBlock,
          0,
          {.flops = 5 * elements, .bytes = 8 * elements}},
         batch_norm_backward_v2_split_kernel, a, dbeta, dgamma, width, groups);
  const auto joined = static_cast<double>(sums);
  launch(stream,
         {"batch_norm_backward_v2_join",
          groups,
          join_block(width, parts),
          0,
          {.flops = 2 * joined, .bytes = 8 * joined}},
         batch_norm_backward_v2_join_kernel, a, dbeta, dgamma, std::int64_t{parts}, width);
  if (!a.dx) return;
  launch_strips<BatchNormBackwardArgs>(
      stream, "batch_norm_backward_v2_dx", {.flops = 6 * elements, .bytes = 12 * elements},
      {batch_norm_backward_v2_dx_kernel<1>, batch_norm_backward_v2_dx_kernel<2>,
       batch_norm_backward_v2_dx_kernel<4>},
      a, pack_width(a.channels, {a.x, a.dy, a.dx, a.mean, a.variance, a.gamma, a.dgamma, a.dbeta}));
}

}  // namespace pellucid::PELLUCID_BACKEND
