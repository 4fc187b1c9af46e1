#include "kernels/linear/matmul.h"

#include <algorithm>

namespace pellucid {

const VariantTable<MatmulArgs>& matmul_variants() {
  static const VariantTable<MatmulArgs> table{
      PELLUCID_KERNEL(matmul_v2_tiled),
      PELLUCID_KERNEL(matmul_v1_naive),
      {"matmul_cpu", cpu::matmul},
  };
  return table;
}

void matmul(Stream& stream, const MatmulArgs& args) {
  require(std::min({args.batch, args.m, args.n, args.k, args.b_count}) >= 1,
          "matmul: batch, m, n, k and b_count must be at least 1, got ", args.batch, ", ", args.m,
          ", ", args.n, ", ", args.k, " and ", args.b_count);
  run_default(matmul_variants(), stream, args);
}

Cost matmul_cost(const MatmulArgs& s) {
  const double batch = s.batch, m = s.m, n = s.n, k = s.k;
  return {.flops = 2 * batch * m * n * k,
          .bytes = 4 * (batch * (m * k + m * n) + std::min(s.batch, s.b_count) * k * n)};
}

}  // namespace pellucid
