#include "kernels/loss/loss.h"

namespace pellucid {

const VariantTable<CrossEntropyArgs>& cross_entropy_variants() {
  static const VariantTable<CrossEntropyArgs> table{
      PELLUCID_KERNEL(cross_entropy_v2_warp),
      PELLUCID_KERNEL(cross_entropy_v1_naive),
      {"cross_entropy_cpu", cpu::cross_entropy},
  };
  return table;
}

void cross_entropy(Stream& stream, const CrossEntropyArgs& args) {
  require(args.rows >= 1 && args.classes >= 1,
          "cross_entropy: rows and classes must be at least 1, got ", args.rows, " and ",
          args.classes);
  run_default(cross_entropy_variants(), stream, args);
}

Cost cross_entropy_cost(const CrossEntropyArgs& a) {
  const double rows = a.rows, elements = rows * a.classes;
  // Each label and loss once; the weights are shared by all rows.
  const double bytes = 4 * elements + 8 * rows + (a.weights ? 4.0 * a.classes : 0);
  return {.flops = (a.dx ? 6 : 4) * elements, .bytes = bytes + (a.dx ? 4 * elements : 0)};
}

}  // namespace pellucid
