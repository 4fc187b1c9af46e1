// transpose_v1_naive.cu: transposed matrices, one thread a value.
//
// computes   transpose.h;   x: (N, R, C), y: (N, C, R)
// mapping    thread t of the grid moves value t of x
// idea       the formula as written: neighbouring threads read side by side and write R values apart,
//            a sector of 32 bytes for 4 of them
// limits     every extent ≥ 1
// cost       8·N·R·C bytes, of which the stores take eight times as many sectors as they fill
// next       v2 turns a tile in shared memory
#include "kernels/device/vector.cuh"
#include "kernels/transpose/transpose.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void transpose_v1_naive_kernel(TransposeArgs a) {
  const std::int64_t t = grid_thread(), matrix = std::int64_t{a.rows} * a.cols;
  if (t >= a.n * matrix) return;
  const std::int64_t n = t / matrix, r = t % matrix / a.cols, c = t % a.cols;
  a.y[n * matrix + c * a.rows + r] = a.x[t];
}

void transpose_v1_naive(Stream& stream, const TransposeArgs& a) {
  constexpr int block = 256;
  launch(stream,
         {"transpose_v1_naive", blocks_for(1LL * a.n * a.rows * a.cols, block), block, 0,
          transpose_cost(a)},
         transpose_v1_naive_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
