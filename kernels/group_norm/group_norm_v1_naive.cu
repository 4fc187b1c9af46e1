// group_norm_v1_naive.cu: normalisation of each group, one thread a result.
//
// computes   group_norm.h;   x, y: (n, r0, k0, r1, k1, r2, k2), mean, inverse: (n, k0, k1, k2)
// mapping    thread t of the grid takes result t and walks its positions three times
// idea       the formula as written, but of x − x_0: the same variance, and sums of the size of
//            deviations where the mean is large
// limits     extents ≥ 1; at most 2^30 positions; fp32 rounding grows with the positions
// cost       8 bytes and 8 flops a value at least; x is read three times
// next       v2 gives a result to several threads, and neighbouring values to neighbouring threads
#include "kernels/device/vector.cuh"
#include "kernels/group_norm/group_norm.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void group_norm_v1_naive_kernel(GroupNormArgs a) {
  const std::int64_t i = grid_thread();
  if (i >= a.shape.results()) return;
  const int columns = a.shape.columns(), positions = a.shape.positions();
  const std::int64_t group = i / columns, column = i % columns,
                     first = a.shape.base(group) + column;
  const float origin = a.x[first];
  float sum = 0, squares = 0;
  for (int p = 0; p < positions; ++p) sum += a.x[first + a.shape.offset(p)] - origin;
  const float shifted = sum / static_cast<float>(positions);
  for (int p = 0; p < positions; ++p) {
    const float deviation = a.x[first + a.shape.offset(p)] - origin - shifted;
    squares = fmaf(deviation, deviation, squares);
  }
  const float mean = origin + shifted;
  const float inverse = 1.0f / sqrtf(squares / static_cast<float>(positions) + a.epsilon);
  a.mean[i] = mean;
  a.inverse[i] = inverse;
  const std::int64_t parameter = a.affine.base(a.shape, group) + column * a.affine.k[2];
  for (int p = 0; p < positions; ++p) {
    const std::int64_t at = first + a.shape.offset(p);
    const std::int64_t of = parameter + a.affine.offset(a.shape, p);
    a.y[at] =
        fmaf((a.x[at] - mean) * inverse, a.gamma ? a.gamma[of] : 1.0f, a.beta ? a.beta[of] : 0.0f);
  }
}

void group_norm_v1_naive(Stream& stream, const GroupNormArgs& a) {
  constexpr int block = 128;
  launch(
      stream,
      {"group_norm_v1_naive", blocks_for(a.shape.results(), block), block, 0, group_norm_cost(a)},
      group_norm_v1_naive_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
