// Operators that reduce along axes: on the shapes of the networks that have them.
#include "apps/cases/operators.h"
#include "kernels/group_norm/group_norm.h"
#include "kernels/linear/matmul.h"
#include "kernels/lrn/lrn.h"
#include "kernels/reduce/reduce_axes.h"
#include "kernels/softmax/softmax.h"

namespace pellucid {
namespace {

std::string text_of(const AxesShape& s) {
  return concat("n ", s.n, ", r ", s.r[0], " ", s.r[1], " ", s.r[2], ", k ", s.k[0], " ", s.k[1],
                " ", s.k[2]);
}

void run_reduction(CaseRunner& r, const char* what, Reduction function, const AxesShape& s) {
  const Tensor x = r.reals({s.elements()}), dx = r.empty({s.elements()}),
               y = r.reals({s.results()}), index = r.whole_numbers({s.results()}, s.positions());
  const bool best = function == Reduction::max || function == Reduction::min;
  auto* const winner = best ? index.data<std::int32_t>() : nullptr;
  const std::string text = concat(what, ", ", text_of(s));
  r.run("reduce_axes", text, reduce_axes_variants(),
        {s, function, x.data<float>(), y.data<float>(), winner});
  r.run("reduce_axes_backward", text, reduce_axes_backward_variants(),
        {s, function, x.data<float>(), y.data<float>(), y.data<float>(), winner, dx.data<float>()});
}

void run_norm(CaseRunner& r, const char* what, const AxesShape& s, const AxesSteps& affine,
              std::int64_t parameters) {
  const Tensor x = r.reals({s.elements()}), y = r.empty({s.elements()}),
               product = r.empty({s.elements()}), gamma = r.reals({parameters}),
               beta = r.reals({parameters}), mean = r.empty({s.results()}),
               inverse = r.empty({s.results()});
  const std::string text = concat(what, ", ", text_of(s));
  r.run("group_norm", text, group_norm_variants(),
        {s, affine, x.data<float>(), y.data<float>(), gamma.data<float>(), beta.data<float>(),
         mean.data<float>(), inverse.data<float>(), 1e-5f});
  r.run("group_norm_backward", text, group_norm_backward_variants(),
        {s, affine, x.data<float>(), x.data<float>(), gamma.data<float>(), mean.data<float>(),
         inverse.data<float>(), y.data<float>(), product.data<float>()});
}

}  // namespace

// Global pooling of ResNet-50's last map, the L2 norm of ConvNeXt V2, a mean of an early, large map.
void run_reduce_axes(CaseRunner& r) {
  const int n = r.size(2, 16), c = r.size(40, 2048), side = r.size(34, 112);
  run_reduction(r, "mean", Reduction::mean, {n, {1, 1, 49}, {1, 1, c}});
  run_reduction(r, "max", Reduction::max, {n, {1, 1, 49}, {1, 1, c}});
  run_reduction(r, "l2", Reduction::l2, {std::int64_t{n} * 49, {1, 1, c}, {1, 1, 1}});
  run_reduction(r, "sum", Reduction::sum, {1, {1, 1, side * side}, {1, 1, 64}});
}

// Layer norm of ConvNeXt's first stage, instance norm of a segmenter, group norm of 32 groups.
void run_group_norm(CaseRunner& r) {
  const int n = r.size(2, 16), side = r.size(7, 56), c = r.size(24, 96), large = r.size(40, 112);
  run_norm(r, "layer norm", {std::int64_t{n} * side * side, {1, 1, c}, {1, 1, 1}},
           {{0, 0, 1}, {0, 0, 0}}, c);
  run_norm(r, "instance norm", {n, {1, 1, large * large}, {1, 1, 32}}, {{0, 0, 0}, {0, 0, 1}}, 32);
  run_norm(r, "group norm", {n, {1, side * side, 8}, {1, 32, 1}}, {{0, 0, 1}, {0, 8, 0}}, 256);
}

// Of a segmenter's classes, channels first as they never lie here, and of its pixels.
void run_softmax_axis(CaseRunner& r) {
  const int rows = r.size(2, 16), cols = r.size(21, 196), inner = r.size(100, 512);
  const Tensor x = r.reals({rows, cols, inner}), y = r.reals({rows, cols, inner}),
               dx = r.empty({rows, cols, inner});
  const std::string text = "along the middle axis, x " + x.shape().to_string();
  r.run("softmax", text, softmax_variants(),
        {x.data<float>(), dx.data<float>(), rows, cols, false, inner});
  r.run("softmax_backward", text, softmax_backward_variants(),
        {y.data<float>(), x.data<float>(), dx.data<float>(), rows, cols, false, inner});
}

// The two products of an attention, and their derivatives.
void run_matmul(CaseRunner& r) {
  const int batch = r.size(3, 192), m = r.size(33, 197), k = r.size(20, 64);
  const Tensor a = r.reals({batch, m, k}), b = r.reals({batch, m, k}), c = r.empty({batch, m, m});
  const auto product = [&](const char* what, const Tensor& left, const Tensor& right,
                           const Tensor& to, int columns, int depth, bool ta, bool tb) {
    r.run("matmul",
          concat(what, ", a ", left.shape().to_string(), ", b ", right.shape().to_string()),
          matmul_variants(),
          {batch, m, columns, depth, left.data<float>(), right.data<float>(), to.data<float>(),
           batch, ta, tb});
  };
  product("a·bᵀ", a, b, c, m, k, false, true);
  const Tensor weights = r.reals({batch, m, m}), y = r.empty({batch, m, k});
  product("a·b", weights, b, y, k, m, false, false);
  product("aᵀ·b", weights, b, y, k, m, true, false);
  product("aᵀ·bᵀ", weights, r.reals({batch, k, m}), y, k, m, true, true);
}

// AlexNet's first map.
void run_lrn(CaseRunner& r) {
  const int n = r.size(2, 16), side = r.size(7, 55), c = r.size(24, 96);
  const Tensor x = r.reals({n, side, side, c}), dy = r.reals({n, side, side, c}),
               y = r.empty({n, side, side, c});
  const LrnShape shape{std::int64_t{n} * side * side, c, 5, 1e-4f, 0.75f, 1};
  const std::string text = "size 5, x " + x.shape().to_string();
  r.run("lrn", text, lrn_variants(), {shape, x.data<float>(), y.data<float>()});
  r.run("lrn_backward", text, lrn_backward_variants(),
        {shape, x.data<float>(), dy.data<float>(), y.data<float>()});
}

}  // namespace pellucid
