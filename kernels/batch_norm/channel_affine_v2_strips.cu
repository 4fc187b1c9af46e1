// channel_affine_v2_strips.cu: each channel's factor and summand, up to four channels of eight rows
// a thread.
//
// computes   y[r,c] = fma(x[r,c] − center[c], scale[c], shift[c]);
//            x, y: (rows, channels), center, scale, shift: (channels) or null
// mapping    batch_norm_channels.cuh with packs of 4, 2 or 1 channels for columns; a block takes up
//            to 32 packs of 8·256 / width rows
// idea       16-byte loads and stores where the channels allow; a channel's three numbers are read
//            once for eight rows, and no thread divides by the channels
// limits     rows, channels ≥ 1; groups of packs · strips < 2^31
// cost       8·rows·channels bytes, 3·rows·channels flops
// next       nothing here: the operator before it could apply it to its sums and save this pass
#include "kernels/batch_norm/batch_norm_channels.cuh"

namespace pellucid::PELLUCID_BACKEND {

template <int kPack>
__global__ void __launch_bounds__(kChannelBlock)
    channel_affine_v2_strips_kernel(ChannelAffineArgs a, int width, unsigned groups) {
  const ChannelPlace at = channel_place(a.channels / kPack, width, groups);
  if (!at.inside) return;
  Pack<float, kPack> center = {}, scale = {}, shift = {};
  if (a.center) center = load_pack<kPack>(a.center + at.column * kPack);
  if (a.shift) shift = load_pack<kPack>(a.shift + at.column * kPack);
  for (int l = 0; l < kPack; ++l) scale.at[l] = 1;
  if (a.scale) scale = load_pack<kPack>(a.scale + at.column * kPack);
  for_strip(at, a.rows, a.channels, kPack, [&](std::int64_t offset) {
    auto pack = load_pack<kPack>(a.x + offset);
    for (int l = 0; l < kPack; ++l)
      pack.at[l] = fmaf(pack.at[l] - center.at[l], scale.at[l], shift.at[l]);
    store_pack<kPack>(a.y + offset, pack);
  });
}

void channel_affine_v2_strips(Stream& stream, const ChannelAffineArgs& a) {
  launch_strips<ChannelAffineArgs>(
      stream, "channel_affine_v2_strips", channel_affine_cost(a),
      {channel_affine_v2_strips_kernel<1>, channel_affine_v2_strips_kernel<2>,
       channel_affine_v2_strips_kernel<4>},
      a, pack_width(a.channels, {a.x, a.y, a.center, a.scale, a.shift}));
}

}  // namespace pellucid::PELLUCID_BACKEND
