// lrn_v1_naive.cu: local response normalisation, one thread a value.
//
// computes   lrn.h;   x, y: (rows, channels), row-major
// mapping    thread t of the grid takes value t
// idea       the formula as written
// limits     rows, channels ≥ 1; size from 1 to 2^20
// cost       8 bytes and 2·size + 4 flops a value; x is read size times, by neighbouring threads
// next       v2 reads x once, into shared memory
#include "kernels/lrn/lrn_row.cuh"

namespace pellucid::PELLUCID_BACKEND {

__global__ void lrn_v1_naive_kernel(LrnArgs a) {
  const std::int64_t t = grid_thread();
  if (t >= a.shape.rows * a.shape.channels) return;
  const int c = static_cast<int>(t % a.shape.channels);
  const float* row = a.x + (t - c);
  const float d = lrn_denominator(a.shape, c, [&](int j) { return row[j] * row[j]; });
  a.y[t] = row[c] * powf(d, -a.shape.beta);
}

void lrn_v1_naive(Stream& stream, const LrnArgs& a) {
  constexpr int block = 256;
  launch(
      stream,
      {"lrn_v1_naive", blocks_for(a.shape.rows * a.shape.channels, block), block, 0, lrn_cost(a)},
      lrn_v1_naive_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
