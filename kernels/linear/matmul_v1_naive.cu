// matmul_v1_naive.cu: a batch of matrix products, one thread an element.
//
// computes   matmul.h;   a: (batch, m, k), b: (b_count, k, n), either transposed, c: (batch, m, n)
// mapping    thread t of the grid takes element t of c and walks k upwards
// idea       the formula as written
// limits     extents ≥ 1
// cost       2·batch·m·n·k flops; a transposed b is read k floats apart by neighbouring threads
// next       v2 stages tiles of both factors in shared memory
#include "kernels/device/vector.cuh"
#include "kernels/linear/matmul.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void matmul_v1_naive_kernel(MatmulArgs s) {
  const std::int64_t t = grid_thread(), of_c = std::int64_t{s.m} * s.n;
  if (t >= s.batch * of_c) return;
  const std::int64_t i = t / of_c, row = t % of_c / s.n, column = t % s.n;
  const float* a = s.a + i * s.m * s.k + (s.transpose_a ? row : row * s.k);
  const float* b = s.b + i % s.b_count * s.k * s.n + (s.transpose_b ? column * s.k : column);
  const std::int64_t a_step = s.transpose_a ? s.m : 1, b_step = s.transpose_b ? 1 : s.n;
  float sum = 0;
  for (int j = 0; j < s.k; ++j) sum = fmaf(a[j * a_step], b[j * b_step], sum);
  s.c[t] = sum;
}

void matmul_v1_naive(Stream& stream, const MatmulArgs& s) {
  constexpr int block = 128;
  launch(
      stream,
      {"matmul_v1_naive", blocks_for(1LL * s.batch * s.m * s.n, block), block, 0, matmul_cost(s)},
      matmul_v1_naive_kernel, s);
}

}  // namespace pellucid::PELLUCID_BACKEND
