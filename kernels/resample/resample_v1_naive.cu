// resample_v1_naive.cu: resampled pictures, one thread a value.
//
// computes   resample.h;   x: (N, H, W, C), y: (N, P, Q, C)
// mapping    thread t of the grid writes value t of y
// idea       the formula as written; neighbours come from L1 and L2, the tables too
// limits     every extent ≥ 1; W·C, Q·C < 2^31
// cost       4·N·C·(H·W + P·Q) bytes, 2 flops a value and weight; three 64-bit divisions a value
// next       v2 takes up to four channels a thread and divides 32-bit numbers
#include "kernels/resample/resample_sum.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void resample_v1_naive_kernel(ResampleArgs a) {
  const std::int64_t t = grid_thread();
  const std::int64_t pixel = t / a.c, row = pixel / a.q, n = row / a.p;
  if (n >= a.n) return;
  a.y[t] = resample_sum<1>(a, n, static_cast<int>(row - n * a.p),
                           static_cast<int>(pixel - row * a.q), static_cast<int>(t - pixel * a.c))
               .at[0];
}

void resample_v1_naive(Stream& stream, const ResampleArgs& a) {
  constexpr int block = 256;
  const long long count = 1LL * a.n * a.p * a.q * a.c;
  launch(stream, {"resample_v1_naive", blocks_for(count, block), block, 0, resample_cost(a)},
         resample_v1_naive_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
