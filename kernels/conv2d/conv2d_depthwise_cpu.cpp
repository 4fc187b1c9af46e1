// cpu: depthwise convolution, eight channels a register and the pixels in between: a channel has no
// products with others, so panels of filters (conv2d_cpu.cpp) would be empty but for one column.
//
// Away from the borders a tile of eight outputs shares the weights that it loads; near them, and where a
// stride spreads the gradient, an output adds up a list of its pixels and their weights, in the same order.
#include <algorithm>
#include <type_traits>
#include <vector>

#include "kernels/conv2d/conv2d_rows_cpu.h"
#include "kernels/host_threads.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {
namespace {

constexpr int kDepthwiseLanes = 8, kDepthwiseOutputs = 8;
using DepthwiseVector = Lanes<kDepthwiseLanes>::Vector;

// Eight channels, or one.
template <class V>
[[gnu::always_inline]] inline V load_channels(const float* from) {
  if constexpr (sizeof(V) == sizeof(float)) return *from;
  else return reinterpret_cast<const Lanes<kDepthwiseLanes>::Unaligned*>(from)->value;
}
template <class V>
[[gnu::always_inline]] inline void store_channels(float* to, V value) {
  if constexpr (sizeof(V) == sizeof(float)) *to = value;
  else reinterpret_cast<Lanes<kDepthwiseLanes>::Unaligned*>(to)->value = value;
}

// visit(V{}, first channel) from channel c on: eight at a time, those left over one by one.
template <class Visit>
[[gnu::always_inline]] inline void for_channel_blocks(int channels, const Visit& visit, int c = 0) {
  for (; c + kDepthwiseLanes <= channels; c += kDepthwiseLanes) visit(DepthwiseVector{}, c);
  for (; c < channels; ++c) visit(0.0f, c);
}

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

  // rows: R of them, null outside the image. list: scratch.
  void run(const std::vector<const float*>& rows, std::vector<DepthwiseTap>& list,
           float* to) const {
    const int last = (taps - 1) * dilation;
    const int first = std::clamp(pad <= 0 ? 0 : (pad + stride - 1) / stride, 0, outputs);
    const int room = width - 1 - last + pad;  // of q·stride
    const int end = std::clamp(room < 0 ? 0 : room / stride + 1, first, outputs);
    int q = 0;
    for (; q < first; ++q) one(rows, q, list, to + std::ptrdiff_t{q} * channels);
    for (; q + kDepthwiseOutputs <= end; q += kDepthwiseOutputs)
      tile(rows, q, to + std::ptrdiff_t{q} * channels);
    for (; q < outputs; ++q) one(rows, q, list, to + std::ptrdiff_t{q} * channels);
  }

 private:
  void one(const std::vector<const float*>& rows, int q, std::vector<DepthwiseTap>& list,
           float* to) const {
    list.clear();
    const float* weight = weights;
    for (const float* row : rows)
      for (int s = 0; s < taps; ++s, weight += channels) {
        const int w = q * stride - pad + s * dilation;
        if (row && w >= 0 && w < width)
          list.push_back({row + std::ptrdiff_t{w} * channels, weight});
      }
    sum_taps(list, channels, bias, to);
  }

