// max_pool2d_backward_v2_rows.cu: gradient of maximum pooling, a block inside one input row, a
// thread up to four channels.
//
// computes   dx[n,h,w,c] = Σ dy[n,p,q,c] over the windows whose index is (h, w), in the order of
//            (p, q) dy, index: (N, P, Q, C), dx: (N, H, W, C)
// mapping    pool2d_rows.cuh over the input's rows
// idea       gather as in v1; the mapping of max_pool2d_v2_rows.cu, and its kernels for 2×2 windows: with
//            divisions, five of them took longer than the memory. dx is written once, whole, so
//            it needs no clearing; a 2×2 window's dy and index come from the first-level cache for
//            three of its four pixels
// limits     those of the operator; W·C < 2^31; less than 2^31 blocks
// cost       4·(N·H·W·C + 2·N·P·Q·C) bytes; the memory is the limit
// next       recomputing the maximum from x and y would save the index's traffic, not its ties
#include "kernels/pool2d/pool2d_rows.cuh"
#include "kernels/pool2d/pool2d_windows.h"

namespace pellucid::PELLUCID_BACKEND {

template <int kCount, bool kTwo>
__global__ void __launch_bounds__(kRowBlock)
    max_pool2d_backward_v2_rows_kernel(MaxPool2dBackwardArgs a, RowGrid grid) {
  const Pool2dShape& s = a.shape;
  const RowPlace at = row_place<kCount>(grid);
  if (!at.inside) return;
  const int p_count = window_outputs<kTwo>(s.rows(), s.ceil),
            q_count = window_outputs<kTwo>(s.columns(), s.ceil), here = at.row * s.w + at.column;
  const PoolRange rows = windows_over<kTwo>(s.rows(), at.row, p_count);
  const PoolRange columns = windows_over<kTwo>(s.columns(), at.column, q_count);
  Pack<float, kCount> sum = {};
  if (!kTwo || (rows.first < p_count && columns.first < q_count))
    for (int p = rows.first; p < rows.end; ++p) {
      const long long row = (static_cast<long long>(at.n) * p_count + p) * q_count;
      for (int q = columns.first; q < columns.end; ++q) {
        const long long output = (row + q) * s.c + at.c;
        const auto dy = load_pack<kCount>(a.dy + output);
        const auto index = load_pack<kCount>(a.index + output);
        for (int l = 0; l < kCount; ++l)
          if (index.at[l] == here) sum.at[l] += dy.at[l];
      }
    }
  store_pack<kCount>(a.dx + at.pixel * s.c + at.c, sum);
}

void max_pool2d_backward_v2_rows(Stream& stream, const MaxPool2dBackwardArgs& a) {
  launch_row_blocks<MaxPool2dBackwardArgs>(
      stream, "max_pool2d_backward_v2_rows", max_pool2d_backward_cost(a.shape),
      {max_pool2d_backward_v2_rows_kernel<1, false>, max_pool2d_backward_v2_rows_kernel<2, false>,
       max_pool2d_backward_v2_rows_kernel<4, false>},
      {max_pool2d_backward_v2_rows_kernel<1, true>, max_pool2d_backward_v2_rows_kernel<2, true>,
       max_pool2d_backward_v2_rows_kernel<4, true>},
      a, a.shape.h, a.shape.w, pack_width(a.shape.c, {a.dy, a.index, a.dx}));
}

}  // namespace pellucid::PELLUCID_BACKEND
