// cpu: fp32 loops. All three directions become products of an R-row window of the image with panels
// of 16 output columns (conv2d_rows_cpu.h):
//
//   fprop   window = rows of x                    panel = w as (R, S, C, 16 filters)
//   dgrad   window = rows of dy, stride zeros in  panel = w flipped in R and S, (R, S, K, 16 channels), or several
//                                                 neighbouring pixels of few channels
//   wgrad   window = rows of x                    panel = a row of dy, (Q, 16 filters)
//
// A group is a convolution of its own, whose window is gathered from its channels.
#include <algorithm>
#include <vector>

#include "kernels/conv2d/conv2d_finished_cpu.h"
#include "kernels/conv2d/conv2d_rows_cpu.h"
#include "kernels/finish_cpu.h"
#include "kernels/host_threads.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {
namespace {

// `floats` floats: those of `channels` channels of every pixel, `pitch` floats from one to the next.
void copy_pixels(const float* from, std::ptrdiff_t floats, int channels, int pitch, float* to) {
  if (channels == pitch) return void(std::copy_n(from, floats, to));
  for (const float* const end = to + floats; to < end; to += channels, from += pitch)
    for (int c = 0; c < channels; ++c) to[c] = from[c];
}

// x: the first channel of the group in the batch; its pixels lie `pitch` floats apart. d: the group's.
void fill_input_window(const Conv2dShape& d, const Window& window, const float* x, int pitch, int n,
                       int p, float* to) {
  const std::ptrdiff_t left = std::min(std::ptrdiff_t{d.pad_w} * d.c, window.row_floats());
  const std::ptrdiff_t inside = std::min(std::ptrdiff_t{d.w} * d.c, window.row_floats() - left);
  for (int r = 0; r < d.r; ++r, to += window.row_floats()) {
    const int h = p * d.stride_h - d.pad_h + r * d.dilation_h;
    if (h < 0 || h >= d.h) {
      std::fill_n(to, window.row_floats(), 0.0f);
      continue;
    }
    std::fill_n(to, left, 0.0f);
    copy_pixels(x + (std::ptrdiff_t{n} * d.h + h) * d.w * pitch, inside, d.c, pitch, to + left);
    std::fill_n(to + left + inside, window.row_floats() - left - inside, 0.0f);
  }
}

// Output row h of dgrad sees dy as an image of its own, `stride_w − 1` zeros between its pixels.
void fill_gradient_window(const Conv2dShape& d, const Window& window, const float* dy, int pitch,
                          int n, int h, float* to) {
  const int p_count = d.p(), q_count = d.q();
  std::fill_n(to, window.row_floats() * d.r, 0.0f);
  for (int r = 0; r < d.r; ++r, to += window.row_floats()) {
    const int from = h + d.pad_h - (d.r - 1 - r) * d.dilation_h;
    if (from < 0 || from % d.stride_h != 0 || from / d.stride_h >= p_count) continue;
    const float* row = dy + (std::ptrdiff_t{n} * p_count + from / d.stride_h) * q_count * pitch;
    const std::ptrdiff_t left =
        std::ptrdiff_t{d.s - 1} * d.dilation_w - d.pad_w;  // of the row's first pixel
    // Pixels whose place in the window exists.
    const std::ptrdiff_t first_q = left < 0 ? (-left + d.stride_w - 1) / d.stride_w : 0;
    const std::ptrdiff_t last_q = std::min<std::ptrdiff_t>(
        q_count, window.width > left ? (window.width - left - 1) / d.stride_w + 1 : 0);
    if (d.stride_w == 1 && first_q < last_q)
      copy_pixels(row + first_q * pitch, (last_q - first_q) * d.k, d.k, pitch,
                  to + (left + first_q) * d.k);
    else
      for (std::ptrdiff_t q = first_q; q < last_q; ++q)
        std::copy_n(row + q * pitch, d.k, to + (left + q * d.stride_w) * d.k);
  }
}

// Runs body(row, scratch) for all rows, each part of them with a scratch window of its own.
template <class Body>
void for_rows(Stream& stream, long long rows, std::size_t scratch_floats,
              [[maybe_unused]] double flops,  // unused without OpenMP
              const Body& body) {
  const int parts = static_cast<int>(std::min<long long>(rows, 4LL * host_threads()));
  const Buffer scratch(stream.arena(), float_bytes(scratch_floats * parts));
#pragma omp parallel for schedule(dynamic) if (flops > 1e6)
  for (int part = 0; part < parts; ++part)
    for (long long row = rows * part / parts; row < rows * (part + 1) / parts; ++row)
      body(row, floats(scratch) + scratch_floats * part);
}

}  // namespace

