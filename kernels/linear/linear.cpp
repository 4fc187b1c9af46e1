#include "kernels/linear/linear.h"

namespace pellucid {
namespace {

void check(const char* name, const LinearShape& shape) {
  require(shape.n >= 1 && shape.inputs >= 1 && shape.outputs >= 1, name,
          ": n, inputs and outputs must be at least 1, got ", shape.n, ", ", shape.inputs, " and ",
          shape.outputs);
}

}  // namespace

const VariantTable<LinearArgs>& linear_variants() {
  static const VariantTable<LinearArgs> table{
      PELLUCID_KERNEL(linear_v4_parts),
      PELLUCID_KERNEL(linear_v3_warp),
      PELLUCID_KERNEL(linear_v2_tiled),
      PELLUCID_KERNEL(linear_v1_naive),
      {"linear_cublas", nullptr, nullptr, PELLUCID_CUDA_ONLY(cuda::linear_cublas),
       PELLUCID_CUDA_ONLY(cuda::cublas_takes)},
#ifdef PELLUCID_HAS_ONEDNN
      {"linear_onednn", cpu::linear_onednn},
#endif
      {"linear_cpu", cpu::linear},
  };
  return table;
}

const VariantTable<LinearDgradArgs>& linear_dgrad_variants() {
  static const VariantTable<LinearDgradArgs> table{
      PELLUCID_KERNEL(linear_dgrad_v3_split),
      PELLUCID_KERNEL(linear_dgrad_v2_tiled),
      PELLUCID_KERNEL(linear_dgrad_v1_naive),
      {"linear_dgrad_cublas", nullptr, nullptr, PELLUCID_CUDA_ONLY(cuda::linear_dgrad_cublas),
       PELLUCID_CUDA_ONLY(cuda::cublas_takes)},
#ifdef PELLUCID_HAS_ONEDNN
      {"linear_dgrad_onednn", cpu::linear_dgrad_onednn},
#endif
      {"linear_dgrad_cpu", cpu::linear_dgrad},
  };
  return table;
}

const VariantTable<LinearWgradArgs>& linear_wgrad_variants() {
  static const VariantTable<LinearWgradArgs> table{
      PELLUCID_KERNEL(linear_wgrad_v2_tiled),
      PELLUCID_KERNEL(linear_wgrad_v1_naive),
      {"linear_wgrad_cublas", nullptr, nullptr, PELLUCID_CUDA_ONLY(cuda::linear_wgrad_cublas),
       PELLUCID_CUDA_ONLY(cuda::cublas_takes)},
#ifdef PELLUCID_HAS_ONEDNN
      {"linear_wgrad_onednn", cpu::linear_wgrad_onednn},
#endif
      {"linear_wgrad_cpu", cpu::linear_wgrad},
  };
  return table;
}

void linear(Stream& stream, const LinearArgs& args) {
  check("linear", args.shape);
  run_default(linear_variants(), stream, args);
}

void linear_dgrad(Stream& stream, const LinearDgradArgs& args) {
  check("linear_dgrad", args.shape);
  run_default(linear_dgrad_variants(), stream, args);
}

void linear_wgrad(Stream& stream, const LinearWgradArgs& args) {
  check("linear_wgrad", args.shape);
  run_default(linear_wgrad_variants(), stream, args);
}

Cost linear_cost(const LinearShape& shape) {
  const double n = shape.n, i = shape.inputs, o = shape.outputs;
  return {.flops = 2 * n * i * o, .bytes = 4 * (n * i + o * i + n * o)};
}

}  // namespace pellucid
