// rearrange_v1_naive.cu: moved values, one thread a value.
//
// computes   rearrange.h;   x and y contiguous, 1 to 7 axes
// mapping    thread t of the grid writes value t of y
// idea       the formula as written: the index along each axis by one 64-bit division
// limits     those of rearrange()
// cost       8 bytes a value of y, no flops; a 64-bit division a value and axis
// next       v2 divides 32-bit numbers, and moves up to four values at once
#include "kernels/device/vector.cuh"
#include "kernels/rearrange/rearrange.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void rearrange_v1_naive_kernel(RearrangeArgs a, std::int64_t count) {
  const std::int64_t t = grid_thread();
  if (t >= count) return;
  std::int64_t left = t, from = 0;
  bool there = true;
  for (int k = a.shape.rank - 1; k >= 0; --k) {
    const RearrangeAxis& axis = a.shape.axes[k];
    const int place = place_of(axis, a.shape.outside, static_cast<int>(left % axis.extent));
    left /= axis.extent;
    there = there && place >= 0;
    from += axis.stride * place;
  }
  a.y[t] = there ? a.x[from] : a.shape.value;
}

void rearrange_v1_naive(Stream& stream, const RearrangeArgs& a) {
  constexpr int block = 256;
  const std::int64_t count = a.shape.values_of_y();
  launch(stream, {"rearrange_v1_naive", blocks_for(count, block), block, 0, rearrange_cost(a)},
         rearrange_v1_naive_kernel, a, count);
}

}  // namespace pellucid::PELLUCID_BACKEND
