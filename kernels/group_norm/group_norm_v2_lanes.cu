// group_norm_v2_lanes.cu: normalisation of each group, several lanes a result, a block for one group or for
// several short ones.
//
// computes   group_norm.h;   x, y: (n, r0, k0, r1, k1, r2, k2), mean, inverse: (n, k0, k1, k2)
// mapping    axes.cuh, in one part
// idea       neighbouring threads read neighbouring addresses whether the normalised axis is the last or not;
//            mean and squares are joined over the lanes in shared memory. Where eight values a thread are all,
//            they stay in registers, and x is read once. Of x − x_0, as v1
// limits     extents ≥ 1; at most 2^30 positions
// cost       8 bytes and 8 flops a value where they stay in registers; else x is read three times
// next       v3 gives a long group to many blocks
#include "kernels/group_norm/group_norm_lanes.cuh"

namespace pellucid::PELLUCID_BACKEND {

template <bool kKept>
__global__ void __launch_bounds__(kAxesBlock)
    group_norm_v2_lanes_kernel(GroupNormArgs a, AxesGrid grid) {
  __shared__ float scratch[kAxesBlock];
  const AxesPlace at = axes_place(grid, a.shape);
  const int positions = a.shape.positions();
  const std::int64_t first = at.end > 0 ? a.shape.base(at.group) + at.column : 0;
  const float origin = at.end > 0 ? a.x[first] : 0.0f;
  float kept[kNormValues] = {};
  // visit(position, x) for the thread's positions.
  const auto for_values = [&](bool again, const auto& visit) {
    if constexpr (kKept) {
      PELLUCID_UNROLL
      for (int k = 0; k < kNormValues; ++k) {
        const int p = at.first + k * at.lanes;
        if (p >= at.end) continue;
        if (!again) kept[k] = a.x[first + a.shape.offset(p)];
        visit(p, kept[k]);
      }
    } else {
      for (int p = at.first; p < at.end; p += at.lanes) visit(p, a.x[first + a.shape.offset(p)]);
    }
  };
  float sum = 0, squares = 0;
  for_values(false, [&](int, float x) { sum += x - origin; });
  const float shifted = sum_axes_lanes(sum, scratch, grid) / static_cast<float>(positions);
  for_values(true, [&](int, float x) {
    const float deviation = x - origin - shifted;
    squares = fmaf(deviation, deviation, squares);
  });
  squares = sum_axes_lanes(squares, scratch, grid);
  if (at.end == 0) return;
  const float mean = origin + shifted, inverse = inverse_of(squares, positions, a.epsilon);
  if (at.lane == 0) {
    const std::int64_t i = at.result(1, a.shape.columns());
    a.mean[i] = mean;
    a.inverse[i] = inverse;
  }
  const std::int64_t parameter = parameter_base(a.shape, a.affine, at);
  for_values(true, [&](int p, float x) {
    write_normalised(a, first + a.shape.offset(p), parameter, p, x, mean, inverse);
  });
}

void group_norm_v2_lanes(Stream& stream, const GroupNormArgs& a) {
  const AxesGrid grid = axes_grid(a.shape, kNormValues, false);
  const bool kept = a.shape.positions() <= kNormValues * grid.lanes;
  launch(stream, {"group_norm_v2_lanes", grid.blocks, kAxesBlock, 0, group_norm_cost(a)},
         kept ? group_norm_v2_lanes_kernel<true> : group_norm_v2_lanes_kernel<false>, a, grid);
}

}  // namespace pellucid::PELLUCID_BACKEND
