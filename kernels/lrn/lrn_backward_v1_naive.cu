// lrn_backward_v1_naive.cu: the derivative of local response normalisation, one thread a value.
//
// computes   lrn.h;   x, dy, dx: (rows, channels), row-major
// mapping    thread t of the grid takes value t
// idea       the formula as written
// limits     rows, channels ≥ 1; size from 1 to 2^20
// cost       12 bytes a value at least; a thread computes size denominators of size terms each
// next       v2 computes each denominator once, into shared memory
#include "kernels/lrn/lrn_row.cuh"

namespace pellucid::PELLUCID_BACKEND {

__global__ void lrn_backward_v1_naive_kernel(LrnBackwardArgs a) {
  const std::int64_t t = grid_thread();
  if (t >= a.shape.rows * a.shape.channels) return;
  const int c = static_cast<int>(t % a.shape.channels);
  const float *row = a.x + (t - c), *dy = a.dy + (t - c);
  const auto square = [&](int j) { return row[j] * row[j]; };
  float sum = 0;
  for (int i = a.shape.first_with(c); i <= a.shape.last_with(c); ++i)
    sum = fmaf(dy[i] * row[i], powf(lrn_denominator(a.shape, i, square), -a.shape.beta - 1), sum);
  a.dx[t] = lrn_derivative(a.shape, row[c], dy[c], lrn_denominator(a.shape, c, square), sum);
}

void lrn_backward_v1_naive(Stream& stream, const LrnBackwardArgs& a) {
  constexpr int block = 256;
  launch(stream,
         {"lrn_backward_v1_naive", blocks_for(a.shape.rows * a.shape.channels, block), block, 0,
          lrn_backward_cost(a)},
         lrn_backward_v1_naive_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
