// rearrange_v4_runs.cu: moved values, where y's last axes are a short run of x in another order: channel
// shuffles, the exchange of two small axes.
//
// computes   rearrange.h;   x and y contiguous, 2 to 7 axes
// mapping    a block takes as many runs as fit into 2048 values, 256 at most; its threads read them side by
//            side, and write them side by side in y's order
// idea       a run lies together in x and in y alike, so that no lane is idle and no sector half used
//            however short its axes are; the order changes in shared memory
// limits     the last axes, at least two, whole and together one run of at most 2048 values
// cost       8 bytes a value of y, no flops; bank conflicts where a stride shares divisors with 32
// next       16-byte loads where a run is a multiple of four values
#include <algorithm>

#include "kernels/device/vector.cuh"
#include "kernels/rearrange/rearrange_fit.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {
namespace {

constexpr int kRunsBlock = 256, kRunsMost = 256;
static_assert(kRunsMost <= kRunsBlock, "a thread finds where a run begins");

}  // namespace

__global__ void rearrange_v4_runs_kernel(RearrangeArgs a, int first_axis, int length, int per_block,
                                         std::int64_t runs) {
  __shared__ float values[kRearrangeRun];
  __shared__ std::int64_t begins[kRunsMost];  // in x; −1: outside
  const RearrangeShape& s = a.shape;
  const std::int64_t first = static_cast<std::int64_t>(blockIdx.x) * per_block;
  const int here = runs - first < per_block ? static_cast<int>(runs - first) : per_block;
  const int thread = static_cast<int>(threadIdx.x);
  if (thread < here) {
    std::int64_t left = first + thread, from = 0;
    bool there = true;
    for (int k = first_axis - 1; k >= 0; --k) {
      const RearrangeAxis& axis = s.axes[k];
      const int place = place_of(axis, s.outside, static_cast<int>(left % axis.extent));
      left /= axis.extent;
      there = there && place >= 0;
      from += axis.stride * place;
    }
    begins[thread] = there ? from : -1;
  }
  __syncthreads();  // every thread reads where all runs begin
  for (int i = thread; i < here * length; i += kRunsBlock) {
    const int run = i / length;
    values[i] = begins[run] >= 0 ? a.x[begins[run] + (i - run * length)] : s.value;
  }
  __syncthreads();  // values are read that other threads have put there
  for (int i = thread; i < here * length; i += kRunsBlock) {
    const int run = i / length;
    int left = i - run * length, from = run * length;
    for (int k = s.rank - 1; k >= first_axis; --k) {
      const int rest = left / s.axes[k].extent;
      from += static_cast<int>(s.axes[k].stride) * (left - rest * s.axes[k].extent);
      left = rest;
    }
    a.y[first * length + i] = values[from];
  }
}

void rearrange_v4_runs(Stream& stream, const RearrangeArgs& a) {
  const int first_axis = rearrange_run(a.shape);
  require(first_axis >= 0, "rearrange_v4_runs: the last axes must be a run of x of at most ",
          kRearrangeRun, " values in another order; the v1 variant takes any");
  int length = 1;
  for (int k = first_axis; k < a.shape.rank; ++k) length *= a.shape.axes[k].extent;
  const std::int64_t runs = a.shape.values_of_y() / length;
  const int per_block = std::min(kRunsMost, kRearrangeRun / length);
  launch(stream,
         {"rearrange_v4_runs", blocks_for(runs, per_block), kRunsBlock, 0, rearrange_cost(a)},
         rearrange_v4_runs_kernel, a, first_axis, length, per_block, runs);
}

}  // namespace pellucid::PELLUCID_BACKEND