  void tile(const std::vector<const float*>& rows, int q, float* to) const {
    const std::ptrdiff_t step = std::ptrdiff_t{stride} * channels;
    const std::ptrdiff_t tap_step = std::ptrdiff_t{dilation} * channels;
    const std::ptrdiff_t origin = (std::ptrdiff_t{q} * stride - pad) * channels;
    for_channel_blocks(channels, [&](auto kind, int c) {
      using V = decltype(kind);
      V sums[kDepthwiseOutputs] = {};
      const float* weight = weights + c;
      for (const float* row : rows) {
        if (!row) {
          weight += std::ptrdiff_t{taps} * channels;
          continue;
        }
        const float* x = row + origin + c;
        for (int s = 0; s < taps; ++s, x += tap_step, weight += channels) {
          const V factor = load_channels<V>(weight);
          for (int i = 0; i < kDepthwiseOutputs; ++i)
            sums[i] += load_channels<V>(x + i * step) * factor;
        }
      }
      const V offset = bias ? load_channels<V>(bias + c) : V{};
      for (int i = 0; i < kDepthwiseOutputs; ++i)
        store_channels(to + std::ptrdiff_t{i} * channels + c, bias ? sums[i] + offset : sums[i]);
    });
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

void conv2d_fprop_depthwise(Stream& stream, const Conv2dFpropArgs& a) {
  const Conv2dShape& d = a.shape;
  const Cost cost = conv2d_fprop_cost(d);
  const LaunchScope scope(stream, {"conv2d_fprop_cpu_depthwise", {}, {}, 0, cost});
  const Buffer weights(stream.arena(), float_bytes(std::size_t(d.k) * d.taps()));
  pack_depthwise(d, a.w, false, floats(weights));
  const int p_count = d.p(), q_count = d.q();
  const DepthwiseRow row{d.s,     d.stride_w, d.dilation_w,    d.pad_w, d.w,
                         q_count, d.c,        floats(weights), a.bias};
  for_depthwise_rows(1LL * d.n * p_count, d.r, cost.flops,
                     [&](long long line, std::vector<const float*>& rows, auto& list) {
                       const float* image = a.x + line / p_count * d.h * d.w * d.c;
                       const int top = static_cast<int>(line % p_count) * d.stride_h - d.pad_h;
                       for (int r = 0; r < d.r; ++r) {
                         const int h = top + r * d.dilation_h;
                         rows[r] =
                             h < 0 || h >= d.h ? nullptr : image + std::ptrdiff_t{h} * d.w * d.c;
                       }
                       row.run(rows, list, a.y + line * q_count * d.c);
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
        if (d.stride_w == 1) return row.run(rows, list, dx);
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

namespace {

// sums[s·C + c] += Σ_q x[(q·stride − pad + s·dilation)·C + c] · dy[q·C + c] for the kTaps s from `s` on.
template <int kTaps>
void add_depthwise_products(const Conv2dShape& d, const float* x, const float* dy, int s,
                            float* sums) {
  const int left = d.pad_w - s * d.dilation_w, last = (kTaps - 1) * d.dilation_w;
  const int outputs = d.q(), room = d.w - 1 - last + left;
  const int first = std::clamp(left <= 0 ? 0 : (left + d.stride_w - 1) / d.stride_w, 0, outputs);
  const int end = std::clamp(room < 0 ? 0 : room / d.stride_w + 1, first, outputs);
  const std::ptrdiff_t tap_step = std::ptrdiff_t{d.dilation_w} * d.c;
  // kCount registers of channels from c on: the sums of one would wait for each other.
  const auto block = [&]<class V, int kCount>(V, std::integral_constant<int, kCount>, int c) {
    constexpr int kWidth = sizeof(V) / sizeof(float);
    V local[kTaps][kCount] = {};
    const auto one = [&](int q) {  // near a border
      for (int i = 0; i < kTaps; ++i) {
        const int w = q * d.stride_w - left + i * d.dilation_w;
        if (w < 0 || w >= d.w) continue;
        for (int j = 0; j < kCount; ++j)
          local[i][j] += load_channels<V>(x + std::ptrdiff_t{w} * d.c + c + j * kWidth) *
                         load_channels<V>(dy + std::ptrdiff_t{q} * d.c + c + j * kWidth);
      }
    };
    for (int q = 0; q < first; ++q) one(q);
    for (int q = first; q < end; ++q) {
      const float* at = x + (std::ptrdiff_t{q} * d.stride_w - left) * d.c + c;
      V gradient[kCount];
      for (int j = 0; j < kCount; ++j)
        gradient[j] = load_channels<V>(dy + std::ptrdiff_t{q} * d.c + c + j * kWidth);
      for (int i = 0; i < kTaps; ++i)
        for (int j = 0; j < kCount; ++j)
          local[i][j] += load_channels<V>(at + i * tap_step + j * kWidth) * gradient[j];
    }
    for (int q = end; q < outputs; ++q) one(q);
    for (int i = 0; i < kTaps; ++i)
      for (int j = 0; j < kCount; ++j) {
        float* to = sums + std::ptrdiff_t{s + i} * d.c + c + j * kWidth;
        store_channels(to, load_channels<V>(to) + local[i][j]);
      }
  };
  int c = 0;
  for (; c + 2 * kDepthwiseLanes <= d.c; c += 2 * kDepthwiseLanes)
    block(DepthwiseVector{}, std::integral_constant<int, 2>{}, c);
  for_channel_blocks(
      d.c, [&](auto kind, int at) { block(kind, std::integral_constant<int, 1>{}, at); }, c);
}

// Adds output rows [first, last) to sums: (R·S taps, then the bias; C).
void add_depthwise_rows(const Conv2dWgradArgs& a, long long first, long long last, float* sums) {
  const Conv2dShape& d = a.shape;
  const int p_count = d.p(), q_count = d.q();
  for (long long line = first; line < last; ++line) {
    const float* dy = a.dy + line * q_count * d.c;
    for (int r = 0; r < d.r; ++r) {
      const int h = static_cast<int>(line % p_count) * d.stride_h - d.pad_h + r * d.dilation_h;
      if (h < 0 || h >= d.h) continue;
      const float* x = a.x + (line / p_count * d.h + h) * d.w * d.c;
      float* to = sums + std::ptrdiff_t{r} * d.s * d.c;
      int s = 0;
      for (; s + 5 <= d.s && s + 6 != d.s; s += 5) add_depthwise_products<5>(d, x, dy, s, to);
      for (; s + 3 <= d.s; s += 3) add_depthwise_products<3>(d, x, dy, s, to);
      for (; s < d.s; ++s) add_depthwise_products<1>(d, x, dy, s, to);
    }
    float* bias = sums + std::ptrdiff_t{d.r} * d.s * d.c;
    if (!a.dbias) continue;
    for_channel_blocks(d.c, [&](auto kind, int c) {
      using V = decltype(kind);
      V local = {};
      for (int q = 0; q < q_count; ++q) local += load_channels<V>(dy + std::ptrdiff_t{q} * d.c + c);
      store_channels(bias + c, load_channels<V>(bias + c) + local);
    });
  }
}

}  // namespace

void conv2d_wgrad_depthwise(Stream& stream, const Conv2dWgradArgs& a) {
  const Conv2dShape& d = a.shape;
  const Cost cost = conv2d_wgrad_cost(d);
  const LaunchScope scope(stream, {"conv2d_wgrad_cpu_depthwise", {}, {}, 0, cost});
  const std::ptrdiff_t item = (std::ptrdiff_t{d.r} * d.s + 1) * d.c;
  // A function of the shape, so that the number of threads cannot change a bit.
  const long long rows = 1LL * d.n * d.p();
  const int splits = static_cast<int>(std::min(16LL, rows));
  const Buffer workspace(stream.arena(), float_bytes(item * splits));
  std::fill_n(floats(workspace), item * splits, 0.0f);
#pragma omp parallel for schedule(dynamic) if (cost.flops > 1e6)
  for (int split = 0; split < splits; ++split)
    add_depthwise_rows(a, rows * split / splits, rows * (split + 1) / splits,
                       floats(workspace) + item * split);
  for (int tap = 0; tap <= d.r * d.s; ++tap)
    for (int c = 0; c < d.c; ++c) {
      float sum = 0;
      for (int split = 0; split < splits; ++split)
        sum += floats(workspace)[item * split + std::ptrdiff_t{tap} * d.c + c];
      if (tap < d.r * d.s) a.dw[std::ptrdiff_t{c} * d.r * d.s + tap] = sum;
      else if (a.dbias) a.dbias[c] = sum;
    }
}

}  // namespace pellucid::cpu
