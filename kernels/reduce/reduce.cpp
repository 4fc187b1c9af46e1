#include "kernels/reduce/reduce.h"

#include <limits>

namespace pellucid {
namespace {

// A short row leaves most of a block idle; it belongs to a warp. The border is a function of cols
// alone, so that a row is added in the same order whatever the number of rows.
constexpr std::int64_t kLongRow = 1024;

}  // namespace

const VariantTable<RowSumArgs>& row_sum_variants() {
  constexpr auto long_rows = [](const RowSumArgs& a) { return a.cols > kLongRow; };
  static const VariantTable<RowSumArgs> table{
      PELLUCID_KERNEL(row_sum_v3_split, long_rows),
      PELLUCID_KERNEL(row_sum_v2_warp),
      PELLUCID_KERNEL(row_sum_v1_naive),
      {"row_sum_cpu", cpu::row_sum},
  };
  return table;
}

const VariantTable<RowMaxArgs>& row_max_variants() {
  constexpr auto long_rows = [](const RowMaxArgs& a) { return a.cols > kLongRow; };
  static const VariantTable<RowMaxArgs> table{
      PELLUCID_KERNEL(row_max_v3_split, long_rows),
      PELLUCID_KERNEL(row_max_v2_warp),
      PELLUCID_KERNEL(row_max_v1_naive),
      {"row_max_cpu", cpu::row_max},
  };
  return table;
}

void row_sum(Stream& stream, const RowSumArgs& args) {
  require(args.rows >= 1 && args.cols >= 1, "row_sum: rows and cols must be at least 1, got ",
          args.rows, " and ", args.cols);
  run_default(row_sum_variants(), stream, args);
}

void row_max(Stream& stream, const RowMaxArgs& args) {
  require(args.rows >= 1 && args.cols >= 1, "row_max: rows and cols must be at least 1, got ",
          args.rows, " and ", args.cols);
  require(args.cols <= std::numeric_limits<std::int32_t>::max(),
          "row_max: an index has 32 bits, so cols may be 2147483647, got ", args.cols);
  require(args.y || args.index, "row_max: both outputs are null");
  run_default(row_max_variants(), stream, args);
}

Cost row_sum_cost(const RowSumArgs& a) {
  const double elements = double{1} * a.rows * static_cast<double>(a.cols);
  return {.flops = elements, .bytes = 4 * (elements + a.rows)};
}

Cost row_max_cost(const RowMaxArgs& a) {
  const double elements = double{1} * a.rows * static_cast<double>(a.cols);
  return {.flops = elements,
          .bytes = 4 * (elements + ((a.y ? 1 : 0) + (a.index ? 1 : 0)) * a.rows)};
}

}  // namespace pellucid
