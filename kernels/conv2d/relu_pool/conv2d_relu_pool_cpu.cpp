// cpu: a row of the convolution at a time, in a buffer that stays in the first-level cache, from
// where ReLU and the maximum go into the pooled row. The window of input rows moves down with the
// outputs: only rows that were not there are put together, which for a masked image costs a gather
// a pixel.
#include <vector>

#include "kernels/conv2d/conv2d_finished_cpu.h"
#include "kernels/conv2d/conv2d_rows_cpu.h"
#include "kernels/conv2d/relu_pool/conv2d_relu_pool.h"
#include "kernels/host_threads.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {
namespace {

// The R input rows under an output row of one image.
class RollingWindow {
 public:
  RollingWindow(const Conv2dReluPoolArgs& a, const Window& window, float* rows)
      : a_(a), d_(a.shape), window_(window), rows_(rows) {}

  void move_to(int n, int p) {
    const bool same = n == n_ && p > p_ && d_.dilation_h == 1;
    const int down = same ? std::min((p - p_) * d_.stride_h, d_.r) : d_.r;
    if (!same && n != n_) start_image(n);
    n_ = n;
    p_ = p;
    const std::ptrdiff_t row_floats = window_.row_floats();
    std::memmove(rows_, rows_ + down * row_floats, float_bytes((d_.r - down) * row_floats));
    for (int r = d_.r - down; r < d_.r; ++r)
      fill_row(p * d_.stride_h - d_.pad_h + r * d_.dilation_h, rows_ + r * row_floats);
  }
  const float* rows() const { return rows_; }

 private:
  // All bits or none, for each superpixel: what masked_row selects with.
  void start_image(int n) {
    if (a_.x) return;
    const std::uint32_t* mask = a_.masked.bits + std::ptrdiff_t{n} * a_.masked.words;
    on_.resize(static_cast<std::size_t>(a_.masked.words) * 32);
    for (std::size_t j = 0; j < on_.size(); ++j)
      on_[j] = superpixel_on(mask, static_cast<std::int32_t>(j)) ? -1 : 0;
  }

  void fill_row(int h, float* to) const {
    if (h < 0 || h >= d_.h) return void(std::fill_n(to, window_.row_floats(), 0.0f));
    const std::ptrdiff_t left = std::min(std::ptrdiff_t{d_.pad_w} * d_.c, window_.row_floats());
    const std::ptrdiff_t inside =
        std::min(std::ptrdiff_t{d_.w} * d_.c, window_.row_floats() - left);
    std::fill_n(to, left, 0.0f);
    if (a_.x) std::copy_n(a_.x + (std::ptrdiff_t{n_} * d_.h + h) * d_.w * d_.c, inside, to + left);
    else masked_row(h, inside, to + left);
    std::fill_n(to + left + inside, window_.row_floats() - left - inside, 0.0f);
  }

  void masked_row(int h, std::ptrdiff_t values, float* to) const {
    const MaskedImage& m = a_.masked;
    const std::ptrdiff_t first =
        ((m.image_of ? m.image_of[n_] : 0) * std::ptrdiff_t{d_.h} + h) * d_.w;
    const std::int32_t* labels = m.labels + first;
    const float *image = m.image + first * d_.c, *fill = m.fill + first * d_.c;
    const std::int32_t* on = on_.data();
    if (d_.c == 1) {  // a loop of its own, so that the compiler makes it one of vectors
      for (std::ptrdiff_t e = 0; e < values; ++e) to[e] = on[labels[e]] ? image[e] : fill[e];
      return;
    }
    for (std::ptrdiff_t e = 0; e < values; ++e) to[e] = on[labels[e / d_.c]] ? image[e] : fill[e];
  }

  const Conv2dReluPoolArgs& a_;
  const Conv2dShape& d_;
  const Window& window_;
  float* rows_;
  std::vector<std::int32_t> on_;
  int n_ = -1, p_ = -1;
};

// y[j·K + k] = max(y, row[q·K + k]) over the `pool` columns q of window j.
void pool_row(const float* row, int windows, int pool, int filters, float* y) {
  for (int j = 0; j < windows; ++j, y += filters)
    for (int column = 0; column < pool; ++column, row += filters)
      for (int k = 0; k < filters; ++k) {
        const float value = row[k];
        y[k] = value > y[k] || value != value ? value : y[k];
      }
}

}  // namespace

void conv2d_relu_pool(Stream& stream, const Conv2dReluPoolArgs& a) {
  const Conv2dShape& d = a.shape;
  const Cost cost = conv2d_relu_pool_cost(a);
  const LaunchScope scope(stream, {"conv2d_relu_pool_cpu", {}, {}, 0, cost});
  const Buffer panels(stream.arena(), float_bytes(packed_filters_floats(d)));
  pack_filters(d, a.w, floats(panels));

  if (a.x && conv2d_is_wide(d))
    return convolve_wide(stream, {d, a.x, floats(panels), a.bias, a.y, {.relu = true}, a.pool});

  const Window window = input_window(d);
  const std::size_t window_floats = window.floats(), row_floats = std::size_t(d.q()) * d.k;
  const int rows = a.pooled_p();
  const long long all_rows = 1LL * d.n * rows, y_floats = 1LL * a.pooled_q() * d.k;
  const int parts = static_cast<int>(std::min<long long>(all_rows, 4LL * host_threads()));
  const Buffer scratch(stream.arena(), float_bytes((window_floats + row_floats) * parts));
#pragma omp parallel for schedule(dynamic) if (cost.flops > 1e6)
  for (int part = 0; part < parts; ++part) {
    float* memory = floats(scratch) + (window_floats + row_floats) * part;
    float* row = memory + window_floats;
    RollingWindow input(a, window, memory);
    for (long long i = all_rows * part / parts; i < all_rows * (part + 1) / parts; ++i) {
      float* y = a.y + i * y_floats;
      std::fill_n(y, y_floats, 0.0f);
      for (int p = 0; p < a.pool; ++p) {
        input.move_to(static_cast<int>(i / rows), static_cast<int>(i % rows) * a.pool + p);
        convolve_row(window, input.rows(), floats(panels), a.bias, d.k, row, d.k);
        pool_row(row, a.pooled_q(), a.pool, d.k, y);
      }
    }
  }
}

}  // namespace pellucid::cpu
