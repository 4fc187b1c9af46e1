// Operators that move values: on the shapes of the networks that have them.
#include "apps/cases/operators.h"
#include "kernels/rearrange/rearrange.h"
#include "kernels/resample/resample.h"

namespace pellucid {
namespace {

void run_rearrangement(CaseRunner& r, const char* what, int n, const Rearrangement& rearrangement) {
  const RearrangeShape shape = rearrange_shape(n, rearrangement);
  const Tensor x = r.reals({shape.values_of_x()}), y = r.reals({shape.values_of_y()}),
               dx = r.empty({shape.values_of_x()});
  std::string view;
  for (const int extent : rearrangement.view) view += ", " + std::to_string(extent);
  const std::string text = concat(what, ", x (", n, view, ")");
  const RearrangeShape joined = simplified(shape);
  r.run("rearrange", text, rearrange_variants(), {x.data<float>(), y.data<float>(), joined});
  if (!adjoint_of(joined))
    r.run("rearrange_backward", text, rearrange_backward_variants(),
          {y.data<float>(), dx.data<float>(), joined});
}

}  // namespace

// To twice the size and, its derivative, back.
void run_resample(CaseRunner& r) {
  const int n = r.size(1, 16), side = r.size(9, 28), c = r.size(12, 128);
  const Tensor x = r.reals({n, side, side, c}), y = r.empty({n, 2 * side, 2 * side, c}),
               dx = r.empty({n, side, side, c});
  for (const bool linear : {false, true}) {
    ResizeRule rule{.from = side, .to = 2 * side, .scale = 2};
    if (linear) rule.mode = ResizeMode::linear;
    const ResampleTable table = resample_table(rule);
    const DeviceResampleTable there(r.stream(), table), back(r.stream(), transposed(table, side));
    const std::string text =
        concat(linear ? "linear" : "nearest", ", x ", x.shape().to_string(), " to twice");
    r.run("resample", text, resample_variants(),
          {x.data<float>(), y.data<float>(), n, side, side, c, 2 * side, 2 * side, there.axis(),
           there.axis()});
    r.run("resample", text + " and back", resample_variants(),
          {y.data<float>(), dx.data<float>(), n, 2 * side, 2 * side, c, side, side, back.axis(),
           back.axis()});
  }
}

// ShuffleNet's shuffle, a slice of its channels, a border, YOLOX's every second pixel, a broadcast.
void run_rearrange(CaseRunner& r) {
  const int n = r.size(1, 16), side = r.size(9, 56), c = r.size(48, 240);
  run_rearrangement(
      r, "channel shuffle", n,
      {{side, side, 3, c / 3}, {0, 1, 3, 2}, {0, 0, 0, 0}, {1, 1, 1, 1}, {side, side, c / 3, 3}});
  run_rearrangement(r, "channels first", n,
                    {{side, side, c}, {2, 0, 1}, {0, 0, 0}, {1, 1, 1}, {c, side, side}});
  run_rearrangement(r, "half of the channels", n,
                    {{side, side, c}, {0, 1, 2}, {0, 0, c / 2}, {1, 1, 1}, {side, side, c / 2}});
  run_rearrangement(r, "pad by 1", n,
                    {{side, side, c}, {0, 1, 2}, {-1, -1, 0}, {1, 1, 1}, {side + 2, side + 2, c}});
  run_rearrangement(r, "reflect by 1", n,
                    {{side, side, c},
                     {0, 1, 2},
                     {-1, -1, 0},
                     {1, 1, 1},
                     {side + 2, side + 2, c},
                     Outside::reflect});
  run_rearrangement(r, "every second pixel", n,
                    {{side, side, c}, {0, 1, 2}, {0, 1, 0}, {2, 2, 1}, {side / 2, side / 2, c}});
  run_rearrangement(r, "a pixel to all", n,
                    {{1, 1, c}, {0, 1, 2}, {0, 0, 0}, {0, 0, 1}, {side, side, c}});
}

}  // namespace pellucid
