#include "kernels/principal_component/principal_component.h"

namespace pellucid {

const VariantTable<PrincipalComponentArgs>& principal_component_variants() {
  static const VariantTable<PrincipalComponentArgs> table{
      PELLUCID_KERNEL(principal_component_v2_block),
      PELLUCID_KERNEL(principal_component_v1_naive),
      {"principal_component_cpu", cpu::principal_component},
  };
  return table;
}

void principal_component(Stream& stream, const PrincipalComponentArgs& a) {
  require(a.n >= 1 && a.n <= 65535 && a.p >= 1 && a.k >= 1,
          "principal_component: 1 to 65535 matrices of at least 1 × 1, got ", a.n, " of ", a.p,
          " × ", a.k);
  require(a.k <= kPrincipalVariables, "principal_component: at most ", kPrincipalVariables,
          " variables, got ", a.k);
  run_default(principal_component_variants(), stream, a);
}

Cost principal_component_cost(const PrincipalComponentArgs& a) {
  const double entries = 1.0 * a.p * a.k, square = 1.0 * a.k * a.k;
  return {.flops = a.n * (3 * entries + entries * (a.k + 1) + 2 * square + 2 * entries),
          .bytes = a.n * (4 * (entries + a.k + a.p + 2) + 8 * square)};
}

}  // namespace pellucid
