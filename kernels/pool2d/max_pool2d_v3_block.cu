// max_pool2d_v3_block.cu: maximum pooling over large windows, a block an output pixel.
//
// computes   pool2d.h;   x: (N, H, W, C), y and index: (N, P, Q, C)
// mapping    pool2d_block.cuh
// idea       global pooling has few outputs, each of many pixels: v2 would walk a window of 53×53
//            in one thread; here 256 threads share it. Pairs (value, index) are joined so that the
//            smaller index wins among equals: the first maximum, whoever finds it
// limits     windows of at least 64 pixels (pool2d.cpp); less than 2^31 blocks
// cost       4·(N·H·W·C + 2·N·P·Q·C) bytes
// next       windows of tens of thousands of pixels at batch 1 would want several blocks each
#include "kernels/pool2d/pool2d_block.cuh"

namespace pellucid::PELLUCID_BACKEND {
namespace {

struct Candidate {
  float value;
  int index;  // negative: none
};

__device__ __forceinline__ Candidate first_maximum(Candidate a, Candidate b) {
  if (b.index < 0) return a;
  if (a.index < 0 || pool_replaces(b.value, a.value)) return b;
  const bool equal = a.value == b.value || (a.value != a.value && b.value != b.value);
  return equal && b.index < a.index ? b : a;
}

template <int kChannels>
__global__ void __launch_bounds__(kWindowBlock) max_pool2d_v3_block_kernel(MaxPool2dArgs a) {
  constexpr int kSlots = kWindowBlock / kChannels;
  __shared__ float values[kSlots][kChannels];
  __shared__ int indices[kSlots][kChannels];
  const Pool2dShape& s = a.shape;
  const WindowPlace at = window_place<kChannels>(s);
  const int lane = static_cast<int>(threadIdx.x) % kChannels;
  const int width = at.columns.count(s.dilation_w);
  const int pixels = at.rows.count(s.dilation_h) * width;
  Candidate best = {0.0f, -1};
  if (at.c < s.c) {
    const float* plane = a.x + at.n * s.h * s.w * s.c + at.c;
    for (int i = at.slot; i < pixels; i += kSlots) {
      const int pixel = (at.rows.first + i / width * s.dilation_h) * s.w + at.columns.first +
                        i % width * s.dilation_w;
      best = first_maximum(best, {plane[static_cast<long long>(pixel) * s.c], pixel});
    }
  }
  values[at.slot][lane] = best.value;
  indices[at.slot][lane] = best.index;
  for (int step = kSlots / 2; step > 0; step /= 2) {
    __syncthreads();  // the candidates of the step before are there
    if (at.slot >= step) continue;
    best = first_maximum(best, {values[at.slot + step][lane], indices[at.slot + step][lane]});
    values[at.slot][lane] = best.value;
    indices[at.slot][lane] = best.index;
  }
  if (at.slot != 0 || at.c >= s.c) return;
  if (a.relu) best = {pool_rectified(best.value), pool_rectified_index(best.value, best.index)};
  a.y[at.output + at.c] = best.value;
  if (a.index) a.index[at.output + at.c] = best.index;
}

}  // namespace

void max_pool2d_v3_block(Stream& stream, const MaxPool2dArgs& a) {
  launch_window_blocks<MaxPool2dArgs>(
      stream, "max_pool2d_v3_block", max_pool2d_cost(a),
      {max_pool2d_v3_block_kernel<8>, max_pool2d_v3_block_kernel<16>,
       max_pool2d_v3_block_kernel<32>},
      a);
}

}  // namespace pellucid::PELLUCID_BACKEND
