// rise_masks_v1_naive.cu: RISE's masks, one thread a value.
//
// computes   rise_masks.h;   mask: (N, H, W)
// mapping    thread t of the grid writes value t
// idea       the formula as written: each value draws both shifts and its four cells anew, six times ten
//            Philox rounds
// limits     (s + 1)·⌈size/s⌉·s ≤ 2^29 an axis
// cost       4·N·H·W bytes written
// next       v2 draws a mask's numbers once a block
#include "kernels/device/vector.cuh"
#include "kernels/mask/rise_masks.h"
#include "kernels/resize_axis.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {
namespace {

// random_uniform(key, i). The four words of i's Philox call are chosen from by selects: as an array indexed
// at run time they would lie on a stack.
__device__ __forceinline__ float uniform_number(RandomKey key, std::uint64_t i) {
  const std::uint64_t first = i & ~std::uint64_t{3};
  const float w0 = random_uniform(key, first), w1 = random_uniform(key, first | 1),
              w2 = random_uniform(key, first | 2), w3 = random_uniform(key, first | 3);
  const float low = i & 1 ? w1 : w0, high = i & 1 ? w3 : w2;
  return i & 2 ? high : low;
}

}  // namespace

__global__ void rise_masks_v1_naive_kernel(RiseMasksArgs a) {
  const std::int64_t t = grid_thread(), pixels = std::int64_t{a.h} * a.w, n = t / pixels;
  if (n >= a.n) return;
  const int pixel = static_cast<int>(t - n * pixels), s = a.grid;
  const int cell_h = rise_cell(a.h, s), cell_w = rise_cell(a.w, s);
  const std::uint64_t index = rise_index(a, n);
  const int row = pixel / a.w + static_cast<int>(random_below(a.key, index, cell_h));
  const int col = pixel % a.w + static_cast<int>(random_below(a.key, index + 1, cell_w));
  const ResizePoint v = resize_point(row, s, (s + 1) * cell_h, false),
                    u = resize_point(col, s, (s + 1) * cell_w, false);
  const auto cell = [&](int r, int c) {
    const auto i = index + 2 + static_cast<std::uint64_t>(r * s + c);
    return uniform_number(a.key, i) < a.probability ? 1.0f : 0.0f;
  };
  const float top = cell(v.low, u.low), bottom = cell(v.high, u.low);
  const float above = fmaf(u.fraction, cell(v.low, u.high) - top, top);
  const float below = fmaf(u.fraction, cell(v.high, u.high) - bottom, bottom);
  a.mask[t] = fmaf(v.fraction, below - above, above);
}

void rise_masks_v1_naive(Stream& stream, const RiseMasksArgs& a) {
  constexpr int block = 256;
  launch(stream,
         {"rise_masks_v1_naive", blocks_for(1LL * a.n * a.h * a.w, block), block, 0,
          rise_masks_cost(a)},
         rise_masks_v1_naive_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
