// max_pool2d_backward_v2_rows.cu: gradient of maximum pooling, a block inside one input row, a
// thread up to four channels.
//
// computes   dx[n,h,w,c] = Σ dy[n,p,q,c] over the windows whose index is (h, w), in the order of
//            (p, q) dy, index: (N, P, Q, C), dx: (N, H, W, C)
// mapping    pool2d_rows.cuh over the input's rows
// idea       gather as in v1; the mapping of max_pool2d_v2_rows.cu. dx is written once, whole, so
//            it needs no clearing; a 2×2 window's dy and index come from the first-level cache for
//            three of its four pixels
// limits     those of the operator; W·C < 2^31; less than 2^31 blocks
// cost       4·(N·H·W·C + 2·N·P·Q·C) bytes; the memory is the limit
// next       recomputing the maximum from x and y would save the index's traffic, not its ties
#include "kernels/pool2d/pool2d_rows.cuh"
#include "kernels/pool2d/pool2d_windows.h"

namespace pellucid::PELLUCID_BACKEND {

template <int kCount>
__global__ void __launch_bounds__(kRowBlock)
    max_pool2d_backward_v2_rows_kernel(MaxPool2dBackwardArgs a, int segments) {
  const Pool2dShape& s = a.shape;
  const RowPlace at = row_place<kCount>(s.h, s.w, s.c, segments);
  if (!at.inside) return;
  const int p_count = s.p(), q_count = s.q(), here = at.row * s.w + at.column;
  const PoolRange rows = pool_windows(s.rows(), at.row, p_count);
  const PoolRange columns = pool_windows(s.columns(), at.column, q_count);
  Pack<float, kCount> sum = {};
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
  store_pack<kCount>(a.dx + (static_cast<long long>(at.n) * s.h * s.w + here) * s.c + at.c, sum);
}

void max_pool2d_backward_v2_rows(Stream& stream, const MaxPool2dBackwardArgs& a) {
  launch_row_blocks<MaxPool2dBackwardArgs>(
      stream, "max_pool2d_backward_v2_rows", max_pool2d_backward_cost(a.shape),
      {max_pool2d_backward_v2_rows_kernel<1>, max_pool2d_backward_v2_rows_kernel<2>,
       max_pool2d_backward_v2_rows_kernel<4>},
      a, a.shape.h, a.shape.w, pack_width(a.shape.c, {a.dy, a.index, a.dx}));
}

}  // namespace pellucid::PELLUCID_BACKEND
