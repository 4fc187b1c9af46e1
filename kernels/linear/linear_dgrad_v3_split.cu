// linear_dgrad_v3_split.cu: gradient of the fully connected layer's input, the sum over the outputs
// split over the warps of a block.
//
// computes   dx[n,i] = Σ_o dy[n,o]·w[o,i];   dy: (N, O), w: (O, I), dx: (N, I)
// mapping    a block of 8 warps computes kRows rows × 32 columns i, one a lane; warp v adds up
//            o = v, v + 8, …, and thread t then adds the 8 partial sums of row t / 32,
//            column t % 32
// idea       v2 makes 37 blocks of the network's first layer at a batch of 16, each walking all 512
//            outputs in turn; here it is 148 blocks and a warp walks 64 outputs. A load of w serves
//            kRows rows, one of dy (the same address in all lanes) 32 columns. Which warp adds what
//            depends on O alone, and the partial sums are added in the order of the warps
// limits     N, I, O ≥ 1
// cost       2·N·I·O flops; w is read ⌈N/8⌉ times from L2 or memory
// next       w through shared memory would be read once for more than 8 rows
#include "kernels/device/warp.cuh"
#include "kernels/linear/linear.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {
namespace {

constexpr int kSplitWarps = 8;
constexpr int kSplitBlock = kSplitWarps * kWarp;

template <int kRows>
__global__ void __launch_bounds__(kSplitBlock) linear_dgrad_v3_split_kernel(LinearDgradArgs a) {
  static_assert(kRows <= kSplitWarps, "a warp writes at most one row");
  __shared__ float partial[kSplitWarps][kRows][kWarp];
  const int inputs = a.shape.inputs, outputs = a.shape.outputs;
  const int column_blocks = (inputs + kWarp - 1) / kWarp;
  const int first_row = static_cast<int>(blockIdx.x) / column_blocks * kRows;
  const int column = static_cast<int>(blockIdx.x) % column_blocks * kWarp + lane_id();
  // Past the end the last row or column is repeated; it is not written.
  const float* w = a.w + min(column, inputs - 1);
  const float* dy[kRows];
  for (int r = 0; r < kRows; ++r)
    dy[r] = a.dy + static_cast<long long>(min(first_row + r, a.shape.n - 1)) * outputs;

  float sums[kRows] = {};
  for (int o = warp_id(); o < outputs; o += kSplitWarps) {
    const float weight = w[static_cast<long long>(o) * inputs];
    for (int r = 0; r < kRows; ++r) sums[r] = fmaf(dy[r][o], weight, sums[r]);
  }
  for (int r = 0; r < kRows; ++r) partial[warp_id()][r][lane_id()] = sums[r];
  __syncthreads();  // all partial sums are there
  const int r = warp_id(), row = first_row + r;
  if (r >= kRows || row >= a.shape.n || column >= inputs) return;
  float sum = partial[0][r][lane_id()];
  for (int warp = 1; warp < kSplitWarps; ++warp) sum += partial[warp][r][lane_id()];
  a.dx[static_cast<long long>(row) * inputs + column] = sum;
}

template <int kRows>
void launch_rows(Stream& stream, const LinearDgradArgs& a) {
  const long long blocks = 1LL * blocks_for(a.shape.n, kRows) * blocks_for(a.shape.inputs, kWarp);
  launch(stream,
         {"linear_dgrad_v3_split", blocks_for(blocks, 1), kSplitBlock, 0, linear_cost(a.shape)},
         linear_dgrad_v3_split_kernel<kRows>, a);
}

}  // namespace

void linear_dgrad_v3_split(Stream& stream, const LinearDgradArgs& a) {
  if (a.shape.n == 1) launch_rows<1>(stream, a);
  else launch_rows<8>(stream, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
