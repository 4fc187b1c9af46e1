#include "kernels/conv2d/patterns/conv2d_patterns.h"

#include "kernels/conv2d/patterns/conv2d_patterns_size.h"

namespace pellucid {

const VariantTable<Conv2dPatternsArgs>& conv2d_patterns_variants() {
  static const VariantTable<Conv2dPatternsArgs> table{
      PELLUCID_KERNEL(conv2d_patterns_v2_fields, conv2d_patterns_fit_fields),
      PELLUCID_KERNEL(conv2d_patterns_v1_naive),
      {"conv2d_patterns_cpu", cpu::conv2d_patterns},
  };
  return table;
}

void conv2d_patterns(Stream& stream, const Conv2dPatternsArgs& args) {
  check_conv2d(args.shape);
  require(args.shape.groups == 1, "conv2d_patterns: one group of channels is taken, got ",
          args.shape.groups);
  require(args.shape.n == 1 && args.count >= 1,
          "conv2d_patterns: rows of one image, got n=", args.shape.n, " and ", args.count, " rows");
  require(args.pool >= 1 && args.pooled_p() >= 1 && args.pooled_q() >= 1,
          "conv2d_patterns: a pooling window of ", args.pool, " does not fit the ", args.shape.p(),
          "x", args.shape.q(), " outputs of the convolution");
  require((args.x == nullptr) != (args.masked.bits == nullptr),
          "conv2d_patterns: either x or masks are the input");
  run_default(conv2d_patterns_variants(), stream, args);
}

// Each row's field is read anew: which inputs it shares with others, the masks decide.
Cost conv2d_patterns_cost(const Conv2dPatternsArgs& a) {
  const double windows = 1.0 * a.pool * a.pool, taps = a.shape.taps(), rows = a.count;
  const double field = 1.0 * a.field_h() * a.field_w();
  const double index = a.x ? 12 : 4;  // place and pattern, or label
  return {
      .flops = 2 * rows * windows * taps * a.shape.k,
      .bytes = rows * (sizeof(PatternRow) + field * (index + 4.0 * a.shape.c) + 4.0 * a.shape.k) +
               4 * taps * a.shape.k};
}

}  // namespace pellucid
