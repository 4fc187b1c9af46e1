// max_pool2d_backward_v1_naive.cu: gradient of maximum pooling, one thread an input.
//
// computes   dx[n,h,w,c] = Σ dy[n,p,q,c] over the windows whose index is (h, w), in the order of
//            (p, q) dy, index: (N, P, Q, C), dx: (N, H, W, C)
// mapping    thread t of the grid takes input t = ((n·H + h)·W + w)·C + c
// idea       gather: an input asks the few windows that hold it. Scattering dy to the index would
//            need atomics where windows overlap, and their order would change the rounding
// limits     those of the operator
// cost       4·(N·H·W·C + 2·N·P·Q·C) bytes; an output is read once a pixel of its window
// next       v2 gives a block one input row and a thread up to four channels
#include "kernels/pool2d/pool2d.h"
#include "kernels/pool2d/pool2d_windows.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void max_pool2d_backward_v1_naive_kernel(MaxPool2dBackwardArgs a) {
  const Pool2dShape& s = a.shape;
  const long long input = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
  const int c = static_cast<int>(input % s.c);
  const long long pixel = input / s.c;
  const int w = static_cast<int>(pixel % s.w);
  const long long row = pixel / s.w;
  const int h = static_cast<int>(row % s.h);
  const long long n = row / s.h;
  if (n >= s.n) return;
  const PoolRange rows = pool_windows(s.rows(), h, s.p());
  const PoolRange columns = pool_windows(s.columns(), w, s.q());
  float sum = 0;
  for (int p = rows.first; p < rows.end; ++p)
    for (int q = columns.first; q < columns.end; ++q) {
      const long long output = ((n * s.p() + p) * s.q() + q) * s.c + c;
      if (a.index[output] == h * s.w + w) sum += a.dy[output];
    }
  a.dx[input] = sum;
}

void max_pool2d_backward_v1_naive(Stream& stream, const MaxPool2dBackwardArgs& a) {
  constexpr int block = 128;
  const Pool2dShape& s = a.shape;
  const unsigned grid = blocks_for(1LL * s.n * s.h * s.w * s.c, block);
  launch(stream, {"max_pool2d_backward_v1_naive", grid, block, 0, max_pool2d_backward_cost(s)},
         max_pool2d_backward_v1_naive_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
