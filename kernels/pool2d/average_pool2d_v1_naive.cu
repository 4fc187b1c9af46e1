// average_pool2d_v1_naive.cu: average pooling, one thread an output.
//
// computes   pool2d.h;   x: (N, H, W, C), y: (N, P, Q, C)
// mapping    thread t of the grid takes output t = ((n·P + p)·Q + q)·C + c
// idea       the formula as written; the sum is divided, not multiplied by a reciprocal, so that
//            the mean of integers is rounded once
// limits     those of the operator
// cost       4·(N·H·W·C + N·P·Q·C) bytes; four 64-bit divisions a thread to find its place
// next       v2 gives a block one output row and a thread up to four channels
#include "kernels/pool2d/pool2d.h"
#include "kernels/pool2d/pool2d_windows.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void average_pool2d_v1_naive_kernel(AveragePool2dArgs a) {
  const Pool2dShape& s = a.shape;
  const long long output = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
  const int c = static_cast<int>(output % s.c);
  const long long pixel = output / s.c;
  const int q = static_cast<int>(pixel % s.q());
  const long long row = pixel / s.q();
  const int p = static_cast<int>(row % s.p());
  const long long n = row / s.p();
  if (n >= s.n) return;
  const PoolRange rows = pool_pixels(s.rows(), p);
  const PoolRange columns = pool_pixels(s.columns(), q);
  const float* plane = a.x + n * s.h * s.w * s.c + c;
  float sum = 0;
  for (int h = rows.first; h < rows.end; h += s.dilation_h)
    for (int w = columns.first; w < columns.end; w += s.dilation_w)
      sum += plane[(static_cast<long long>(h) * s.w + w) * s.c];
  a.y[output] = sum / static_cast<float>(pool_divisor(s.rows(), p, s.count_padding) *
                                         pool_divisor(s.columns(), q, s.count_padding));
}

void average_pool2d_v1_naive(Stream& stream, const AveragePool2dArgs& a) {
  constexpr int block = 128;
  const Pool2dShape& s = a.shape;
  const unsigned grid = blocks_for(1LL * s.n * s.p() * s.q() * s.c, block);
  launch(stream, {"average_pool2d_v1_naive", grid, block, 0, average_pool2d_cost(s)},
         average_pool2d_v1_naive_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
