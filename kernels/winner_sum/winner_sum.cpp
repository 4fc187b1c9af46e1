#include "kernels/winner_sum/winner_sum.h"

#include "kernels/alignment.h"

namespace pellucid {
namespace {

void check(const char* name, const WinnerSumShape& s, const void* mask, const void* winner) {
  require(s.n >= 1 && s.places >= 1 && s.classes >= 1, name, ": extents must be at least 1, got n ",
          s.n, ", places ", s.places, ", classes ", s.classes);
  require((mask == nullptr) != (winner == nullptr), name, ": needs a mask or winners, got ",
          mask ? "both" : "neither");
}

}  // namespace

const VariantTable<WinnerSumArgs>& winner_sum_variants() {
  static const VariantTable<WinnerSumArgs> table{
      PELLUCID_KERNEL(winner_sum_v2_parts),
      PELLUCID_KERNEL(winner_sum_v1_naive),
      {"winner_sum_cpu", cpu::winner_sum},
  };
  return table;
}

const VariantTable<WinnerSumBackwardArgs>& winner_sum_backward_variants() {
  constexpr auto aligned = [](const WinnerSumBackwardArgs& a) { return aligned16({a.dx}); };
  static const VariantTable<WinnerSumBackwardArgs> table{
      PELLUCID_KERNEL(winner_sum_backward_v2_vector, aligned),
      PELLUCID_KERNEL(winner_sum_backward_v1_naive),
      {"winner_sum_backward_cpu", cpu::winner_sum_backward},
  };
  return table;
}

void winner_sum(Stream& stream, const WinnerSumArgs& args) {
  check("winner_sum", args.shape, args.mask, args.winner);
  run_default(winner_sum_variants(), stream, args);
}

void winner_sum_backward(Stream& stream, const WinnerSumBackwardArgs& args) {
  check("winner_sum_backward", args.shape, args.mask, args.winner);
  run_default(winner_sum_backward_variants(), stream, args);
}

// A comparison counts as one, as an addition does.
Cost winner_sum_cost(const WinnerSumArgs& a) {
  const auto values = static_cast<double>(a.shape.values()),
             rows = static_cast<double>(a.mask ? a.shape.places : a.shape.rows());
  return {.flops = a.mask ? values : values + rows,
          .bytes = 4 * (values + rows + static_cast<double>(a.shape.sums()))};
}

Cost winner_sum_backward_cost(const WinnerSumBackwardArgs& a) {
  const auto values = static_cast<double>(a.shape.values()),
             rows = static_cast<double>(a.mask ? a.shape.places : a.shape.rows());
  return {.flops = 0, .bytes = 4 * (values + rows + static_cast<double>(a.shape.sums()))};
}

}  // namespace pellucid
