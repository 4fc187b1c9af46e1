// group_norm_backward_v2_lanes.cu: the derivative of the normalisation of each group, several lanes a result.
//
// computes   group_norm.h;   x, dy, dx, product: (n, r0, k0, r1, k1, r2, k2), mean, inverse: (n, k0, k1, k2)
// mapping    axes.cuh, in one part: a block for one group or for several short ones
// idea       neighbouring threads read neighbouring addresses; both sums are joined over the lanes in shared
//            memory. Where eight values a thread are all, x̂ and g stay in registers
// limits     extents ≥ 1; at most 2^30 positions
// cost       12 bytes and 11 flops a value where they stay in registers; else x and dy are read twice
// next       v3 gives a long group to many blocks
#include "kernels/group_norm/group_norm_lanes.cuh"

namespace pellucid::PELLUCID_BACKEND {

template <bool kKept>
__global__ void __launch_bounds__(kAxesBlock, 3)  // 80 registers
    group_norm_backward_v2_lanes_kernel(GroupNormBackwardArgs a, AxesGrid grid) {
  __shared__ float scratch[kAxesBlock];
  const AxesPlace at = axes_place(grid, a.shape);
  const bool inside = at.end > 0;
  const std::int64_t first = inside ? a.shape.base(at.group) + at.column : 0;
  const std::int64_t parameter = parameter_base(a.shape, a.affine, at);
  const std::int64_t i = inside ? at.result(1, a.shape.columns()) : 0;
  const float mean = a.mean[i], inverse = a.inverse[i];
  NormTerm kept[kNormValues] = {};
  // visit(place in x, term) for the thread's positions.
  const auto for_terms = [&](bool again, const auto& visit) {
    if constexpr (kKept) {
      PELLUCID_UNROLL
      for (int k = 0; k < kNormValues; ++k) {
        const int p = at.first + k * at.lanes;
        if (p >= at.end) continue;
        const std::int64_t of_x = first + a.shape.offset(p);
        if (!again) kept[k] = norm_term(a, of_x, parameter, p, mean, inverse);
        visit(of_x, kept[k]);
      }
    } else {
      for (int p = at.first; p < at.end; p += at.lanes) {
        const std::int64_t of_x = first + a.shape.offset(p);
        visit(of_x, norm_term(a, of_x, parameter, p, mean, inverse));
      }
    }
  };
  float sum = 0, products = 0;
  for_terms(false, [&](std::int64_t, NormTerm term) {
    sum += term.scaled;
    products = fmaf(term.scaled, term.normalised, products);
  });
  const auto m = static_cast<float>(a.shape.positions());
  sum = sum_axes_lanes(sum, scratch, grid) / m;
  products = sum_axes_lanes(products, scratch, grid) / m;
  for_terms(true, [&](std::int64_t of_x, NormTerm term) {
    write_derivative(a, of_x, term, inverse, sum, products);
  });
}

void group_norm_backward_v2_lanes(Stream& stream, const GroupNormBackwardArgs& a) {
  const AxesGrid grid = axes_grid(a.shape, kNormValues, false);
  const bool kept = a.shape.positions() <= kNormValues * grid.lanes;
  launch(
      stream,
      {"group_norm_backward_v2_lanes", grid.blocks, kAxesBlock, 0, group_norm_backward_cost(a)},
      kept ? group_norm_backward_v2_lanes_kernel<true> : group_norm_backward_v2_lanes_kernel<false>,
      a, grid);
}

}  // namespace pellucid::PELLUCID_BACKEND
