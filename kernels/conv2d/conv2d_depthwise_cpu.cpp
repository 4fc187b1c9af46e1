// cpu: depthwise convolution, eight channels a register and the pixels in between: a channel has no
// products with others, so panels of filters (conv2d_cpu.cpp) would be empty but for one column.
//
// Away from the borders a tile of eight outputs shares the weights that it loads; where a stride spreads the
// gradient, an output adds up a list of its pixels and their weights, in the same order.
#include <algorithm>
#include <vector>

#include "kernels/conv2d/conv2d_depthwise_cpu.h"
#include "kernels/conv2d/conv2d_finished_cpu.h"
#include "kernels/finish_cpu.h"
#include "kernels/host_threads.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {
namespace {

constexpr int kDepthwiseOutputs = 8;

// (K, R, S, 1) → (R, S, K), or with both R and S reversed.
void pack_depthwise(const Conv2dShape& d, const float* w, bool reversed, float* to) {
  const int taps = d.r * d.s;
  for (int c = 0; c < d.c; ++c)
    for (int t = 0; t < taps; ++t) to[std::ptrdiff_t{reversed ? taps - 1 - t : t} * d.c + c] = *w++;
}

struct DepthwiseTap {
  const float *pixel, *weights;  // C floats each
};

// to[c] = bias[c] + Σ over the taps.
void sum_taps(const std::vector<DepthwiseTap>& taps, int channels, const float* bias, float* to) {
  for_channel_blocks(channels, [&](auto kind, int c) {
    using V = decltype(kind);
    V sum = {};
    for (const DepthwiseTap& tap : taps)
      sum += load_channels<V>(tap.pixel + c) * load_channels<V>(tap.weights + c);
    if (bias) sum += load_channels<V>(bias + c);
    store_channels(to + c, sum);
  });
}

// A row of outputs from R rows of `width` pixels.
struct DepthwiseRow {
  int taps, stride, dilation, pad, width, outputs, channels;  // taps: S
  const float *weights, *bias;                                // (R, S, C); (C) or null

  // rows: R of them, null outside the image.
  void run(const std::vector<const float*>& rows, float* to) const {
    const bool shared = stride == dilation;
    if (taps == 3) return shared ? run_as<3, true>(rows, to) : run_as<3, false>(rows, to);
    if (taps == 5) return shared ? run_as<5, true>(rows, to) : run_as<5, false>(rows, to);
    run_as<0, false>(rows, to);
  }

 private:
  // kTaps: S, or 0 for any. kShared: an input is a tap of several outputs side by side, and loaded once for them.
  template <int kTaps, bool kShared>
  void run_as(const std::vector<const float*>& rows, float* to) const {
    const int last = (taps - 1) * dilation;
    const int first = std::clamp(pad <= 0 ? 0 : (pad + stride - 1) / stride, 0, outputs);
    const int room = width - 1 - last + pad;  // of q·stride
    const int end = std::clamp(room < 0 ? 0 : room / stride + 1, first, outputs);
    int q = 0;
    for (; q < first; ++q) border(rows, q, to);
    for (; q + kDepthwiseOutputs <= end; q += kDepthwiseOutputs)
      tile<kDepthwiseOutputs, kTaps, kShared>(rows, q, 0, taps, to);
    for (; q + kDepthwiseOutputs / 2 <= end; q += kDepthwiseOutputs / 2)
      tile<kDepthwiseOutputs / 2, kTaps, kShared>(rows, q, 0, taps, to);
    for (; q < end; ++q) tile<1, kTaps, kShared>(rows, q, 0, taps, to);
    for (; q < outputs; ++q) border(rows, q, to);
  }

  // An output some of whose taps lie beside the row.
  void border(const std::vector<const float*>& rows, int q, float* to) const {
    const int left = q * stride - pad;  // of the first tap
    const int first = left >= 0 ? 0 : std::min((-left + dilation - 1) / dilation, taps);
    const int end = left >= width ? first : std::min((width - 1 - left) / dilation + 1, taps);
    tile<1, 0, false>(rows, q, first, std::max(first, end), to);
  }

  // Taps [first, end) of each row, for kOutputs outputs from q on.
  template <int kOutputs, int kTaps, bool kShared>
  void tile(const std::vector<const float*>& rows, int q, int first, int end, float* to) const {
    const std::ptrdiff_t step = std::ptrdiff_t{stride} * channels;
    const std::ptrdiff_t tap_step = std::ptrdiff_t{dilation} * channels;
    const std::ptrdiff_t origin = (std::ptrdiff_t{q} * stride - pad) * channels + first * tap_step;
    for_channel_blocks(channels, [&](auto kind, int c) {
      using V = decltype(kind);
      V sums[kOutputs] = {};
      const float* weight = weights + c + std::ptrdiff_t{first} * channels;
      for (const float* row : rows) {
        if (row)
          add_row<kOutputs, kTaps, kShared>(row + origin + c, weight, step, tap_step,
                                            kTaps ? kTaps : end - first, sums);
        weight += std::ptrdiff_t{taps} * channels;
      }
      const V offset = bias ? load_channels<V>(bias + c) : V{};
      float* const y = to + std::ptrdiff_t{q} * channels + c;
      for (int i = 0; i < kOutputs; ++i)
        store_channels(y + std::ptrdiff_t{i} * channels, bias ? sums[i] + offset : sums[i]);
    });
  }