void convolve_narrow(Stream& stream, const Conv2dFinishedArgs& a) {
  const int groups = a.shape.groups, all_c = a.shape.c, all_k = a.shape.k;
  const Conv2dShape d = group_of(a.shape);
  const int p_count = d.p();
  const auto group_floats = static_cast<std::ptrdiff_t>(packed_filters_floats(d));
  const Window window = input_window(d);
  for_rows(stream, 1LL * d.n * p_count, window.floats(), conv2d_fprop_cost(a.shape).flops,
           [&](long long row, float* scratch) {
             const int n = static_cast<int>(row / p_count), p = static_cast<int>(row % p_count);
             const std::ptrdiff_t row_floats = std::ptrdiff_t{window.pixels} * all_k;
             float* y = a.y + row * row_floats;
             for (int g = 0; g < groups; ++g) {
               fill_input_window(d, window, a.x + g * d.c, all_c, n, p, scratch);
               convolve_row(window, scratch, a.panels + g * group_floats,
                            a.bias ? a.bias + g * d.k : nullptr, d.k, y + g * d.k, all_k);
             }
             finish_values(a.finish, row * row_floats, row_floats, y);
           });
}

namespace {

// Neighbouring pixels of dx that share a panel's columns, where a pixel's channels leave most of them empty, as the
// planes of a picture do: their windows are the same but for a tap each. The taps that are another's have weight
// 0, which changes no bit.
int pixels_a_panel(const Conv2dShape& d, int groups) {
  if (groups > 1 || d.dilation_w > 1) return 1;
  const auto work_of_row = [&](int pixels) {
    return 1LL * panels_of(pixels * d.c) * (d.s + pixels - 1) *
           round_up((d.w + pixels - 1) / pixels, kTile);
  };
  int best = 1;
  for (int pixels = 2; pixels <= std::min(kPanel, d.w); ++pixels)
    if (work_of_row(pixels) < work_of_row(best)) best = pixels;
  return best;
}

// w of one group, flipped in R and S: (panels, R, S + across − 1, K, 16), for `across` pixels a panel.
void pack_flipped(const Conv2dShape& d, const float* w, int across, float* panels) {
  const std::ptrdiff_t taps = d.s + across - 1, panel = d.r * taps * d.k * kPanel;
  for (int k = 0; k < d.k; ++k)
    for (int r = d.r - 1; r >= 0; --r)
      for (int s = d.s - 1; s >= 0; --s)
        for (int c = 0; c < d.c; ++c, ++w)
          for (int pixel = 0; pixel < across; ++pixel) {
            const int column = pixel * d.c + c;
            panels[column / kPanel * panel + ((r * taps + s + pixel) * d.k + k) * kPanel +
                   column % kPanel] = *w;
          }
}

}  // namespace

void conv2d_dgrad(Stream& stream, const Conv2dDgradArgs& a) {
  const int groups = a.shape.groups, all_c = a.shape.c, all_k = a.shape.k;
  const Conv2dShape d = group_of(a.shape);
  const Cost cost = conv2d_dgrad_cost(a.shape);
  const LaunchScope scope(stream, {"conv2d_dgrad_cpu", {}, {}, 0, cost});
  const int across = pixels_a_panel(d, groups), columns = across * d.c;
  const Window window{d.r,    d.s + across - 1, d.k, (d.w + across - 1) / across,
                      across, d.dilation_w};
  const std::ptrdiff_t group_floats =
      panels_of(columns) * std::ptrdiff_t{d.r} * window.taps * d.k * kPanel;

  const Buffer panels(stream.arena(), float_bytes(group_floats * groups));
  std::fill_n(floats(panels), group_floats * groups, 0.0f);
  for (int g = 0; g < groups; ++g)
    pack_flipped(d, a.w + std::ptrdiff_t{g} * d.k * d.taps(), across,
                 floats(panels) + g * group_floats);
  std::vector<float> bias;  // of each column
  for (int i = 0; a.bias && i < std::max(columns, all_c); ++i) bias.push_back(a.bias[i % all_c]);

  // Of several pixels a panel the last may lie behind the row: it is made beside dx.
  const std::size_t row_floats = across > 1 ? std::size_t(window.pixels) * columns : 0;
  for_rows(stream, 1LL * d.n * d.h, window.floats() + row_floats, cost.flops,
           [&](long long row, float* scratch) {
             const int n = static_cast<int>(row / d.h), h = static_cast<int>(row % d.h);
             float* const dx = a.dx + row * d.w * all_c;
             float* const to = across > 1 ? scratch + window.floats() : dx;
             for (int g = 0; g < groups; ++g) {
               fill_gradient_window(d, window, a.dy + g * d.k, all_k, n, h, scratch);
               convolve_row(window, scratch, floats(panels) + g * group_floats,
                            a.bias ? bias.data() + g * d.c : nullptr, columns, to + g * d.c,
                            across > 1 ? columns : all_c);
             }
             if (across > 1) std::copy_n(to, std::ptrdiff_t{d.w} * all_c, dx);
           });
}

namespace {

// The part of dw and dbias that one range of output rows and one panel of a group's filters gives.
class WgradPart {
 public:
  explicit WgradPart(const Conv2dWgradArgs& a)
      : a_(a),
        d_(group_of(a.shape)),
        window_(input_window(d_)),
        run_taps_(round_up(window_.run_length(), kTile)) {}

