#include "kernels/pool2d/pool2d.h"

#include <limits>

namespace pellucid {
namespace {

void check(const char* name, const Pool2dShape& s) {
  require(s.n >= 1 && s.h >= 1 && s.w >= 1 && s.c >= 1, name,
          ": n, h, w and c must be at least 1, got ", s.n, ", ", s.h, ", ", s.w, " and ", s.c);
  require(s.window_h >= 1 && s.window_w >= 1 && s.stride_h >= 1 && s.stride_w >= 1, name,
          ": window and stride must be at least 1, got window ", s.window_h, "x", s.window_w,
          " and stride ", s.stride_h, "x", s.stride_w);
  require(
      s.pad_h >= 0 && s.pad_w >= 0 && s.pad_h < s.window_h && s.pad_w < s.window_w, name,
      ": padding must be at least 0 and below the window, or a window would hold no pixel; got ",
      s.pad_h, "x", s.pad_w, " for a window of ", s.window_h, "x", s.window_w);
  require(s.window_h <= s.h + 2LL * s.pad_h && s.window_w <= s.w + 2LL * s.pad_w, name, ": a ",
          s.window_h, "x", s.window_w, " window does not fit an image of ", s.h, "x", s.w,
          " with padding ", s.pad_h, "x", s.pad_w);
  require(static_cast<long long>(s.h) * s.w <= std::numeric_limits<std::int32_t>::max(), name,
          ": an image of ", s.h, "x", s.w, " has more pixels than an int32 index can name");
}

double inputs(const Pool2dShape& s) { return double{1} * s.n * s.h * s.w * s.c; }
double outputs(const Pool2dShape& s) { return double{1} * s.n * s.p() * s.q() * s.c; }
double window(const Pool2dShape& s) { return double{1} * s.window_h * s.window_w; }

// Windows that a whole block shares: below, most of its threads would have no pixel.
template <class Args>
bool has_large_window(const Args& args) {
  return window(args.shape) >= 64;
}

}  // namespace

const VariantTable<MaxPool2dArgs>& max_pool2d_variants() {
  static const VariantTable<MaxPool2dArgs> table{
      PELLUCID_KERNEL(max_pool2d_v3_block, has_large_window),
      PELLUCID_KERNEL(max_pool2d_v2_rows),
      PELLUCID_KERNEL(max_pool2d_v1_naive),
      {"max_pool2d_cpu", cpu::max_pool2d},
  };
  return table;
}

const VariantTable<MaxPool2dBackwardArgs>& max_pool2d_backward_variants() {
  static const VariantTable<MaxPool2dBackwardArgs> table{
      PELLUCID_KERNEL(max_pool2d_backward_v2_rows),
      PELLUCID_KERNEL(max_pool2d_backward_v1_naive),
      {"max_pool2d_backward_cpu", cpu::max_pool2d_backward},
  };
  return table;
}

const VariantTable<AveragePool2dArgs>& average_pool2d_variants() {
  static const VariantTable<AveragePool2dArgs> table{
      PELLUCID_KERNEL(average_pool2d_v3_block, has_large_window),
      PELLUCID_KERNEL(average_pool2d_v2_rows),
      PELLUCID_KERNEL(average_pool2d_v1_naive),
      {"average_pool2d_cpu", cpu::average_pool2d},
  };
  return table;
}

const VariantTable<AveragePool2dBackwardArgs>& average_pool2d_backward_variants() {
  static const VariantTable<AveragePool2dBackwardArgs> table{
      PELLUCID_KERNEL(average_pool2d_backward_v2_rows),
      PELLUCID_KERNEL(average_pool2d_backward_v1_naive),
      {"average_pool2d_backward_cpu", cpu::average_pool2d_backward},
  };
  return table;
}

void max_pool2d(Stream& stream, const MaxPool2dArgs& args) {
  check("max_pool2d", args.shape);
  run_default(max_pool2d_variants(), stream, args);
}

void max_pool2d_backward(Stream& stream, const MaxPool2dBackwardArgs& args) {
  check("max_pool2d_backward", args.shape);
  require(args.index != nullptr,
          "max_pool2d_backward: index is null; let the forward write it and pass it on");
  run_default(max_pool2d_backward_variants(), stream, args);
}

void average_pool2d(Stream& stream, const AveragePool2dArgs& args) {
  check("average_pool2d", args.shape);
  run_default(average_pool2d_variants(), stream, args);
}

void average_pool2d_backward(Stream& stream, const AveragePool2dBackwardArgs& args) {
  check("average_pool2d_backward", args.shape);
  run_default(average_pool2d_backward_variants(), stream, args);
}

// A comparison, an addition and a division count as one each.
Cost max_pool2d_cost(const MaxPool2dArgs& args) {
  const Pool2dShape& s = args.shape;
  return {.flops = outputs(s) * window(s),
          .bytes = 4 * (inputs(s) + outputs(s) * (args.index ? 2 : 1))};
}

Cost max_pool2d_backward_cost(const Pool2dShape& s) {
  return {.flops = outputs(s), .bytes = 4 * (inputs(s) + 2 * outputs(s))};
}

Cost average_pool2d_cost(const Pool2dShape& s) {
  return {.flops = outputs(s) * (window(s) + 1), .bytes = 4 * (inputs(s) + outputs(s))};
}

Cost average_pool2d_backward_cost(const Pool2dShape& s) {
  return {.flops = 2 * outputs(s) * window(s), .bytes = 4 * (inputs(s) + outputs(s))};
}

}  // namespace pellucid
