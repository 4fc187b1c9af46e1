// row_sum_v3_split.cu: sum of each row, a block for every 16384 columns.
//
// computes   reduce.h;   x: (rows, cols), row-major; y: (rows)
// mapping    block b takes part b mod parts of row b / parts, parts = ⌈cols / 16384⌉; thread t
//            adds columns t, t + 256, … of the part; a second launch adds the parts of a row the
//            same way
// idea       one long row fills the GPU. Where it is cut depends on cols alone, not on the GPU or
//            the number of rows, so the bits never change; and no thread adds more than 64 numbers
//            in a chain, so rounding stays small
// limits     rows, cols ≥ 1; rows · parts < 2^31
// cost       4·rows·(cols + 1) bytes, rows·cols flops; the partial sums are 1/16384 of that
// next       16-byte loads where cols is a multiple of 4
#include "kernels/device/block.cuh"
#include "kernels/reduce/reduce.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

constexpr int kRowSumSplitBlock = 256;

// y: (rows, parts)
__global__ void row_sum_v3_split_kernel(RowSumArgs a, unsigned parts) {
  const std::int64_t row = blockIdx.x / parts, first = blockIdx.x % parts * kReducePart;
  const std::int64_t last = min(a.cols, first + kReducePart);
  const float* x = a.x + row * a.cols;
  float sum = 0;
  for (std::int64_t c = first + threadIdx.x; c < last; c += kRowSumSplitBlock) sum += x[c];
  sum = block_sum<kRowSumSplitBlock>(sum);
  if (threadIdx.x == 0) a.y[blockIdx.x] = sum;
}

void row_sum_v3_split(Stream& stream, const RowSumArgs& a) {
  const unsigned parts = blocks_for(a.cols, kReducePart);
  const unsigned grid = blocks_for(1LL * a.rows * parts, 1);
  const auto pass = [&](const RowSumArgs& args) {
    launch(stream, {"row_sum_v3_split", grid, kRowSumSplitBlock, 0, row_sum_cost(args)},
           row_sum_v3_split_kernel, args, parts);
  };
  if (parts == 1) return pass(a);
  const Buffer partial(stream.arena(), sizeof(float) * grid);
  auto* sums = static_cast<float*>(partial.data());
  pass({a.x, sums, a.rows, a.cols});
  row_sum_v3_split(stream, {sums, a.y, a.rows, parts});
}

}  // namespace pellucid::PELLUCID_BACKEND
