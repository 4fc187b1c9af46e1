// group_norm_backward_v3_split.cu: the derivative of the normalisation of each group, several blocks a group.
//
// computes   group_norm.h;   x, dy, dx, product: (n, r0, k0, r1, k1, r2, k2), mean, inverse: (n, k0, k1, k2)
// mapping    axes.cuh: a block takes up to 32 columns of 8192 / width positions for the sums, a thread 32 values;
//            a second launch joins the parts of a group, several lanes each; a third writes, a thread 8 values
// idea       few long groups fill the GPU. Where they are cut depends on positions and columns alone
// limits     extents ≥ 1; at most 2^30 positions
// cost       20 bytes and 14 flops a value: any dx needs both whole sums
// next       16-byte loads where columns or positions are a multiple of 4
#include "kernels/group_norm/group_norm_lanes.cuh"

namespace pellucid::PELLUCID_BACKEND {

// sums, products: (groups, parts, columns)
__global__ void __launch_bounds__(kAxesBlock)
    group_norm_backward_v3_split_kernel(GroupNormBackwardArgs a, AxesGrid grid, float* sums,
                                        float* products) {
  __shared__ float scratch[kAxesBlock];
  const AxesPlace at = axes_place(grid, a.shape);
  const bool inside = at.end > 0;
  const std::int64_t first = inside ? a.shape.base(at.group) + at.column : 0;
  const std::int64_t parameter = parameter_base(a.shape, a.affine, at);
  const std::int64_t i = inside ? at.group * a.shape.columns() + at.column : 0;
  const float mean = a.mean[i], inverse = a.inverse[i];
  float sum = 0, product = 0;
  for (int p = at.first; p < at.end; p += at.lanes) {
    const NormTerm term = norm_term(a, first + a.shape.offset(p), parameter, p, mean, inverse);
    sum += term.scaled;
    product = fmaf(term.scaled, term.normalised, product);
  }
  sum = sum_axes_lanes(sum, scratch, grid);
  product = sum_axes_lanes(product, scratch, grid);
  if (at.lane != 0 || !inside) return;
  sums[at.result(grid.parts, a.shape.columns())] = sum;
  products[at.result(grid.parts, a.shape.columns())] = product;
}

// means: (2, groups, columns), of g and of g·x̂
__global__ void __launch_bounds__(kAxesBlock)
    group_norm_backward_v3_join_kernel(AxesShape shape, AxesGrid grid, int parts, const float* sums,
                                       const float* products, float* means) {
  __shared__ float scratch[kAxesBlock];
  const int columns = shape.columns();
  const AxesPlace at = axes_place(grid, shape.groups(), parts, columns);
  float sum = 0, product = 0;
  for (int p = at.first; p < at.end; p += at.lanes) {
    const std::int64_t part = (at.group * parts + p) * columns + at.column;
    sum += sums[part];
    product += products[part];
  }
  sum = sum_axes_lanes(sum, scratch, grid);
  product = sum_axes_lanes(product, scratch, grid);
  if (at.lane != 0 || at.end == 0) return;
  const auto m = static_cast<float>(shape.positions());
  means[at.result(1, columns)] = sum / m;
  means[shape.results() + at.result(1, columns)] = product / m;
}

// means: null where there is no dx
__global__ void __launch_bounds__(kAxesBlock)
    group_norm_backward_v3_write_kernel(GroupNormBackwardArgs a, AxesGrid grid,
                                        const float* means) {
  const AxesPlace at = axes_place(grid, a.shape);
  if (at.first >= at.end) return;
  const std::int64_t i = at.group * a.shape.columns() + at.column;
  const float mean = a.mean[i], inverse = a.inverse[i];
  const float mean_g = means ? means[i] : 0.0f;
  const float mean_product = means ? means[a.shape.results() + i] : 0.0f;
  const std::int64_t first = a.shape.base(at.group) + at.column;
  const std::int64_t parameter = parameter_base(a.shape, a.affine, at);
  for (int p = at.first; p < at.end; p += at.lanes) {
    const std::int64_t of_x = first + a.shape.offset(p);
    write_derivative(a, of_x, norm_term(a, of_x, parameter, p, mean, inverse), inverse, mean_g,
                     mean_product);
  }
}

void group_norm_backward_v3_split(Stream& stream, const GroupNormBackwardArgs& a) {
  const AxesGrid split = axes_grid(a.shape, 32, true);
  const AxesGrid join = axes_grid(a.shape.groups(), split.parts, a.shape.columns(), 8, false);
  const AxesGrid write = axes_grid(a.shape, kNormValues, true);
  const auto results = static_cast<std::size_t>(a.shape.results());
  const std::size_t count = results * static_cast<std::size_t>(split.parts);
  const Buffer partial(stream.arena(), 2 * sizeof(float) * (count + results));
  auto* sums = static_cast<float*>(partial.data());
  float *products = sums + count, *means = products + count;
  const auto elements = static_cast<double>(a.shape.elements());
  const auto joined = static_cast<double>(count);
  if (a.dx) {
    launch(stream,
           {"group_norm_backward_v3_split",
            split.blocks,
            kAxesBlock,
            0,
            {.flops = 6 * elements, .bytes = 8 * elements}},
           group_norm_backward_v3_split_kernel, a, split, sums, products);
    launch(stream,
           {"group_norm_backward_v3_join",
            join.blocks,
            kAxesBlock,
            0,
            {.flops = 2 * joined, .bytes = 8 * joined}},
           group_norm_backward_v3_join_kernel, a.shape, join, split.parts, sums, products, means);
  }
  launch(stream,
         {"group_norm_backward_v3_write",
          write.blocks,
          kAxesBlock,
          0,
          {.flops = 8 * elements, .bytes = 12 * elements}},
         group_norm_backward_v3_write_kernel, a, write, a.dx ? means : nullptr);
}

}  // namespace pellucid::PELLUCID_BACKEND
