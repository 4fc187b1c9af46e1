// rearrange_backward_v2_vector.cu: the adjoint of a rearrangement that keeps the innermost axis, up to
// four of its values a thread.
//
// computes   rearrange.h;   dy and dx contiguous, 1 to 7 axes
// mapping    thread t of the grid sums pack t of dx: 4, 2 or 1 neighbouring values of a row
// idea       what reads a row is found once for a pack, which is moved by one instruction
// limits     the innermost axis is whole and has stride 1
// cost       4 bytes a value of dy and of dx, a flop a value of dy
// next       v3 shares the many readers of few values among threads
#include "kernels/device/pack.cuh"
#include "kernels/device/unroll.cuh"
#include "kernels/rearrange/rearrange_fit.h"
#include "kernels/rearrange/rearrange_readers.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

template <int kWidth>
__global__ void rearrange_backward_v2_vector_kernel(RearrangeBackwardArgs a, std::int64_t packs) {
  const std::int64_t t = grid_thread();
  if (t >= packs) return;
  const int length = a.shape.axes[a.shape.rank - 1].extent;
  const int channel = static_cast<int>(t * kWidth % length);
  Pack<float, kWidth> sum = {};
  for (RearrangeReaders r(a.shape, a.shape.rank - 1, t * kWidth - channel); r.any(); r.next()) {
    const Pack<float, kWidth> dy = load_pack<kWidth>(a.dy + r.index() + channel);
    PELLUCID_UNROLL
    for (int i = 0; i < kWidth; ++i) sum.at[i] += dy.at[i];
  }
  store_pack(a.dx + t * kWidth, sum);
}

void rearrange_backward_v2_vector(Stream& stream, const RearrangeBackwardArgs& a) {
  constexpr int block = 256;
  require(keeps_rows(a),
          "rearrange_backward_v2_vector: the innermost axis must be whole and lie together "
          "in x; the v1 variant takes any");
  const int width = pack_width(a.shape.axes[a.shape.rank - 1].extent, {a.dy, a.dx});
  const std::int64_t packs = a.shape.values_of_x() / width;
  const auto kernel = width == 4   ? rearrange_backward_v2_vector_kernel<4>
                      : width == 2 ? rearrange_backward_v2_vector_kernel<2>
                                   : rearrange_backward_v2_vector_kernel<1>;
  launch(stream,
         {"rearrange_backward_v2_vector", blocks_for(packs, block), block, 0,
          rearrange_backward_cost(a)},
         kernel, a, packs);
}

}  // namespace pellucid::PELLUCID_BACKEND
