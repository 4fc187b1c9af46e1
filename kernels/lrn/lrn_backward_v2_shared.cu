// lrn_backward_v2_shared.cu: the derivative of local response normalisation, each denominator once.
//
// computes   lrn.h;   x, dy, dx: (rows, channels), row-major
// mapping    a block takes 512 neighbouring values, which may be of several rows or part of one, and, to either
//            side, as many as their sums reach
// idea       first dy·x·d^(−beta − 1) of all these values goes to shared memory, then a value adds those whose
//            sums hold it
// limits     rows, channels ≥ 1; size from 1 to 128
// cost       12 bytes and about 2·size + 12 flops a value; (512 + size) / 512 denominators a value
// next       x² in shared memory too
#include "kernels/lrn/lrn_row.cuh"

namespace pellucid::PELLUCID_BACKEND {

constexpr int kLrnBackwardBlock = 256;
constexpr int kLrnBackwardValues = 512;
constexpr int kLrnMostReach = 64;  // to either side: half of the largest size

__global__ void __launch_bounds__(kLrnBackwardBlock)
    lrn_backward_v2_shared_kernel(LrnBackwardArgs a) {
  __shared__ float terms[kLrnBackwardValues + 2 * kLrnMostReach];
  const LrnShape& s = a.shape;
  const std::int64_t count = s.rows * s.channels;
  const int reach = s.size / 2;
  const std::int64_t first = std::int64_t{blockIdx.x} * kLrnBackwardValues - reach;
  const int held = kLrnBackwardValues + 2 * reach;
  // d of value t, of channel c.
  const auto denominator = [&](std::int64_t t, int c) {
    const float* row = a.x + (t - c);
    return lrn_denominator(s, c, [&](int j) { return row[j] * row[j]; });
  };
  for (int k = static_cast<int>(threadIdx.x); k < held; k += kLrnBackwardBlock) {
    const std::int64_t t = first + k;
    if (t < 0 || t >= count) continue;
    const float d = denominator(t, static_cast<int>(t % s.channels));
    terms[k] = a.dy[t] * a.x[t] * powf(d, -s.beta - 1);
  }
  __syncthreads();  // all terms are there
  for (int k = static_cast<int>(threadIdx.x); k < kLrnBackwardValues; k += kLrnBackwardBlock) {
    const std::int64_t t = first + reach + k;
    if (t >= count) return;
    const int c = static_cast<int>(t % s.channels);
    float sum = 0;
    for (int i = s.first_with(c); i <= s.last_with(c); ++i) sum += terms[k + reach + (i - c)];
    a.dx[t] = lrn_derivative(s, a.x[t], a.dy[t], denominator(t, c), sum);
  }
}

void lrn_backward_v2_shared(Stream& stream, const LrnBackwardArgs& a) {
  require(a.shape.size <= 2 * kLrnMostReach, "lrn_backward_v2_shared: size may be ",
          2 * kLrnMostReach, ", got ", a.shape.size);
  const unsigned grid = blocks_for(a.shape.rows * a.shape.channels, kLrnBackwardValues);
  launch(stream, {"lrn_backward_v2_shared", grid, kLrnBackwardBlock, 0, lrn_backward_cost(a)},
         lrn_backward_v2_shared_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
