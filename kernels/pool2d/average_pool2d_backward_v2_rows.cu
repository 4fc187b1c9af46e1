// average_pool2d_backward_v2_rows.cu: gradient of average pooling, a block inside one input row, a
// thread up to four channels.
//
// computes   dx[n,h,w,c] = Σ dy[n,p,q,c] / divisor(p, q) over the windows that hold (h, w), in the
//            order of (p, q);   dy: (N, P, Q, C), dx: (N, H, W, C)
// mapping    pool2d_rows.cuh over the input's rows
// idea       gather as in v1; the mapping of average_pool2d_v2_rows.cu. Global pooling's backward,
//            one window for all pixels, is a broadcast that this mapping writes at full width
// limits     those of the operator; W·C < 2^31; less than 2^31 blocks
// cost       4·(N·H·W·C + N·P·Q·C) bytes; the memory is the limit
// next       large windows at stride 1 would want running sums instead of window² terms
#include "kernels/pool2d/pool2d_rows.cuh"
#include "kernels/pool2d/pool2d_windows.h"

namespace pellucid::PELLUCID_BACKEND {

template <int kCount, bool kTwo>
__global__ void __launch_bounds__(kRowBlock)
    average_pool2d_backward_v2_rows_kernel(AveragePool2dBackwardArgs a, RowGrid grid) {
  const Pool2dShape& s = a.shape;
  const RowPlace at = row_place<kCount>(grid);
  if (!at.inside) return;
  const int p_count = window_outputs<kTwo>(s.rows(), s.ceil),
            q_count = window_outputs<kTwo>(s.columns(), s.ceil);
  const PoolRange rows = windows_over<kTwo>(s.rows(), at.row, p_count);
  const PoolRange columns = windows_over<kTwo>(s.columns(), at.column, q_count);
  Pack<float, kCount> sum = {};
  if (!kTwo || (rows.first < p_count && columns.first < q_count))
    for (int p = rows.first; p < rows.end; ++p)
      for (int q = columns.first; q < columns.end; ++q) {
        if (!kTwo && (!pool_holds(s.rows(), p, at.row) || !pool_holds(s.columns(), q, at.column)))
          continue;
        const auto dy = load_pack<kCount>(
            a.dy + ((static_cast<long long>(at.n) * p_count + p) * q_count + q) * s.c + at.c);
        const float pixels =
            kTwo ? 4.0f
                 : static_cast<float>(pool_divisor(s.rows(), p, s.count_padding) *
                                      pool_divisor(s.columns(), q, s.count_padding));
        for (int l = 0; l < kCount; ++l) sum.at[l] += dy.at[l] / pixels;
      }
  store_pack<kCount>(a.dx + at.pixel * s.c + at.c, sum);
}

void average_pool2d_backward_v2_rows(Stream& stream, const AveragePool2dBackwardArgs& a) {
  launch_row_blocks<AveragePool2dBackwardArgs>(
      stream, "average_pool2d_backward_v2_rows", average_pool2d_backward_cost(a.shape),
      {average_pool2d_backward_v2_rows_kernel<1, false>,
       average_pool2d_backward_v2_rows_kernel<2, false>,
       average_pool2d_backward_v2_rows_kernel<4, false>},
      {average_pool2d_backward_v2_rows_kernel<1, true>,
       average_pool2d_backward_v2_rows_kernel<2, true>,
       average_pool2d_backward_v2_rows_kernel<4, true>},
      a, a.shape.h, a.shape.w, pack_width(a.shape.c, {a.dy, a.dx}));
}

}  // namespace pellucid::PELLUCID_BACKEND
