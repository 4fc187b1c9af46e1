// linear_v3_warp.cu: the fully connected layer, the sum over the inputs split over a warp's lanes.
//
// computes   y[n,o] = bias[o] + Σ_i x[n,i]·w[o,i];   x: (N, I), w: (O, I), y: (N, O)
// mapping    a warp computes kRows rows × 4 outputs; lane l adds up i = 4l … 4l + 3 of every 128
//            inputs; the blocks' warps take neighbouring outputs of the same rows
// idea       v2 makes 8 blocks of the network's first layer (16×2366 · 2366×512), and each walks
//            all inputs in turn; here it is 64 blocks of 4 warps and a lane walks 1/32 of the inputs.
//            A load of x serves 4 outputs, a load of w up to 8 rows. 1, 4 or 8 rows a warp is
//            chosen by N: rows do not meet, and every lane's order is that of i, so the bits are
//            the same. All loads of a pass are on their way before the first is needed: their width is a
//            template argument, and the lanes past the last whole four have their own pass
// limits     N, I, O ≥ 1; float4 loads where I % 4 == 0, float2 where I % 2 == 0, else single ones
// cost       2·N·I·O flops, 5 shuffles an output; w is read ⌈N/8⌉ times from L2 or memory
// next       v4: w through shared memory, which more than 8 rows read once
#include <algorithm>

#include "kernels/device/row_load.cuh"
#include "kernels/device/warp.cuh"
#include "kernels/linear/linear.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {
namespace {

constexpr int kWarpOutputs = 4;
constexpr int kWarpBlock = 128;
constexpr int kWarpsPerBlock = kWarpBlock / kWarp;

// kWidth: of the loads of x and w.
template <int kRows, int kWidth>
__global__ void __launch_bounds__(kWarpBlock) linear_v3_warp_kernel(LinearArgs a) {
  static_assert(kRows * kWarpOutputs <= kWarp, "a lane writes at most one output");
  const int inputs = a.shape.inputs, outputs = a.shape.outputs;
  constexpr int kBlockOutputs = kWarpOutputs * kWarpsPerBlock;
  const int output_blocks = (outputs + kBlockOutputs - 1) / kBlockOutputs;
  const int first_row = static_cast<int>(blockIdx.x) / output_blocks * kRows;
  const int first_output =
      static_cast<int>(blockIdx.x) % output_blocks * kBlockOutputs + warp_id() * kWarpOutputs;
  // Past the end a warp repeats the last row or output: all lanes stay alive for the shuffles, and
  // what they compute is not written.
  const float* x[kRows];
  const float* w[kWarpOutputs];
  for (int r = 0; r < kRows; ++r)
    x[r] = a.x + static_cast<long long>(min(first_row + r, a.shape.n - 1)) * inputs;
  for (int o = 0; o < kWarpOutputs; ++o)
    w[o] = a.w + static_cast<long long>(min(first_output + o, outputs - 1)) * inputs;

  float sums[kRows][kWarpOutputs] = {};
  const auto add = [&](const auto& load) {
    float4 w4[kWarpOutputs], x4[kRows];
    for (int o = 0; o < kWarpOutputs; ++o) w4[o] = load(w[o]);
    for (int r = 0; r < kRows; ++r) x4[r] = load(x[r]);
    for (int r = 0; r < kRows; ++r)
      for (int o = 0; o < kWarpOutputs; ++o) sums[r][o] = dot4(x4[r], w4[o], sums[r][o]);
  };
  int i = 4 * lane_id();
  for (; i + 4 <= inputs; i += 4 * kWarp)
    add([&](const float* row) { return load_row4<kWidth>(row + i); });
  if (i < inputs) add([&](const float* row) { return load_row4(row + i, inputs - i, 1); });

  // Lane r·4 + o keeps the sum of row r and output o.
  float mine = 0;
  for (int r = 0; r < kRows; ++r)
    for (int o = 0; o < kWarpOutputs; ++o) {
      const float sum = warp_sum(sums[r][o]);
      if (lane_id() == r * kWarpOutputs + o) mine = sum;
    }
  const int n = first_row + lane_id() / kWarpOutputs, o = first_output + lane_id() % kWarpOutputs;
  if (lane_id() < kRows * kWarpOutputs && n < a.shape.n && o < outputs)
    a.y[static_cast<long long>(n) * outputs + o] = a.bias ? mine + a.bias[o] : mine;
}

template <int kRows>
void launch_rows(Stream& stream, const LinearArgs& a) {
  const long long blocks = 1LL * blocks_for(a.shape.n, kRows) *
                           blocks_for(a.shape.outputs, kWarpOutputs * kWarpsPerBlock);
  const int width = std::min(load_width(a.x, a.shape.inputs), load_width(a.w, a.shape.inputs));
  launch(stream, {"linear_v3_warp", blocks_for(blocks, 1), kWarpBlock, 0, linear_cost(a.shape)},
         width == 4   ? linear_v3_warp_kernel<kRows, 4>
         : width == 2 ? linear_v3_warp_kernel<kRows, 2>
                      : linear_v3_warp_kernel<kRows, 1>,
         a);
}

}  // namespace

void linear_v3_warp(Stream& stream, const LinearArgs& a) {
  if (a.shape.n == 1) launch_rows<1>(stream, a);
  else if (a.shape.n <= 4) launch_rows<4>(stream, a);
  else launch_rows<8>(stream, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
