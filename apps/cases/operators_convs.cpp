// Convolutions in groups, as ResNeXt's, and depthwise, as MobileNet's.
#include "apps/cases/operators.h"
#include "kernels/conv2d/conv2d.h"

namespace pellucid {
namespace {

void run_in_groups(CaseRunner& r, int channels, int groups) {
  const int n = r.size(1, 16), side = r.size(16, 56);
  const Conv2dShape d{.n = n,
                      .h = side,
                      .w = side,
                      .c = channels,
                      .k = channels,
                      .r = 3,
                      .s = 3,
                      .pad_h = 1,
                      .pad_w = 1,
                      .groups = groups};
  const Shape at{n, side, side, channels}, weights{channels, 3, 3, d.group_c()};
  const Tensor x = r.reals(at), dy = r.reals(at), w = r.reals(weights), bias = r.reals({channels}),
               y = r.empty(at), dx = r.empty(at), dw = r.empty(weights),
               dbias = r.empty({channels});
  const std::string shape =
      concat("x ", x.shape().to_string(), ", w ", w.shape().to_string(), ", ", groups, " groups");
  r.run("conv2d_fprop", shape, conv2d_fprop_variants(),
        {d, x.data<float>(), w.data<float>(), bias.data<float>(), y.data<float>()});
  r.run("conv2d_dgrad", shape, conv2d_dgrad_variants(),
        {d, dy.data<float>(), w.data<float>(), dx.data<float>()});
  r.run("conv2d_wgrad", shape, conv2d_wgrad_variants(),
        {d, x.data<float>(), dy.data<float>(), dw.data<float>(), dbias.data<float>()});
}

}  // namespace

void run_grouped_conv2d(CaseRunner& r) {
  run_in_groups(r, r.size(32, 128), r.size(8, 32));
  const int depthwise = r.size(40, 144);
  run_in_groups(r, depthwise, depthwise);
}

}  // namespace pellucid
