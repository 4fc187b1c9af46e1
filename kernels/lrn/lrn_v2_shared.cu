// lrn_v2_shared.cu: local response normalisation, squares in shared memory.
//
// computes   lrn.h;   x, y: (rows, channels), row-major
// mapping    a block takes 512 neighbouring values, which may be of several rows or part of one; thread t
//            values t and t + 256 of them
// idea       x is read once and squared once; a sum reads shared memory, but for channels of the same row
//            that lie outside of the block's values, at its ends
// limits     rows, channels ≥ 1; size from 1 to 2^20
// cost       8 bytes and size + 4 flops a value
// next       a running sum would read two squares a value, in another order of additions
#include "kernels/lrn/lrn_row.cuh"

namespace pellucid::PELLUCID_BACKEND {

constexpr int kLrnBlock = 256;
constexpr int kLrnValues = 512;  // of a block

__global__ void __launch_bounds__(kLrnBlock) lrn_v2_shared_kernel(LrnArgs a) {
  __shared__ float squares[kLrnValues];
  const std::int64_t first = std::int64_t{blockIdx.x} * kLrnValues;
  const std::int64_t count = a.shape.rows * a.shape.channels;
  for (int k = static_cast<int>(threadIdx.x); k < kLrnValues; k += kLrnBlock) {
    const float x = first + k < count ? a.x[first + k] : 0.0f;
    squares[k] = x * x;
  }
  __syncthreads();  // all squares are there
  for (int k = static_cast<int>(threadIdx.x); k < kLrnValues && first + k < count; k += kLrnBlock) {
    const std::int64_t t = first + k;
    const int c = static_cast<int>(t % a.shape.channels);
    const float d = lrn_denominator(a.shape, c, [&](int j) {
      const std::int64_t at = k + (j - c);
      if (at >= 0 && at < kLrnValues) return squares[at];
      const float x = a.x[first + at];
      return x * x;
    });
    a.y[t] = a.x[t] * powf(d, -a.shape.beta);
  }
}

void lrn_v2_shared(Stream& stream, const LrnArgs& a) {
  const unsigned grid = blocks_for(a.shape.rows * a.shape.channels, kLrnValues);
  launch(stream, {"lrn_v2_shared", grid, kLrnBlock, 0, lrn_cost(a)}, lrn_v2_shared_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
