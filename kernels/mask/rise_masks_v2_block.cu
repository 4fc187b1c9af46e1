// rise_masks_v2_block.cu: RISE's masks, 4096 values of one mask a block.
//
// computes   rise_masks.h;   mask: (N, H, W)
// mapping    block (n, b) takes values 4096·b … of mask n; its threads draw the cells, thread i cells i,
//            i + 256, …, thread t then writes values t, t + 256, …
// idea       a cell is drawn once for 4096 values and waits in shared memory
// limits     s ≤ 32 (1024 cells); (s + 1)·⌈size/s⌉·s ≤ 2^29 an axis; H·W ≤ 4096·65,535 (grid.y), else v1
// cost       4·N·H·W bytes written
// next       the convolution that reads the image could compute the masks itself; the sum of masks by
//            scores needs them again
#include "kernels/mask/rise_masks.h"
#include "kernels/resize_axis.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {
namespace {

constexpr int kRiseBlock = 256, kRiseValues = 4096;

}  // namespace

__global__ void rise_masks_v2_block_kernel(RiseMasksArgs a) {
  __shared__ float cells[kRiseGrid * kRiseGrid];
  const int thread = static_cast<int>(threadIdx.x), s = a.grid;
  const std::int64_t n = blockIdx.x;
  const std::uint64_t index = rise_index(a, n);
  for (int i = thread; i < s * s; i += kRiseBlock)
    cells[i] = random_uniform(a.key, index + 2 + static_cast<std::uint64_t>(i)) < a.probability
                   ? 1.0f
                   : 0.0f;
  const int cell_h = rise_cell(a.h, s), cell_w = rise_cell(a.w, s);
  const int row0 = static_cast<int>(random_below(a.key, index, cell_h)),
            col0 = static_cast<int>(random_below(a.key, index + 1, cell_w));
  __syncthreads();  // all cells must be drawn
  const int pixels = a.h * a.w, first = static_cast<int>(blockIdx.y) * kRiseValues;
  float* mask = a.mask + n * pixels;
  for (int i = thread; i < kRiseValues && i < pixels - first; i += kRiseBlock) {
    const int pixel = first + i, row = pixel / a.w, col = pixel - row * a.w;
    const ResizePoint v = resize_point(row + row0, s, (s + 1) * cell_h, false),
                      u = resize_point(col + col0, s, (s + 1) * cell_w, false);
    const float *top = cells + v.low * s, *bottom = cells + v.high * s;
    const float above = fmaf(u.fraction, top[u.high] - top[u.low], top[u.low]);
    const float below = fmaf(u.fraction, bottom[u.high] - bottom[u.low], bottom[u.low]);
    mask[pixel] = fmaf(v.fraction, below - above, above);
  }
}

void rise_masks_v2_block(Stream& stream, const RiseMasksArgs& a) {
  launch(stream,
         {"rise_masks_v2_block",
          {static_cast<unsigned>(a.n), blocks_for(1LL * a.h * a.w, kRiseValues)},
          kRiseBlock,
          0,
          rise_masks_cost(a)},
         rise_masks_v2_block_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