  // sums: every run's taps rounded up to a whole tile, 16 columns each, then the bias.
  std::size_t sum_floats() const {
    return (std::size_t(d_.r) * window_.runs() * run_taps_ + 1) * kPanel;
  }
  std::size_t scratch_floats() const {
    return round_up(static_cast<int>(window_.floats()), kPanel) +
           std::size_t(window_.pixels) * kPanel;
  }

  int panels_of_group() const { return panels_of(d_.k); }
  // The item of filter k's panel, of those of all groups.
  int panel_of(int k) const { return k / d_.k * panels_of_group() + k % d_.k / kPanel; }
  int column_of(int k) const { return k % d_.k % kPanel; }

  void run(long long first_row, long long last_row, int panel, float* scratch, float* sums) const {
    const int group = panel / panels_of_group(), first = panel % panels_of_group() * kPanel;
    const int columns = std::min(kPanel, d_.k - first), all_k = a_.shape.k;
    float* gradient = scratch + round_up(static_cast<int>(window_.floats()), kPanel);
    std::fill_n(sums, sum_floats(), 0.0f);
    std::fill_n(scratch, scratch_floats(),
                0.0f);  // the slack behind the window, the unused columns
    for (long long row = first_row; row < last_row; ++row) {
      fill_input_window(d_, window_, a_.x + group * d_.c, a_.shape.c,
                        static_cast<int>(row / d_.p()), static_cast<int>(row % d_.p()), scratch);
      const float* dy = a_.dy + row * window_.pixels * all_k + group * d_.k + first;
      for (int q = 0; q < window_.pixels; ++q)
        std::copy_n(dy + std::ptrdiff_t{q} * all_k, columns, gradient + q * kPanel);
      add_row(scratch, gradient, sums);
    }
  }

  // Element (k, tap of w) of the panel's sums; tap == taps is the bias.
  std::size_t sum_index(int tap) const {
    if (tap == d_.taps()) return sum_floats() - kPanel;
    const int length = window_.run_length();
    return (std::size_t(tap / length) * run_taps_ + tap % length) * kPanel;
  }

 private:
  void add_row(const float* data, const float* gradient, float* sums) const {
    const std::ptrdiff_t step = std::ptrdiff_t{window_.stride} * window_.channels;
    for (int r = 0; r < d_.r; ++r)
      for (int run = 0; run < window_.runs(); ++run, sums += run_taps_ * kPanel)
        add_products(data + r * window_.row_floats() + run * window_.run_step(), step, gradient,
                     window_.pixels, run_taps_, sums);
    float row[kPanel] = {};
    for (int q = 0; q < window_.pixels; ++q)
      for (int j = 0; j < kPanel; ++j) row[j] += gradient[q * kPanel + j];
    for (int j = 0; j < kPanel; ++j) sums[j] += row[j];
  }

  const Conv2dWgradArgs& a_;
  Conv2dShape d_;  // of one group
  Window window_;
  int run_taps_;
};

}  // namespace

void conv2d_wgrad(Stream& stream, const Conv2dWgradArgs& a) {
  const Conv2dShape& d = a.shape;
  const Cost cost = conv2d_wgrad_cost(d);
  const LaunchScope scope(stream, {"conv2d_wgrad_cpu", {}, {}, 0, cost});
  const WgradPart part(a);
  const int panels = part.panels_of_group() * d.groups;
  const long long rows = 1LL * d.n * d.p();

  // The split is a function of the shape, so the number of threads cannot change a bit. Up to 16
  // ways, but no more than 16 MiB of partial sums.
  const auto affordable =
      static_cast<long long>((std::size_t{4} << 20) / (part.sum_floats() * panels));
  const int splits = static_cast<int>(std::clamp<long long>(affordable, 1, std::min(16LL, rows)));
  const int items = splits * panels;
  const std::size_t item_floats = part.sum_floats() + part.scratch_floats();
  const Buffer workspace(stream.arena(), float_bytes(item_floats * items));
#pragma omp parallel for schedule(dynamic) if (cost.flops > 1e6)
  for (int item = 0; item < items; ++item) {
    float* sums = floats(workspace) + item * item_floats;
    const int split = item / panels;
    part.run(rows * split / splits, rows * (split + 1) / splits, item % panels,
             sums + part.sum_floats(), sums);
  }

  const auto total = [&](int k, int tap) {
    const float* sums = floats(workspace) + part.panel_of(k) * item_floats + part.sum_index(tap) +
                        part.column_of(k);
    float sum = 0;
    for (int split = 0; split < splits; ++split) sum += sums[split * panels * item_floats];
    return sum;
  };
  for (int k = 0; k < d.k; ++k) {
    for (int tap = 0; tap < d.taps(); ++tap)
      a.dw[std::ptrdiff_t{k} * d.taps() + tap] = total(k, tap);
    if (a.dbias) a.dbias[k] = total(k, d.taps());
  }
}

}  // namespace pellucid::cpu
