#include "kernels/conv2d/relu_pool/conv2d_relu_pool.h"

#include "kernels/conv2d/relu_pool/conv2d_quads_size.h"

namespace pellucid {

const VariantTable<Conv2dReluPoolArgs>& conv2d_relu_pool_variants() {
  static const VariantTable<Conv2dReluPoolArgs> table{
      PELLUCID_KERNEL(conv2d_relu_pool_v3_rows, conv2d_fits_quad_rows),
      PELLUCID_KERNEL(conv2d_relu_pool_v2_quads, conv2d_fits_quads),
      PELLUCID_KERNEL(conv2d_relu_pool_v1_naive),
      {"conv2d_relu_pool_cpu", cpu::conv2d_relu_pool},
  };
  return table;
}

void conv2d_relu_pool(Stream& stream, const Conv2dReluPoolArgs& args) {
  check_conv2d(args.shape);
  require(args.shape.groups == 1, "conv2d_relu_pool: one group of channels is taken, got ",
          args.shape.groups);
  require(args.pool >= 1 && args.pooled_p() >= 1 && args.pooled_q() >= 1,
          "conv2d_relu_pool: a pooling window of ", args.pool, " does not fit the ", args.shape.p(),
          "x", args.shape.q(), " outputs of the convolution");
  require((args.x == nullptr) != (args.masked.bits == nullptr),
          "conv2d_relu_pool: either x or masks are the input");
  run_default(conv2d_relu_pool_variants(), stream, args);
}

Cost conv2d_relu_pool_cost(const Conv2dReluPoolArgs& a) {
  const Conv2dShape& d = a.shape;
  const double pixels = 1.0 * d.h * d.w;
  const double input = a.x ? d.n * pixels * d.c : pixels * (2.0 * d.c + 1) + d.n * a.masked.words;
  return {
      .flops = conv2d_fprop_cost(d).flops,
      .bytes = 4 * (input + 1.0 * d.k * d.taps() + 1.0 * d.n * a.pooled_p() * a.pooled_q() * d.k)};
}

}  // namespace pellucid
