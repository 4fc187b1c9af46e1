// average_pool2d_backward_v1_naive.cu: gradient of average pooling, one thread an input.
//
// computes   dx[n,h,w,c] = Σ dy[n,p,q,c] / divisor(p, q) over the windows that hold (h, w), in the
//            order of (p, q);   dy: (N, P, Q, C), dx: (N, H, W, C)
// mapping    thread t of the grid takes input t = ((n·H + h)·W + w)·C + c
// idea       gather, as in max_pool2d_backward_v1_naive.cu: no atomics, one order of additions
// limits     those of the operator
// cost       4·(N·H·W·C + N·P·Q·C) bytes; an output is read once a pixel of its window
// next       v2 gives a block one input row and a thread up to four channels
#include "kernels/pool2d/pool2d.h"
#include "kernels/pool2d/pool2d_windows.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void average_pool2d_backward_v1_naive_kernel(AveragePool2dBackwardArgs a) {
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
      if (!pool_holds(s.rows(), p, h) || !pool_holds(s.columns(), q, w)) continue;
      const int pixels = pool_divisor(s.rows(), p, s.count_padding) *
                         pool_divisor(s.columns(), q, s.count_padding);
      sum += a.dy[((n * s.p() + p) * s.q() + q) * s.c + c] / static_cast<float>(pixels);
    }
  a.dx[input] = sum;
}

void average_pool2d_backward_v1_naive(Stream& stream, const AveragePool2dBackwardArgs& a) {
  constexpr int block = 128;
  const Pool2dShape& s = a.shape;
  const unsigned grid = blocks_for(1LL * s.n * s.h * s.w * s.c, block);
  launch(stream,
         {"average_pool2d_backward_v1_naive", grid, block, 0, average_pool2d_backward_cost(s)},
         average_pool2d_backward_v1_naive_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
