// cpu, oneDNN: its fp32 inner product (kernels/onednn_inner_product.h).
#include "kernels/linear/linear.h"
#include "kernels/onednn_inner_product.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {
namespace {

using namespace onednn;

std::string what(const LinearShape& s) {
  return concat("n ", s.n, ", inputs ", s.inputs, ", outputs ", s.outputs);
}

}  // namespace

void linear_onednn(Stream& stream, const LinearArgs& a) {
  const LaunchScope scope(stream, {"linear_onednn", {}, {}, 0, linear_cost(a.shape)});
  guarded("linear_onednn", what(a.shape), [&] {
    const InnerProduct s{kChunk, a.shape.inputs, a.shape.outputs, a.bias != nullptr};
    const auto& made = primitive(Pass::forward, s);
    for_chunks(a.shape.n, a.x, s.inputs, a.y, s.outputs, [&](const float* x, float* y) {
      std::unordered_map<int, Memory> args{
          {DNNL_ARG_SRC, memory(matrix(s.rows, s.inputs), x)},
          {DNNL_ARG_WEIGHTS, memory(matrix(s.outputs, s.inputs), a.w)},
          {DNNL_ARG_DST, memory(matrix(s.rows, s.outputs), y)}};
      if (a.bias) args.emplace(DNNL_ARG_BIAS, memory(vector(s.outputs), a.bias));
      execute(made, args);
    });
  });
}

void linear_dgrad_onednn(Stream& stream, const LinearDgradArgs& a) {
  const LaunchScope scope(stream, {"linear_dgrad_onednn", {}, {}, 0, linear_cost(a.shape)});
  guarded("linear_dgrad_onednn", what(a.shape), [&] {
    const InnerProduct s{kChunk, a.shape.inputs, a.shape.outputs};
    const auto& made = primitive(Pass::dgrad, s);
    for_chunks(a.shape.n, a.dy, s.outputs, a.dx, s.inputs, [&](const float* dy, float* dx) {
      execute(made, {{DNNL_ARG_DIFF_DST, memory(matrix(s.rows, s.outputs), dy)},
                     {DNNL_ARG_WEIGHTS, memory(matrix(s.outputs, s.inputs), a.w)},
                     {DNNL_ARG_DIFF_SRC, memory(matrix(s.rows, s.inputs), dx)}});
    });
  });
}

void linear_wgrad_onednn(Stream& stream, const LinearWgradArgs& a) {
  const LaunchScope scope(stream, {"linear_wgrad_onednn", {}, {}, 0, linear_cost(a.shape)});
  guarded("linear_wgrad_onednn", what(a.shape), [&] {
    const InnerProduct s{a.shape.n, a.shape.inputs, a.shape.outputs, a.dbias != nullptr};
    std::unordered_map<int, Memory> args{
        {DNNL_ARG_SRC, memory(matrix(s.rows, s.inputs), a.x)},
        {DNNL_ARG_DIFF_DST, memory(matrix(s.rows, s.outputs), a.dy)},
        {DNNL_ARG_DIFF_WEIGHTS, memory(matrix(s.outputs, s.inputs), a.dw)}};
    if (a.dbias) args.emplace(DNNL_ARG_DIFF_BIAS, memory(vector(s.outputs), a.dbias));
    execute(primitive(Pass::wgrad, s), args);
  });
}

}  // namespace pellucid::cpu
