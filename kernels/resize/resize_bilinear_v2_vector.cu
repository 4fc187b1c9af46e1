// resize_bilinear_v2_vector.cu: bilinear resize, four values of a row a thread.
//
// computes   resize.h;   x: (N, H, W, C), y: (N, P, Q, C)
// mapping    thread t of the grid writes values 4t … 4t + 3 of y, which lie in one row of one
//            image
// idea       the 64-bit divisions and the row's neighbours serve four values, stored as 16 bytes
// limits     as v1; Q·C a multiple of 4; y aligned to 16 bytes
// cost       4·N·C·(H·W + P·Q) bytes, 9·N·P·Q·C flops
// next       enlarging much, the neighbours of a whole tile would fit into shared memory
#include "kernels/alignment.h"
#include "kernels/device/vector.cuh"
#include "kernels/resize/resize_mix.cuh"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void resize_bilinear_v2_vector_kernel(ResizeArgs a) {
  const std::int64_t t = grid_thread();
  const int row_vectors = a.q * a.c / kVector;
  const std::int64_t row = t / row_vectors, n = row / a.p;  // row: of all images
  if (n >= a.n) return;
  const int first = kVector * static_cast<int>(t - row * row_vectors);
  const ResizePoint v = resize_point(static_cast<int>(row - n * a.p), a.h, a.p, a.align_corners);
  store4(a.y + kVector * t,
         make_float4(resize_value(a, n, v, first), resize_value(a, n, v, first + 1),
                     resize_value(a, n, v, first + 2), resize_value(a, n, v, first + 3)));
}

void resize_bilinear_v2_vector(Stream& stream, const ResizeArgs& a) {
  constexpr int block = 256;
  require_aligned16("resize_bilinear_v2_vector", {a.y});
  const long long row_values = 1LL * a.q * a.c;
  require(row_values % kVector == 0, "resize_bilinear_v2_vector: Q·C must be a multiple of 4, got ",
          row_values);
  const unsigned grid = blocks_for(1LL * a.n * a.p * row_values, kVector * block);
  launch(stream, {"resize_bilinear_v2_vector", grid, block, 0, resize_bilinear_cost(a)},
         resize_bilinear_v2_vector_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
