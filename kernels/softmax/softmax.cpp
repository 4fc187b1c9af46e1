#include "kernels/softmax/softmax.h"

namespace pellucid {

const VariantTable<SoftmaxArgs>& softmax_variants() {
  static const VariantTable<SoftmaxArgs> table{
      PELLUCID_KERNEL(softmax_v2_online),
      PELLUCID_KERNEL(softmax_v1_naive),
      {"softmax_cpu", cpu::softmax},
  };
  return table;
}

const VariantTable<SoftmaxBackwardArgs>& softmax_backward_variants() {
  static const VariantTable<SoftmaxBackwardArgs> table{
      PELLUCID_KERNEL(softmax_backward_v2_warp),
      PELLUCID_KERNEL(softmax_backward_v1_naive),
      {"softmax_backward_cpu", cpu::softmax_backward},
  };
  return table;
}

void softmax(Stream& stream, const SoftmaxArgs& args) {
  require(args.rows >= 1 && args.cols >= 1, "softmax: rows and cols must be at least 1, got ",
          args.rows, " and ", args.cols);
  run_default(softmax_variants(), stream, args);
}

void softmax_backward(Stream& stream, const SoftmaxBackwardArgs& args) {
  require(args.rows >= 1 && args.cols >= 1, "softmax: rows and cols must be at least 1, got ",
          args.rows, " and ", args.cols);
  run_default(softmax_backward_variants(), stream, args);
}

Cost softmax_cost(const SoftmaxArgs& a) {
  const double elements = double{1} * a.rows * a.cols;
  return {.flops = 5 * elements, .bytes = 8 * elements};
}

Cost softmax_backward_cost(const SoftmaxBackwardArgs& a) {
  const double elements = double{1} * a.rows * a.cols;
  return {.flops = 4 * elements, .bytes = 12 * elements};
}

}  // namespace pellucid
