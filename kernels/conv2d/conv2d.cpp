#include "kernels/conv2d/conv2d.h"

#include <algorithm>
#include <limits>

#include "kernels/conv2d/conv2d_depthwise_size.h"
#include "kernels/conv2d/conv2d_direct_size.h"

namespace pellucid {
namespace {

constexpr long long kMaxElements = std::numeric_limits<int>::max();

void check_extents(const char* what, std::initializer_list<int> extents, int least) {
  for (const int extent : extents)
    require(extent >= least, "conv2d: ", what, " must be at least ", least, ", got ", extent);
}

// `extents` are each ≤ 2^31 − 1, so the running product stays below 2^62.
void check_elements(const char* what, std::initializer_list<int> extents) {
  long long count = 1;
  for (const int extent : extents) {
    count *= extent;
    require(count <= kMaxElements, "conv2d: ", what, " would have more than 2^31 - 1 elements; ",
            "run the batch in smaller parts");
  }
}

// Before Conv2dShape::p() and q() may be called: neither they nor the coordinates inside a kernel
// may leave int.
void check_axis(const char* axis, int extent, int filter, int pad, int far_pad, int dilation) {
  const long long padded = 1LL * extent + pad + far_pad, reach = 1LL * dilation * (filter - 1) + 1;
  require(padded <= kMaxElements / 2 && reach <= kMaxElements / 2, "conv2d: padded ", axis, " ",
          padded, " and filter reach ", reach, " must stay below 2^30");
  require(padded >= reach, "conv2d: the output would be empty: the filter spans ", reach,
          " pixels of ", axis, ", the padded image has ", padded);
}

}  // namespace

void check_conv2d(const Conv2dShape& d) {
  check_extents("every extent", {d.n, d.h, d.w, d.c, d.k, d.r, d.s}, 1);
  check_extents("stride", {d.stride_h, d.stride_w}, 1);
  check_extents("dilation", {d.dilation_h, d.dilation_w}, 1);
  check_extents("padding", {d.pad_h, d.pad_w, d.pad_bottom, d.pad_right}, 0);
  require(d.groups >= 1 && d.c % d.groups == 0 && d.k % d.groups == 0,
          "conv2d: groups must divide the channels and the filters, got ", d.groups, " groups of ",
          d.c, " channels and ", d.k, " filters");
  check_axis("height", d.h, d.r, d.pad_h, d.pad_bottom, d.dilation_h);
  check_axis("width", d.w, d.s, d.pad_w, d.pad_right, d.dilation_w);
  check_elements("the input", {d.n, d.h, d.w, d.c});
  check_elements("the weights", {d.k, d.r, d.s, d.group_c()});
  check_elements("the output", {d.n, d.p(), d.q(), d.k});
}

namespace {

// Kernels whose grid has a row for each group.
template <class Args>
bool groups_fit_grid(const Args& args) {
  return args.shape.groups <= 65535;
}

template <class Args>
bool is_depthwise(const Args& args) {
  return args.shape.depthwise();
}

#ifdef PELLUCID_HAS_ONEDNN
bool has_no_bias(const Conv2dDgradArgs& args) { return !args.bias; }
#endif

// All three directions do the same products and touch the same three arrays.
Cost cost(const Conv2dShape& d) {
  const double outputs = 1.0 * d.n * d.p() * d.q() * d.k, weights = 1.0 * d.k * d.taps();
  return {.flops = 2 * outputs * d.taps(),
          .bytes = 4 * (1.0 * d.n * d.h * d.w * d.c + weights + outputs)};
}

}  // namespace

const VariantTable<Conv2dFpropArgs>& conv2d_fprop_variants() {
  static const VariantTable<Conv2dFpropArgs> table{
      PELLUCID_KERNEL(conv2d_fprop_v4_depthwise, conv2d_fits_depthwise),
      PELLUCID_KERNEL(conv2d_fprop_v2_direct_few_channels, conv2d_fits_direct),
      PELLUCID_KERNEL(conv2d_fprop_v3_implicit_gemm, groups_fit_grid),
      PELLUCID_KERNEL(conv2d_fprop_v1_naive),
      {"conv2d_fprop_cpu_depthwise", cpu::conv2d_fprop_depthwise, nullptr, nullptr, is_depthwise},
      {"conv2d_fprop_cpu", cpu::conv2d_fprop},
#ifdef PELLUCID_HAS_ONEDNN
      {"conv2d_fprop_onednn", cpu::conv2d_fprop_onednn},
#endif
      {"conv2d_fprop_cudnn", nullptr, nullptr, PELLUCID_CUDA_ONLY(cuda::conv2d_fprop_cudnn),
       PELLUCID_CUDA_ONLY(cuda::conv2d_fprop_cudnn_supports)},
  };
  return table;
}

const VariantTable<Conv2dDgradArgs>& conv2d_dgrad_variants() {
  static const VariantTable<Conv2dDgradArgs> table{
      PELLUCID_KERNEL(conv2d_dgrad_v3_depthwise, conv2d_fits_depthwise),
      PELLUCID_KERNEL(conv2d_dgrad_v2_implicit_gemm, groups_fit_grid),
      PELLUCID_KERNEL(conv2d_dgrad_v1_naive),
      {"conv2d_dgrad_cpu_depthwise", cpu::conv2d_dgrad_depthwise, nullptr, nullptr, is_depthwise},
      {"conv2d_dgrad_cpu", cpu::conv2d_dgrad},
#ifdef PELLUCID_HAS_ONEDNN
      {"conv2d_dgrad_onednn", cpu::conv2d_dgrad_onednn, nullptr, nullptr, has_no_bias},
#endif
      {"conv2d_dgrad_cudnn", nullptr, nullptr, PELLUCID_CUDA_ONLY(cuda::conv2d_dgrad_cudnn),
       PELLUCID_CUDA_ONLY(cuda::conv2d_dgrad_cudnn_supports)},
  };
  return table;
}

const VariantTable<Conv2dWgradArgs>& conv2d_wgrad_variants() {
  static const VariantTable<Conv2dWgradArgs> table{
      PELLUCID_KERNEL(conv2d_wgrad_v3_depthwise, is_depthwise),
      PELLUCID_KERNEL(conv2d_wgrad_v2_split, groups_fit_grid),
      PELLUCID_KERNEL(conv2d_wgrad_v1_naive),
      {"conv2d_wgrad_cpu_depthwise", cpu::conv2d_wgrad_depthwise, nullptr, nullptr, is_depthwise},
      {"conv2d_wgrad_cpu", cpu::conv2d_wgrad},
#ifdef PELLUCID_HAS_ONEDNN
      {"conv2d_wgrad_onednn", cpu::conv2d_wgrad_onednn},
#endif
      {"conv2d_wgrad_cudnn", nullptr, nullptr, PELLUCID_CUDA_ONLY(cuda::conv2d_wgrad_cudnn),
       PELLUCID_CUDA_ONLY(cuda::conv2d_wgrad_cudnn_supports)},
  };
  return table;
}

void conv2d_fprop(Stream& stream, const Conv2dFpropArgs& args) {
  check_conv2d(args.shape);
  run_default(conv2d_fprop_variants(), stream, args);
}

void conv2d_dgrad(Stream& stream, const Conv2dDgradArgs& args) {
  check_conv2d(args.shape);
  run_default(conv2d_dgrad_variants(), stream, args);
}

void conv2d_wgrad(Stream& stream, const Conv2dWgradArgs& args) {
  check_conv2d(args.shape);
  run_default(conv2d_wgrad_variants(), stream, args);
}

Cost conv2d_fprop_cost(const Conv2dShape& shape) { return cost(shape); }
Cost conv2d_dgrad_cost(const Conv2dShape& shape) { return cost(shape); }
Cost conv2d_wgrad_cost(const Conv2dShape& shape) { return cost(shape); }

}  // namespace pellucid
