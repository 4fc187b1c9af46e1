// average_pool2d_v2_rows.cu: average pooling, a block inside one output row, a thread up to four
// channels.
//
// computes   pool2d.h;   x: (N, H, W, C), y: (N, P, Q, C)
// mapping    pool2d_rows.cuh over the output's rows
// idea       as max_pool2d_v2_rows.cu
// limits     those of the operator; Q·C < 2^31; less than 2^31 blocks
// cost       4·(N·H·W·C + N·P·Q·C) bytes; the memory is the limit
// next       v3 gives a large window to a whole block
#include "kernels/pool2d/pool2d_rows.cuh"
#include "kernels/pool2d/pool2d_windows.h"

namespace pellucid::PELLUCID_BACKEND {

// At least 8 blocks a multiprocessor means at most 64 registers a thread; left alone, ptxas aims
// for 32 to 40 and spills around the division.
template <int kCount, bool kTwo>
__global__ void __launch_bounds__(kRowBlock, 8)
    average_pool2d_v2_rows_kernel(AveragePool2dArgs a, RowGrid grid) {
  const Pool2dShape& s = a.shape;
  const RowPlace at = row_place<kCount>(grid);
  if (!at.inside) return;
  const PoolRange rows = window_pixels<kTwo>(s.rows(), at.row);
  const PoolRange columns = window_pixels<kTwo>(s.columns(), at.column);
  const float* plane = a.x + static_cast<long long>(at.n) * s.h * s.w * s.c + at.c;
  float* y = a.y + at.pixel * s.c + at.c;
  Pack<float, kCount> sum = {};
  for (int h = rows.first; h < rows.end; h += window_step<kTwo>(s.dilation_h))
    for (int w = columns.first; w < columns.end; w += window_step<kTwo>(s.dilation_w)) {
      const auto x = load_pack<kCount>(plane + (static_cast<long long>(h) * s.w + w) * s.c);
      for (int l = 0; l < kCount; ++l) sum.at[l] += x.at[l];
    }
  const float pixels =
      kTwo ? 4.0f
           : static_cast<float>(pool_divisor(s.rows(), at.row, s.count_padding) *
                                pool_divisor(s.columns(), at.column, s.count_padding));
  for (int l = 0; l < kCount; ++l) sum.at[l] /= pixels;
  store_pack<kCount>(y, sum);
}

void average_pool2d_v2_rows(Stream& stream, const AveragePool2dArgs& a) {
  launch_row_blocks<AveragePool2dArgs>(
      stream, "average_pool2d_v2_rows", average_pool2d_cost(a.shape),
      {average_pool2d_v2_rows_kernel<1, false>, average_pool2d_v2_rows_kernel<2, false>,
       average_pool2d_v2_rows_kernel<4, false>},
      {average_pool2d_v2_rows_kernel<1, true>, average_pool2d_v2_rows_kernel<2, true>,
       average_pool2d_v2_rows_kernel<4, true>},
      a, a.shape.p(), a.shape.q(), pack_width(a.shape.c, {a.x, a.y}));
}

}  // namespace pellucid::PELLUCID_BACKEND