  template <int kOutputs, int kTaps, bool kShared, class V>
  [[gnu::always_inline]] void add_row(const float* x, const float* weight, std::ptrdiff_t step,
                                      std::ptrdiff_t tap_step, int count,
                                      V (&sums)[kOutputs]) const {
    if constexpr (kShared) {
      V factors[kTaps];
      for (int s = 0; s < kTaps; ++s)
        factors[s] = load_channels<V>(weight + std::ptrdiff_t{s} * channels);
#pragma GCC unroll 16
      for (int j = 0; j < kOutputs + kTaps - 1; ++j) {
        const V value = load_channels<V>(x + j * step);
#pragma GCC unroll 16
        for (int s = 0; s < kTaps; ++s)
          if (j - s >= 0 && j - s < kOutputs) sums[j - s] += value * factors[s];
      }
    } else {
      for (int s = 0; s < count; ++s, x += tap_step, weight += channels) {
        const V factor = load_channels<V>(weight);
        for (int i = 0; i < kOutputs; ++i) sums[i] += load_channels<V>(x + i * step) * factor;
      }
    }
  }
};

// body(row, rows, list) for all rows, with scratch of its own for each part of them.
template <class Body>
void for_depthwise_rows(long long count, int filter_rows, [[maybe_unused]] double flops,
                        const Body& body) {
  const int parts = static_cast<int>(std::min<long long>(count, 4LL * host_threads()));
#pragma omp parallel for schedule(dynamic) if (flops > 1e6)
  for (int part = 0; part < parts; ++part) {
    std::vector<const float*> rows(static_cast<std::size_t>(filter_rows));
    std::vector<DepthwiseTap> list;
    for (long long row = count * part / parts; row < count * (part + 1) / parts; ++row)
      body(row, rows, list);
  }
}

// Row p, or null where p · stride is not `from` or there is no such row.
const float* row_of_gradient(const Conv2dShape& d, const float* image, int from) {
  if (from < 0 || from % d.stride_h != 0 || from / d.stride_h >= d.p()) return nullptr;
  return image + std::ptrdiff_t{from / d.stride_h} * d.q() * d.c;
}

}  // namespace

void pack_depthwise_filters(const Conv2dShape& shape, const float* w, float* to) {
  pack_depthwise(shape, w, false, to);
}

void convolve_depthwise(Stream&, const Conv2dFinishedArgs& a) {
  const Conv2dShape& d = a.shape;
  const int p_count = d.p(), q_count = d.q();
  const DepthwiseRow row{d.s,     d.stride_w, d.dilation_w, d.pad_w, d.w,
                         q_count, d.c,        a.panels,     a.bias};
  for_depthwise_rows(1LL * d.n * p_count, d.r, conv2d_fprop_cost(d).flops,
                     [&](long long line, std::vector<const float*>& rows, auto&) {
                       const float* image = a.x + line / p_count * d.h * d.w * d.c;
                       const int top = static_cast<int>(line % p_count) * d.stride_h - d.pad_h;
                       for (int r = 0; r < d.r; ++r) {
                         const int h = top + r * d.dilation_h;
                         rows[r] =
                             h < 0 || h >= d.h ? nullptr : image + std::ptrdiff_t{h} * d.w * d.c;
                       }
                       const std::ptrdiff_t row_floats = std::ptrdiff_t{q_count} * d.c;
                       float* y = a.y + line * row_floats;
                       row.run(rows, y);
                       finish_values(a.finish, line * row_floats, row_floats, y);
                     });
}

// With a horizontal stride of 1 a depthwise convolution of dy with the reversed filters.
void conv2d_dgrad_depthwise(Stream& stream, const Conv2dDgradArgs& a) {
  const Conv2dShape& d = a.shape;
  const Cost cost = conv2d_dgrad_cost(d);
  const LaunchScope scope(stream, {"conv2d_dgrad_cpu_depthwise", {}, {}, 0, cost});
  const Buffer weights(stream.arena(), float_bytes(std::size_t(d.k) * d.taps()));
  pack_depthwise(d, a.w, true, floats(weights));
  const int p_count = d.p(), q_count = d.q(), reach = (d.s - 1) * d.dilation_w;
  const DepthwiseRow row{d.s, 1,   d.dilation_w,    reach - d.pad_w, q_count,
                         d.w, d.c, floats(weights), a.bias};
  for_depthwise_rows(
      1LL * d.n * d.h, d.r, cost.flops,
      [&](long long line, std::vector<const float*>& rows, std::vector<DepthwiseTap>& list) {
        const float* image = a.dy + line / d.h * p_count * q_count * d.c;
        for (int r = 0; r < d.r; ++r)
          rows[r] = row_of_gradient(
              d, image, static_cast<int>(line % d.h) + d.pad_h - (d.r - 1 - r) * d.dilation_h);
        float* dx = a.dx + line * d.w * d.c;
        if (d.stride_w == 1) return row.run(rows, dx);
        for (int w = 0; w < d.w; ++w, dx += d.c) {
          list.clear();
          const float* weight = floats(weights);
          for (int r = 0; r < d.r; ++r)
            for (int s = d.s - 1; s >= 0; --s, weight += d.c) {
              const int from = w + d.pad_w - s * d.dilation_w, q = from / d.stride_w;
              if (rows[r] && from >= 0 && q * d.stride_w == from && q < q_count)
                list.push_back({rows[r] + std::ptrdiff_t{q} * d.c, weight});
            }
          sum_taps(list, d.c, a.bias, dx);
        }
      });
}

}  // namespace pellucid::cpu
