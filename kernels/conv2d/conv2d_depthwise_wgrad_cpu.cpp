// cpu: the gradient of depthwise filters, eight channels a register.
#include <algorithm>
#include <type_traits>

#include "kernels/conv2d/conv2d_depthwise_cpu.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {
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
