#include "kernels/normalize/normalize.h"

namespace pellucid {
const VariantTable<MinMaxArgs>& normalize_min_max_variants() {
  static const VariantTable<MinMaxArgs> table{
      PELLUCID_KERNEL(normalize_min_max_v3_split),
      PELLUCID_KERNEL(normalize_min_max_v2_block),
      PELLUCID_KERNEL(normalize_min_max_v1_naive),
      {"normalize_min_max_cpu", cpu::normalize_min_max},
  };
  return table;
}

void normalize_min_max(Stream& stream, const MinMaxArgs& args) {
  require(args.rows >= 1 && args.cols >= 1,
          "normalize_min_max: rows and cols must be at least 1, got ", args.rows, " and ",
          args.cols);
  require(args.epsilon >= 0, "normalize_min_max: epsilon must be at least 0, got ", args.epsilon);
  run_default(normalize_min_max_variants(), stream, args);
}

Cost normalize_min_max_cost(const MinMaxArgs& a) {
  const double elements = double{1} * a.rows * static_cast<double>(a.cols);
  return {.flops = 4 * elements, .bytes = 8 * elements};
}

}  // namespace pellucid
