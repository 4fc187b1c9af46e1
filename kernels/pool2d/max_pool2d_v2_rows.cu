// max_pool2d_v2_rows.cu: maximum pooling, a block inside one output row, a thread up to four
// channels.
//
// computes   pool2d.h;   x: (N, H, W, C), y and index: (N, P, Q, C)
// mapping    pool2d_rows.cuh over the output's rows
// idea       the row is the block's, so a thread finds its pixel with one 32-bit division instead
//            of three 64-bit ones, which a reciprocal from the host makes a multiplication, and a load moves
//            16 bytes where C % 4 == 0 (8 where C % 2 == 0). 2×2 windows with stride 2 have kernels of their own
//            (pool2d_rows.cuh): their four loads are on their way together
// limits     those of the operator; Q·C < 2^31; less than 2^31 blocks
// cost       4·(N·H·W·C + 2·N·P·Q·C) bytes (one N·P·Q·C without index); the memory is the limit
// next       v3 gives a large window to a whole block
#include "kernels/device/unroll.cuh"
#include "kernels/pool2d/pool2d_rows.cuh"
#include "kernels/pool2d/pool2d_windows.h"

namespace pellucid::PELLUCID_BACKEND {

// At least four blocks a multiprocessor, which 64 registers allow: left alone, ptxas aims at 40 for
// sm_90 and spills.
template <int kCount, bool kTwo>
__global__ void __launch_bounds__(kRowBlock, 4)
    max_pool2d_v2_rows_kernel(MaxPool2dArgs a, RowGrid grid) {
  const Pool2dShape& s = a.shape;
  const RowPlace at = row_place<kCount>(grid);
  if (!at.inside) return;
  const PoolRange rows = window_pixels<kTwo>(s.rows(), at.row);
  const PoolRange columns = window_pixels<kTwo>(s.columns(), at.column);
  const float* plane = a.x + static_cast<long long>(at.n) * s.h * s.w * s.c + at.c;
  const int first = rows.first * s.w + columns.first;
  Pack<float, kCount> largest = load_pack<kCount>(plane + static_cast<long long>(first) * s.c);
  Pack<std::int32_t, kCount> best;
  for (int l = 0; l < kCount; ++l) best.at[l] = first;
  for (int h = rows.first; h < rows.end; h += window_step<kTwo>(s.dilation_h))
    for (int w = columns.first; w < columns.end; w += window_step<kTwo>(s.dilation_w)) {
      const int pixel = h * s.w + w;
      const auto x = load_pack<kCount>(plane + static_cast<long long>(pixel) * s.c);
      for (int l = 0; l < kCount; ++l)
        if (pool_replaces(x.at[l], largest.at[l])) {
          largest.at[l] = x.at[l];
          best.at[l] = pixel;
        }
    }
  if (a.relu) {
    PELLUCID_UNROLL
    for (int l = 0; l < kCount; ++l) {
      best.at[l] = pool_rectified_index(largest.at[l], best.at[l]);
      largest.at[l] = pool_rectified(largest.at[l]);
    }
  }
  const long long output = at.pixel * s.c + at.c;
  store_pack<kCount>(a.y + output, largest);
  if (a.index) store_pack<kCount>(a.index + output, best);
}

void max_pool2d_v2_rows(Stream& stream, const MaxPool2dArgs& a) {
  launch_row_blocks<MaxPool2dArgs>(
      stream, "max_pool2d_v2_rows", max_pool2d_cost(a),
      {max_pool2d_v2_rows_kernel<1, false>, max_pool2d_v2_rows_kernel<2, false>,
       max_pool2d_v2_rows_kernel<4, false>},
      {max_pool2d_v2_rows_kernel<1, true>, max_pool2d_v2_rows_kernel<2, true>,
       max_pool2d_v2_rows_kernel<4, true>},
      a, a.shape.p(), a.shape.q(), pack_width(a.shape.c, {a.x, a.y, a.index}));
}

}  // namespace pellucid::PELLUCID_BACKEND
