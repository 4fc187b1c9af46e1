#include "kernels/reduce/reduce_axes.h"

#include "kernels/reduce/reduction.h"

namespace pellucid {

const VariantTable<ReduceAxesArgs>& reduce_axes_variants() {
  constexpr auto long_groups = [](const ReduceAxesArgs& a) { return has_long_groups(a.shape); };
  static const VariantTable<ReduceAxesArgs> table{
      PELLUCID_KERNEL(reduce_axes_v3_split, long_groups),
      PELLUCID_KERNEL(reduce_axes_v2_lanes),
      PELLUCID_KERNEL(reduce_axes_v1_naive),
      {"reduce_axes_cpu", cpu::reduce_axes},
  };
  return table;
}

const VariantTable<ReduceAxesBackwardArgs>& reduce_axes_backward_variants() {
  static const VariantTable<ReduceAxesBackwardArgs> table{
      PELLUCID_KERNEL(reduce_axes_backward_v2_strips),
      PELLUCID_KERNEL(reduce_axes_backward_v1_naive),
      {"reduce_axes_backward_cpu", cpu::reduce_axes_backward},
  };
  return table;
}

void reduce_axes(Stream& stream, const ReduceAxesArgs& args) {
  check_axes("reduce_axes", args.shape);
  require(!args.index || has_winner(args.function),
          "reduce_axes: only a maximum or minimum has an index");
  run_default(reduce_axes_variants(), stream, args);
}

void reduce_axes_backward(Stream& stream, const ReduceAxesBackwardArgs& args) {
  check_axes("reduce_axes_backward", args.shape);
  require((args.x || !reads_x(args.function)) && (args.y || !reads_y(args.function)) &&
              (args.index || !has_winner(args.function)),
          "reduce_axes_backward: an array that the derivative reads is null");
  run_default(reduce_axes_backward_variants(), stream, args);
}

// An exponential counts as one, as an addition does.
Cost reduce_axes_cost(const ReduceAxesArgs& a) {
  const auto elements = static_cast<double>(a.shape.elements());
  const auto results = static_cast<double>(a.shape.results());
  return {.flops = elements, .bytes = 4 * (elements + (a.index ? 2 : 1) * results)};
}

Cost reduce_axes_backward_cost(const ReduceAxesBackwardArgs& a) {
  const auto elements = static_cast<double>(a.shape.elements());
  const auto results = static_cast<double>(a.shape.results());
  return {.flops = elements,
          .bytes = 4 * ((reads_x(a.function) ? 2 : 1) * elements +
                        (reads_y(a.function) || has_winner(a.function) ? 2 : 1) * results)};
}

}  // namespace pellucid
