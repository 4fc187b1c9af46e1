// cpu, oneDNN: its fp32 inner product (kernels/onednn_inner_product.h), whose weights' gradient is a sum of
// pictures and whose forward pass with one output is a sum of channels.
#include "kernels/onednn_inner_product.h"
#include "kernels/weighted_sum/weighted_sum.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {
namespace {

using namespace onednn;

std::string what(int n, int i, int k) { return concat("n ", n, ", i ", i, ", k ", k); }

}  // namespace

void weighted_sum_onednn(Stream& stream, const WeightedSumArgs& a) {
  const LaunchScope scope(stream, {"weighted_sum_onednn", {}, {}, 0, weighted_sum_cost(a)});
  guarded("weighted_sum_onednn", what(a.n, a.i, a.k), [&] {
    execute(primitive(Pass::wgrad, {a.k, a.i, a.n}),
            {{DNNL_ARG_SRC, memory(matrix(a.k, a.i), a.x)},
             {DNNL_ARG_DIFF_DST, memory(matrix(a.k, a.n), a.w)},
             {DNNL_ARG_DIFF_WEIGHTS, memory(matrix(a.n, a.i), a.y)}});
  });
}

void weighted_channels_onednn(Stream& stream, const WeightedChannelsArgs& a) {
  const LaunchScope scope(stream,
                          {"weighted_channels_onednn", {}, {}, 0, weighted_channels_cost(a)});
  guarded("weighted_channels_onednn", what(a.n, a.i, a.k), [&] {
    const InnerProduct product{kChunk, a.k, 1};
    const auto& made = primitive(Pass::forward, product);
    for (int n = 0; n < a.n; ++n) {
      const float* w = a.w + std::int64_t{n} * a.k;
      for_chunks(a.i, a.x + std::int64_t{n} * a.i * a.k, a.k, a.y + std::int64_t{n} * a.i, 1,
                 [&](const float* x, float* y) {
                   execute(made, {{DNNL_ARG_SRC, memory(matrix(kChunk, a.k), x)},
                                  {DNNL_ARG_WEIGHTS, memory(matrix(1, a.k), w)},
                                  {DNNL_ARG_DST, memory(matrix(kChunk, 1), y)}});
                 });
    }
  });
}

}  // namespace pellucid::cpu
