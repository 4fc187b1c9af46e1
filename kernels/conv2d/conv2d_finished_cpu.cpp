// cpu: which way a forward convolution goes.
#include "kernels/conv2d/conv2d_finished_cpu.h"

#include "kernels/conv2d/conv2d_rows_cpu.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {
namespace {

void convolve(Stream& stream, const Conv2dFinishedArgs& a) {
  if (a.shape.depthwise()) convolve_depthwise(stream, a);
  else if (conv2d_is_wide(a.shape)) convolve_wide(stream, a);
  else convolve_narrow(stream, a);
}

// Runs `args` with its weights packed for this call.
void convolve_with(Stream& stream, const float* w, Conv2dFinishedArgs args) {
  const Buffer panels(stream.arena(), float_bytes(packed_conv2d_floats(args.shape)));
  pack_conv2d(args.shape, w, floats(panels));
  args.panels = floats(panels);
  convolve(stream, args);
}

}  // namespace

bool conv2d_is_wide(const Conv2dShape& shape) {
  return !shape.depthwise() && shape.group_k() > kPanel;
}

std::size_t packed_conv2d_floats(const Conv2dShape& shape) {
  if (shape.depthwise()) return static_cast<std::size_t>(shape.k) * shape.taps();
  return packed_filters_floats(group_of(shape)) * shape.groups;
}

void pack_conv2d(const Conv2dShape& shape, const float* w, float* to) {
  if (shape.depthwise()) return pack_depthwise_filters(shape, w, to);
  const Conv2dShape d = group_of(shape);
  for (std::ptrdiff_t g = 0; g < shape.groups; ++g)
    pack_filters(d, w + g * d.k * d.taps(),
                 to + g * static_cast<std::ptrdiff_t>(packed_filters_floats(d)));
}

void conv2d_finished(Stream& stream, const Conv2dFinishedArgs& a) {
  const LaunchScope scope(stream, {"conv2d_finished_cpu", {}, {}, 0, conv2d_fprop_cost(a.shape)});
  convolve(stream, a);
}

void conv2d_fprop(Stream& stream, const Conv2dFpropArgs& a) {
  const LaunchScope scope(stream, {"conv2d_fprop_cpu", {}, {}, 0, conv2d_fprop_cost(a.shape)});
  if (a.shape.depthwise()) {  // the loops of all others, for comparison
    const Buffer panels(stream.arena(),
                        float_bytes(packed_filters_floats(group_of(a.shape)) * a.shape.groups));
    const Conv2dShape d = group_of(a.shape);
    for (std::ptrdiff_t g = 0; g < a.shape.groups; ++g)
      pack_filters(d, a.w + g * d.taps(), floats(panels) + g * d.taps() * kPanel);
    return convolve_narrow(stream, {a.shape, a.x, floats(panels), a.bias, a.y});
  }
  convolve_with(stream, a.w, {a.shape, a.x, nullptr, a.bias, a.y});
}

void conv2d_fprop_depthwise(Stream& stream, const Conv2dFpropArgs& a) {
  const LaunchScope scope(stream,
                          {"conv2d_fprop_cpu_depthwise", {}, {}, 0, conv2d_fprop_cost(a.shape)});
  convolve_with(stream, a.w, {a.shape, a.x, nullptr, a.bias, a.y});
}

}  // namespace pellucid::cpu
