#include "kernels/pool2d/pool2d.h"

#include <limits>

#include "kernels/pool2d/pool2d_windows.h"

namespace pellucid {
namespace {

bool every_window_holds_a_pixel(const PoolAxis& axis, bool ceil) {
  if (axis.pad >= axis.reach() || axis.far_pad >= axis.reach()) return false;
  if (axis.dilation == 1) return true;
  for (int output = 0; output < axis.outputs(ceil); ++output)
    if (pool_pixels(axis, output).count(axis.dilation) < 1) return false;
  return true;
}

// Nothing that a kernel computes of one leaves int.
bool is_small(const PoolAxis& axis) {
  constexpr long long limit = 1 << 30;
  return axis.extent < limit && axis.pad < limit && axis.far_pad < limit && axis.stride < limit &&
         1LL * axis.extent + axis.pad + axis.far_pad < limit &&
         1LL * axis.window * axis.dilation < limit;
}

std::string padding_text(const Pool2dShape& s) {
  const std::string near = concat(s.pad_h, "x", s.pad_w);
  return s.pad_bottom == s.pad_h && s.pad_right == s.pad_w
             ? near
             : concat(near, " and ", s.pad_bottom, "x", s.pad_right);
}

std::string window_text(const Pool2dShape& s) {
  const std::string window = concat(s.window_h, "x", s.window_w);
  return s.dilation_h == 1 && s.dilation_w == 1
             ? window
             : concat(window, " with dilation ", s.dilation_h, "x", s.dilation_w);
}

void check(const char* name, const Pool2dShape& s) {
  require(s.n >= 1 && s.h >= 1 && s.w >= 1 && s.c >= 1, name,
          ": n, h, w and c must be at least 1, got ", s.n, ", ", s.h, ", ", s.w, " and ", s.c);
  require(s.window_h >= 1 && s.window_w >= 1 && s.stride_h >= 1 && s.stride_w >= 1, name,
          ": window and stride must be at least 1, got window ", s.window_h, "x", s.window_w,
          " and stride ", s.stride_h, "x", s.stride_w);
  require(s.dilation_h >= 1 && s.dilation_w >= 1, name, ": dilation must be at least 1, got ",
          s.dilation_h, "x", s.dilation_w);
  require(is_small(s.rows()) && is_small(s.columns()), name,
          ": an extent, padding, window or stride of 2^30 or more");
  const auto fits = [](int pad, int far_pad, int reach) {
    return pad >= 0 && far_pad >= 0 && pad < reach && far_pad < reach;
  };
  require(
      fits(s.pad_h, s.pad_bottom, s.rows().reach()) &&
          fits(s.pad_w, s.pad_right, s.columns().reach()),
      name,
      ": padding must be at least 0 and below the window, or a window would hold no pixel; got ",
      padding_text(s), " for a window of ", window_text(s));
  require(s.rows().reach() <= s.h + s.pad_h + s.pad_bottom &&
              s.columns().reach() <= s.w + s.pad_w + s.pad_right,
          name, ": a ", window_text(s), " window does not fit an image of ", s.h, "x", s.w,
          " with padding ", padding_text(s));
  require(every_window_holds_a_pixel(s), name, ": a window of ", window_text(s), " with padding ",
          padding_text(s), " holds no pixel of an image of ", s.h, "x", s.w);
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

bool every_window_holds_a_pixel(const Pool2dShape& shape) {
  return every_window_holds_a_pixel(shape.rows(), shape.ceil) &&
         every_window_holds_a_pixel(shape.columns(), shape.ceil);
}

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
