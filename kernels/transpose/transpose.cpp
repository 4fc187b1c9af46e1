#include "kernels/transpose/transpose.h"

namespace pellucid {
namespace {

bool few_columns(const TransposeArgs& a) { return a.cols <= 32; }

}  // namespace

const VariantTable<TransposeArgs>& transpose_variants() {
  static const VariantTable<TransposeArgs> table{
      PELLUCID_KERNEL(transpose_v2_tiled),
      PELLUCID_KERNEL(transpose_v3_rows, few_columns),
      PELLUCID_KERNEL(transpose_v1_naive),
      {"transpose_cpu", cpu::transpose},
  };
  return table;
}

void transpose(Stream& stream, const TransposeArgs& a) {
  require(a.n >= 1 && a.rows >= 1 && a.cols >= 1,
          "transpose: every extent must be at least 1, got ", a.n, " of ", a.rows, " × ", a.cols);
  require(a.n <= 65535 && a.cols <= 32 * 65535,
          "transpose: at most 65535 matrices with rows of 2097120 values, got ", a.n, " of ",
          a.rows, " × ", a.cols);
  run_default(transpose_variants(), stream, a);
}

Cost transpose_cost(const TransposeArgs& a) {
  return {.flops = 0, .bytes = 8.0 * a.n * a.rows * a.cols};
}

}  // namespace pellucid
