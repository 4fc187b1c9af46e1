// rearrange_backward_v3_split.cu: the adjoint of a broadcast: many rows of dy are summed to few of dx.
//
// computes   rearrange.h;   dy and dx contiguous, 1 to 7 axes
// mapping    a block sums 32 neighbouring values of one row of dx: warp w adds readers w, w + 16, … of
//            them, each lane one value; then warp 0 adds the 16 sums
// idea       where a pixel was spread over a picture, v2 has a thread for each few channels and lets it add
//            the whole picture
// limits     the innermost axis is whole and has stride 1; a value has 64 readers or more, else warps idle
// cost       4 bytes a value of dy and of dx, a flop a value of dy
// next       a picture's sum could be shared among blocks too, in a second pass
#include "kernels/device/warp.cuh"
#include "kernels/rearrange/rearrange_fit.h"
#include "kernels/rearrange/rearrange_readers.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {
namespace {

constexpr int kSplitWarps = 16, kSplitBlock = kSplitWarps * kWarp;

}  // namespace

__global__ void rearrange_backward_v3_split_kernel(RearrangeBackwardArgs a) {
  __shared__ float sums[kSplitWarps][kWarp];
  const int length = a.shape.axes[a.shape.rank - 1].extent, strips = (length + kWarp - 1) / kWarp;
  const std::int64_t row = blockIdx.x / strips;
  const int channel = kWarp * static_cast<int>(blockIdx.x % strips) + lane_id();
  const bool there = channel < length;
  const RearrangeReaders readers(a.shape, a.shape.rank - 1, row * length);
  const std::int64_t count = readers.count();
  float sum = 0;
  if (there)
    for (std::int64_t t = warp_id(); t < count; t += kSplitWarps)
      sum += a.dy[readers.index(t) + channel];
  sums[warp_id()][lane_id()] = sum;
  __syncthreads();  // warp 0 reads the sums of all
  if (warp_id() != 0 || !there) return;
  for (int w = 1; w < kSplitWarps; ++w) sum += sums[w][lane_id()];
  a.dx[row * length + channel] = sum;
}

void rearrange_backward_v3_split(Stream& stream, const RearrangeBackwardArgs& a) {
  require(keeps_rows(a) && has_many_readers(a),
          "rearrange_backward_v3_split: the innermost axis must be whole and lie together in x, "
          "and a value "
          "have 64 readers; the v1 variant takes any");
  const int length = a.shape.axes[a.shape.rank - 1].extent;
  const std::int64_t rows = a.shape.values_of_x() / length;
  launch(stream,
         {"rearrange_backward_v3_split", blocks_for(rows * ((length - 1) / kWarp + 1), 1),
          kSplitBlock, 0, rearrange_backward_cost(a)},
         rearrange_backward_v3_split_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
