// rearrange_backward_v1_naive.cu: the adjoint of a rearrangement, one thread a value of x.
//
// computes   rearrange.h;   dy and dx contiguous, 1 to 7 axes
// mapping    thread t of the grid sums value t of dx
// idea       what read a place is known from its number (readers_of), so that a sum is gathered in a
//            fixed order and nothing is added atomically
// limits     those of rearrange_backward()
// cost       4 bytes a value of dy and of dx, a flop a value of dy; a 64-bit division a value and axis
// next       v2 sums four neighbouring values a thread
#include "kernels/device/vector.cuh"
#include "kernels/rearrange/rearrange_readers.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void rearrange_backward_v1_naive_kernel(RearrangeBackwardArgs a, std::int64_t count) {
  const std::int64_t t = grid_thread();
  if (t >= count) return;
  float sum = 0;
  RearrangeReaders readers(a.shape, a.shape.rank, t);
  for (; readers.any(); readers.next()) sum += a.dy[readers.index()];
  a.dx[t] = sum;
}

void rearrange_backward_v1_naive(Stream& stream, const RearrangeBackwardArgs& a) {
  constexpr int block = 256;
  const std::int64_t count = a.shape.values_of_x();
  launch(stream,
         {"rearrange_backward_v1_naive", blocks_for(count, block), block, 0,
          rearrange_backward_cost(a)},
         rearrange_backward_v1_naive_kernel, a, count);
}

}  // namespace pellucid::PELLUCID_BACKEND
