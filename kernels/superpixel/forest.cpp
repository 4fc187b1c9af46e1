#include "kernels/superpixel/forest.h"

namespace pellucid {

const VariantTable<ForestArgs>& forest_labels_variants() {
  static const VariantTable<ForestArgs> table{
      PELLUCID_KERNEL(forest_labels_v1_jump),
      {"forest_labels_cpu", cpu::forest_labels},
  };
  return table;
}

void forest_labels(Stream& stream, const ForestArgs& a) {
  require(a.n >= 1, "forest_labels: n must be at least 1, got ", a.n);
  run_default(forest_labels_variants(), stream, a);
}

// Each parent is read and each label written once; there is no arithmetic to speak of.
Cost forest_labels_cost(const ForestArgs& a) { return {.flops = 0, .bytes = 8.0 * a.n + 4}; }

}  // namespace pellucid
