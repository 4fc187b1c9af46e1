// group_norm_v3_split.cu: normalisation of each group, several blocks a group.
//
// computes   group_norm.h;   x, y: (n, r0, k0, r1, k1, r2, k2), mean, inverse: (n, k0, k1, k2)
// mapping    axes.cuh: a block takes up to 32 columns of 8192 / width positions for the sums, a thread 32 values;
//            a second launch joins the parts of a group, several lanes each; a third writes y, a thread 8 values
// idea       few long groups fill the GPU; x is read twice. A part's squares are about its own mean, and parts
//            are joined as in batch_norm_statistics_v2_split (Chan, Golub & LeVeque 1979)
// limits     extents ≥ 1; at most 2^30 positions
// cost       12 bytes and 8 flops a value
// next       16-byte loads where columns or positions are a multiple of 4
#include "kernels/group_norm/group_norm_lanes.cuh"

namespace pellucid::PELLUCID_BACKEND {

constexpr int kPartValues = 32;  // of a part, a thread's

// sums, squares: (groups, parts, columns)
__global__ void __launch_bounds__(kAxesBlock)
    group_norm_v3_split_kernel(GroupNormArgs a, AxesGrid grid, float* sums, float* squares) {
  __shared__ float scratch[kAxesBlock];
  const AxesPlace at = axes_place(grid, a.shape);
  const std::int64_t first = at.end > 0 ? a.shape.base(at.group) + at.column : 0;
  const float origin = at.end > 0 ? a.x[first] : 0.0f;
  const int size = at.end > 0 ? at.end - at.part * grid.part : 1;
  float values[kPartValues];
  float sum = 0, square = 0;
  PELLUCID_UNROLL
  for (int k = 0; k < kPartValues; ++k) {
    const int p = at.first + k * at.lanes;
    values[k] = p < at.end ? a.x[first + a.shape.offset(p)] - origin : 0.0f;
    sum += values[k];
  }
  sum = sum_axes_lanes(sum, scratch, grid);
  const float mean = sum / static_cast<float>(size);
  PELLUCID_UNROLL
  for (int k = 0; k < kPartValues; ++k) {
    const float deviation = at.first + k * at.lanes < at.end ? values[k] - mean : 0.0f;
    square = fmaf(deviation, deviation, square);
  }
  square = sum_axes_lanes(square, scratch, grid);
  if (at.lane != 0 || at.end == 0) return;
  const std::int64_t i = at.result(grid.parts, a.shape.columns());
  sums[i] = sum;
  squares[i] = square;
}

// split: the grid that the parts are of.
__global__ void __launch_bounds__(kAxesBlock)
    group_norm_v3_join_kernel(GroupNormArgs a, AxesGrid grid, AxesGrid split, const float* sums,
                              const float* squares) {
  __shared__ float scratch[kAxesBlock];
  const int columns = a.shape.columns(), positions = a.shape.positions();
  const AxesPlace at = axes_place(grid, a.shape.groups(), split.parts, columns);
  const auto part = [&](int p) { return (at.group * split.parts + p) * columns + at.column; };
  float sum = 0, square = 0;
  for (int p = at.first; p < at.end; p += at.lanes) sum += sums[part(p)];
  const float shifted = sum_axes_lanes(sum, scratch, grid) / static_cast<float>(positions);
  for (int p = at.first; p < at.end; p += at.lanes) {
    const auto size = static_cast<float>(min(split.part, positions - p * split.part));
    const float deviation = sums[part(p)] / size - shifted;
    square += fmaf(size * deviation, deviation, squares[part(p)]);
  }
  square = sum_axes_lanes(square, scratch, grid);
  if (at.lane != 0 || at.end == 0) return;
  const std::int64_t i = at.result(1, columns);
  a.mean[i] = a.x[a.shape.base(at.group) + at.column] + shifted;
  a.inverse[i] = inverse_of(square, positions, a.epsilon);
}

__global__ void __launch_bounds__(kAxesBlock)
    group_norm_v3_write_kernel(GroupNormArgs a, AxesGrid grid) {
  const AxesPlace at = axes_place(grid, a.shape);
  if (at.first >= at.end) return;
  const std::int64_t i = at.group * a.shape.columns() + at.column;
  const float mean = a.mean[i], inverse = a.inverse[i];
  const std::int64_t first = a.shape.base(at.group) + at.column;
  const std::int64_t parameter = parameter_base(a.shape, a.affine, at);
  for (int p = at.first; p < at.end; p += at.lanes) {
    const std::int64_t of_x = first + a.shape.offset(p);
    write_normalised(a, of_x, parameter, p, a.x[of_x], mean, inverse);
  }
}

void group_norm_v3_split(Stream& stream, const GroupNormArgs& a) {
  const AxesGrid split = axes_grid(a.shape, kPartValues, true);
  const AxesGrid join = axes_grid(a.shape.groups(), split.parts, a.shape.columns(), 8, false);
  const AxesGrid write = axes_grid(a.shape, kNormValues, true);
  const auto count =
      static_cast<std::size_t>(a.shape.results()) * static_cast<std::size_t>(split.parts);
  const Buffer partial(stream.arena(), 2 * sizeof(float) * count);
  auto* sums = static_cast<float*>(partial.data());
  auto* squares = sums + count;
  const auto elements = static_cast<double>(a.shape.elements());
  const auto joined = static_cast<double>(count);
  launch(stream,
         {"group_norm_v3_split",
          split.blocks,
          kAxesBlock,
          0,
          {.flops = 4 * elements, .bytes = 4 * elements}},
         group_norm_v3_split_kernel, a, split, sums, squares);
  launch(stream,
         {"group_norm_v3_join",
          join.blocks,
          kAxesBlock,
          0,
          {.flops = 6 * joined, .bytes = 8 * joined}},
         group_norm_v3_join_kernel, a, join, split, sums, squares);
  launch(stream,
         {"group_norm_v3_write",
          write.blocks,
          kAxesBlock,
          0,
          {.flops = 4 * elements, .bytes = 8 * elements}},
         group_norm_v3_write_kernel, a, write);
}

}  // namespace pellucid::PELLUCID_BACKEND
