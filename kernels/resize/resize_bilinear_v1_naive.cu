// resize_bilinear_v1_naive.cu: bilinear resize, one thread a value.
//
// computes   resize.h;   x: (N, H, W, C), y: (N, P, Q, C)
// mapping    thread t of the grid writes value t of y
// idea       the formula as written; the four neighbours come from L1 and L2
// limits     every extent ≥ 1; H·P, W·Q ≤ 2^29; W·C, Q·C < 2^31 (the operator checks them)
// cost       4·N·C·(H·W + P·Q) bytes, 9·N·P·Q·C flops
// next       v2 finds the row's neighbours once for four values and writes them in one store
#include "kernels/device/vector.cuh"
#include "kernels/resize/resize_mix.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void resize_bilinear_v1_naive_kernel(ResizeArgs a) {
  const std::int64_t t = grid_thread();
  const int row_values = a.q * a.c;
  const std::int64_t row = t / row_values;  // of all images
  if (row >= std::int64_t{a.n} * a.p) return;
  const ResizePoint v = resize_point(static_cast<int>(row % a.p), a.h, a.p, a.align_corners);
  a.y[t] = resize_value(a, row / a.p, v, static_cast<int>(t % row_values));
}

void resize_bilinear_v1_naive(Stream& stream, const ResizeArgs& a) {
  constexpr int block = 256;
  const long long count = 1LL * a.n * a.p * a.q * a.c;
  launch(stream,
         {"resize_bilinear_v1_naive", blocks_for(count, block), block, 0, resize_bilinear_cost(a)},
         resize_bilinear_v1_naive_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
