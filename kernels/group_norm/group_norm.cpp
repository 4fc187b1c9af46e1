#include "kernels/group_norm/group_norm.h"

#include <cmath>

namespace pellucid {

const VariantTable<GroupNormArgs>& group_norm_variants() {
  constexpr auto long_groups = [](const GroupNormArgs& a) { return has_long_groups(a.shape); };
  static const VariantTable<GroupNormArgs> table{
      PELLUCID_KERNEL(group_norm_v3_split, long_groups),
      PELLUCID_KERNEL(group_norm_v2_lanes),
      PELLUCID_KERNEL(group_norm_v1_naive),
      {"group_norm_cpu", cpu::group_norm},
  };
  return table;
}

const VariantTable<GroupNormBackwardArgs>& group_norm_backward_variants() {
  constexpr auto long_groups = [](const GroupNormBackwardArgs& a) {
    return has_long_groups(a.shape);
  };
  static const VariantTable<GroupNormBackwardArgs> table{
      PELLUCID_KERNEL(group_norm_backward_v3_split, long_groups),
      PELLUCID_KERNEL(group_norm_backward_v2_lanes),
      PELLUCID_KERNEL(group_norm_backward_v1_naive),
      {"group_norm_backward_cpu", cpu::group_norm_backward},
  };
  return table;
}

void group_norm(Stream& stream, const GroupNormArgs& args) {
  check_axes("group_norm", args.shape);
  require(args.epsilon >= 0 && std::isfinite(args.epsilon),
          "group_norm: epsilon must be at least 0 and finite, got ", args.epsilon);
  run_default(group_norm_variants(), stream, args);
}

void group_norm_backward(Stream& stream, const GroupNormBackwardArgs& args) {
  check_axes("group_norm_backward", args.shape);
  run_default(group_norm_backward_variants(), stream, args);
}

// An addition or a multiplication counts as one. Each array once, though x is needed before and after the
// sums; the few numbers a group are left out.
Cost group_norm_cost(const GroupNormArgs& a) {
  const auto elements = static_cast<double>(a.shape.elements());
  return {.flops = 8 * elements, .bytes = 8 * elements};
}

Cost group_norm_backward_cost(const GroupNormBackwardArgs& a) {
  const auto elements = static_cast<double>(a.shape.elements());
  return {.flops = (a.dx ? 11 : 0) * elements + (a.product ? 3 : 0) * elements,
          .bytes = (8.0 + (a.dx ? 4 : 0) + (a.product ? 4 : 0)) * elements};
}

}  // namespace pellucid
