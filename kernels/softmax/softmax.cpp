#include "kernels/softmax/softmax.h"

namespace pellucid {

const VariantTable<SoftmaxArgs>& softmax_variants() {
  constexpr auto rows_only = [](const SoftmaxArgs& a) { return a.inner == 1; };
  static const VariantTable<SoftmaxArgs> table{
      PELLUCID_KERNEL(softmax_v2_online, rows_only),
      PELLUCID_KERNEL(softmax_v3_lanes),
      PELLUCID_KERNEL(softmax_v1_naive),
      {"softmax_cpu", cpu::softmax},
  };
  return table;
}

const VariantTable<SoftmaxBackwardArgs>& softmax_backward_variants() {
  constexpr auto rows_only = [](const SoftmaxBackwardArgs& a) { return a.inner == 1; };
  static const VariantTable<SoftmaxBackwardArgs> table{
      PELLUCID_KERNEL(softmax_backward_v2_warp, rows_only),
      PELLUCID_KERNEL(softmax_backward_v3_lanes),
      PELLUCID_KERNEL(softmax_backward_v1_naive),
      {"softmax_backward_cpu", cpu::softmax_backward},
  };
  return table;
}

void softmax(Stream& stream, const SoftmaxArgs& args) {
  require(args.rows >= 1 && args.cols >= 1 && args.inner >= 1,
          "softmax: rows, cols and inner must be at least 1, got ", args.rows, ", ", args.cols,
          " and ", args.inner);
  run_default(softmax_variants(), stream, args);
}

void softmax_backward(Stream& stream, const SoftmaxBackwardArgs& args) {
  require(args.rows >= 1 && args.cols >= 1 && args.inner >= 1,
          "softmax: rows, cols and inner must be at least 1, got ", args.rows, ", ", args.cols,
          " and ", args.inner);
  run_default(softmax_backward_variants(), stream, args);
}

Cost softmax_cost(const SoftmaxArgs& a) {
  const double elements = double{1} * a.rows * a.cols * a.inner;
  return {.flops = 5 * elements, .bytes = 8 * elements};
}

Cost softmax_backward_cost(const SoftmaxBackwardArgs& a) {
  const double elements = double{1} * a.rows * a.cols * a.inner;
  return {.flops = 4 * elements, .bytes = 12 * elements};
}

}  // namespace pellucid
