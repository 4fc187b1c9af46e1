// group_norm_backward_v1_naive.cu: the derivative of the normalisation of each group, one thread a result.
//
// computes   group_norm.h;   x, dy, dx, product: (n, r0, k0, r1, k1, r2, k2), mean, inverse: (n, k0, k1, k2)
// mapping    thread t of the grid takes result t and walks its positions twice
// idea       the formula as written
// limits     extents ≥ 1; at most 2^30 positions; fp32 rounding grows with the positions
// cost       12 bytes and 11 flops a value at least; x and dy are read twice
// next       v2 gives a result to several threads, and neighbouring values to neighbouring threads
#include "kernels/device/vector.cuh"
#include "kernels/group_norm/group_norm.h"
#include "runtime/launch/launch.h"

namespace pellucid::PELLUCID_BACKEND {

__global__ void group_norm_backward_v1_naive_kernel(GroupNormBackwardArgs a) {
  const std::int64_t i = grid_thread();
  if (i >= a.shape.results()) return;
  const int columns = a.shape.columns(), positions = a.shape.positions();
  const std::int64_t group = i / columns, column = i % columns,
                     first = a.shape.base(group) + column;
  const std::int64_t parameter = a.affine.base(a.shape, group) + column * a.affine.k[2];
  const float mean = a.mean[i], inverse = a.inverse[i];
  const auto scaled = [&](int p, std::int64_t at) {
    return a.gamma ? a.dy[at] * a.gamma[parameter + a.affine.offset(a.shape, p)] : a.dy[at];
  };
  float sum = 0, products = 0;
  for (int p = 0; p < positions && a.dx; ++p) {
    const std::int64_t at = first + a.shape.offset(p);
    const float g = scaled(p, at);
    sum += g;
    products = fmaf(g, (a.x[at] - mean) * inverse, products);
  }
  sum /= static_cast<float>(positions);
  products /= static_cast<float>(positions);
  for (int p = 0; p < positions; ++p) {
    const std::int64_t at = first + a.shape.offset(p);
    const float normalised = (a.x[at] - mean) * inverse;
    if (a.dx) a.dx[at] = inverse * fmaf(-normalised, products, scaled(p, at) - sum);
    if (a.product) a.product[at] = a.dy[at] * normalised;
  }
}

void group_norm_backward_v1_naive(Stream& stream, const GroupNormBackwardArgs& a) {
  constexpr int block = 128;
  launch(stream,
         {"group_norm_backward_v1_naive", blocks_for(a.shape.results(), block), block, 0,
          group_norm_backward_cost(a)},
         group_norm_backward_v1_naive_kernel, a);
}

}  // namespace pellucid::PELLUCID_BACKEND
