// rearrange_v2_vector.cu: moved values, where y's innermost axis lies together in x too: slices, borders,
// flips and broadcasts of pixels, transpositions that keep the channels.
//
// computes   rearrange.h;   x and y contiguous, 1 to 7 axes
// mapping    thread t of the grid writes pack t of y: 4, 2 or 1 neighbouring values of a row, as many as
//            extents, starts and the alignment allow
// idea       a pack is there or not as a whole, and moved by one instruction; the row of a block's first
//            pack takes one 64-bit division, the same for the whole block, all others are of 32 bits
// limits     the innermost axis has stride and step 1; fewer than 2^31 rows
// cost       8 bytes a value of y, no flops
// next       a division by an extent that the host knows could be a product and a shift
#include "kernels/device/pack.cuh"
#include "kernels/device/unroll.cuh"
#include "kernels/rearrange/rearrange_fit.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {
namespace {

constexpr int kRearrangeBlock = 256;

}  // namespace

template <int kWidth>
__global__ void rearrange_v2_vector_kernel(RearrangeArgs a, unsigned rows) {
  const RearrangeShape& s = a.shape;
  const RearrangeAxis& last = s.axes[s.rank - 1];
  const unsigned packs = static_cast<unsigned>(last.extent) / kWidth;
  const std::int64_t first = static_cast<std::int64_t>(blockIdx.x) * kRearrangeBlock;
  // Below packs + kRearrangeBlock, so below 2^31.
  const unsigned at = static_cast<unsigned>(first % packs) + threadIdx.x;
  const std::int64_t row = first / packs + at / packs;
  if (row >= rows) return;
  const int place = place_of(last, s.outside, kWidth * static_cast<int>(at % packs));
  bool there = place >= 0;
  std::int64_t from = place;
  unsigned left = static_cast<unsigned>(row);
  for (int k = s.rank - 2; k >= 0; --k) {
    const RearrangeAxis& axis = s.axes[k];
    const unsigned extent = static_cast<unsigned>(axis.extent), rest = left / extent;
    const int of_axis = place_of(axis, s.outside, static_cast<int>(left - rest * extent));
    left = rest;
    there = there && of_axis >= 0;
    from += axis.stride * of_axis;
  }
  Pack<float, kWidth> values;
  PELLUCID_UNROLL
  for (int i = 0; i < kWidth; ++i) values.at[i] = s.value;
  if (there) values = load_pack<kWidth>(a.x + from);
  store_pack(a.y + kWidth * (first + threadIdx.x), values);
}

void rearrange_v2_vector(Stream& stream, const RearrangeArgs& a) {
  const int width = rearrange_pack(a);
  require(width > 0,
          "rearrange_v2_vector: the innermost axis must lie together in x, in fewer than 2^31 "
          "rows; the v1 variant takes any");
  const std::int64_t rows = a.shape.values_of_y() / a.shape.axes[a.shape.rank - 1].extent;
  const unsigned grid = blocks_for(a.shape.values_of_y() / width, kRearrangeBlock);
  const auto kernel = width == 4   ? rearrange_v2_vector_kernel<4>
                      : width == 2 ? rearrange_v2_vector_kernel<2>
                                   : rearrange_v2_vector_kernel<1>;
  launch(stream, {"rearrange_v2_vector", grid, kRearrangeBlock, 0, rearrange_cost(a)}, kernel, a,
         static_cast<unsigned>(rows));
}

}  // namespace pellucid::PELLUCID_BACKEND
