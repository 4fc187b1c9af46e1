#include "kernels/mask/expand_patterns.h"

#include <limits>

namespace pellucid {

const VariantTable<ExpandPatternsArgs>& expand_patterns_variants() {
  constexpr auto pairs = [](const ExpandPatternsArgs& a) { return a.c % 2 == 0; };
  static const VariantTable<ExpandPatternsArgs> table{
      PELLUCID_KERNEL(expand_patterns_v2_pairs, pairs),
      PELLUCID_KERNEL(expand_patterns_v1_naive),
      {"expand_patterns_cpu", cpu::expand_patterns},
  };
  return table;
}

void expand_patterns(Stream& stream, const ExpandPatternsArgs& args) {
  require(args.n >= 1 && args.h >= 1 && args.w >= 1 && args.c >= 1 && args.first_mask >= 0,
          "expand_patterns: every extent must be at least 1, got n=", args.n, " h=", args.h,
          " w=", args.w, " c=", args.c);
  require(args.pool >= 1 && args.pooled_h() >= 1 && args.pooled_w() >= 1,
          "expand_patterns: a pooling window of ", args.pool, " does not fit ", args.h, "x",
          args.w);
  require(1LL * args.h * args.w <= std::numeric_limits<int>::max() / args.c,
          "expand_patterns: an image of ", args.h, "x", args.w, "x", args.c,
          " has more than 2^31 - 1 values");
  run_default(expand_patterns_variants(), stream, args);
}

Cost expand_patterns_cost(const ExpandPatternsArgs& a) {
  const double outputs = 1.0 * a.n * a.pooled_h() * a.pooled_w(),
               inputs = outputs * a.pool * a.pool;
  return {.flops = 0, .bytes = inputs * (12 + 4.0 * a.c) + outputs * 4.0 * a.c};
}

}  // namespace pellucid
