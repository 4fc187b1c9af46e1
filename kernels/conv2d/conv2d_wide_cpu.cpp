// cpu: convolutions with more filters than a panel, as a product of matrices (conv2d_tile_cpu.h) without the matrix of
// inputs: a table says for each place of a block where the inputs of its taps lie, outside the image in zeros. The places
// of a batch are one row of places, so that small maps fill the tiles; a block of them and a part of the taps stay in
// the nearer caches while they meet the panels.
//
// Where a pixel has few channels, the taps of a row of the filter are taken as one run, over an image with its border
// written out. With pooling behind it the places come window by window, into memory of their own.
#include <algorithm>
#include <vector>

#include "kernels/conv2d/conv2d_finished_cpu.h"
#include "kernels/conv2d/conv2d_tile_cpu.h"
#include "kernels/finish_cpu.h"
#include "kernels/host_threads.h"

namespace pellucid::cpu {
namespace {

constexpr int kPlacesAtOnce = 96;  // of a block
constexpr int kTapsAtOnce = 320;   // with four panels 80 KB
constexpr int kFewChannels = 16;   // below, the taps of a filter's row are one run

int ceil_div(long long value, long long by) { return static_cast<int>((value + by - 1) / by); }

class WideConvolution {
 public:
  // d: the shape with its border written out, x the image with it.
  WideConvolution(const Conv2dFinishedArgs& a, const Conv2dShape& d, const float* x)
      : a_(a),
        d_(d),
        x_(x),
        p_(d.p()),
        q_(d.q()),
        run_is_row_(d.groups == 1 && d.c < kFewChannels && d.dilation_w == 1 && d.pad_w == 0 &&
                    d.pad_right == 0),
        runs_(run_is_row_ ? d.r : d.r * d.s),
        length_(d.taps() / runs_),
        panels_(panels_of(d.group_k())),
        zeros_(static_cast<std::size_t>(length_)),
        bias_(static_cast<std::size_t>(panels_) * kPanel * d.groups) {
    for (int k = 0; a.bias && k < d.k; ++k)
      bias_[static_cast<std::size_t>(k / d.group_k() * panels_ * kPanel + k % d.group_k())] =
          a.bias[k];
    const long long window = 1LL * a.pool * a.pool;
    places_ = window * d.n * (p_ / a.pool) * (q_ / a.pool);
    const int blocks = ceil_div(places_, kPlacesAtOnce);
    block_ =
        round_up(ceil_div(places_, blocks), static_cast<int>(a.pool > 1 ? window * kTile : kTile));
    blocks_ = ceil_div(places_, block_);
    // Few blocks are cut into ranges of panels, so that every thread has work.
    splits_ = std::clamp(ceil_div(4LL * host_threads(), 1LL * blocks_ * d.groups), 1,
                         ceil_div(panels_, kMostPanels));
    if (host_threads() == 1) splits_ = 1;
  }

  int items() const { return blocks_ * d_.groups * splits_; }

  // inputs, pooled: scratch.
  void run(int item, std::vector<const float*>& inputs, std::vector<float>& pooled) const {
    const int split = item % splits_, group = item / splits_ % d_.groups;
    const long long first = 1LL * (item / splits_ / d_.groups) * block_;
    const int places = static_cast<int>(std::min<long long>(block_, places_ - first));
    const int groups_of_panels = ceil_div(panels_, kMostPanels);
    const int first_panel = groups_of_panels * split / splits_ * kMostPanels;
    const int last_panel =
        std::min(panels_, groups_of_panels * (split + 1) / splits_ * kMostPanels);
    find_inputs(first, places, group, inputs);
    const int first_column = first_panel * kPanel;
    const int columns = std::min(last_panel * kPanel, d_.group_k()) - first_column;
    const std::ptrdiff_t column = std::ptrdiff_t{group} * d_.group_k() + first_column;
    float* out = a_.y + first * d_.k + column;
    std::ptrdiff_t pitch = d_.k;
    if (a_.pool > 1) {
      pooled.resize(static_cast<std::size_t>(block_) * columns);
      out = pooled.data();
      pitch = columns;
    }
    const int parts = ceil_div(d_.taps(), kTapsAtOnce);
    for (int part = 0; part < parts; ++part) {
      ProductTile tile{};
      tile.first_tap = static_cast<int>(1LL * d_.taps() * part / parts);
      tile.last_tap = static_cast<int>(1LL * d_.taps() * (part + 1) / parts);
      for (int panel = first_panel; panel < last_panel; panel += kMostPanels) {
        tile.columns = std::min(columns - (panel - first_panel) * kPanel, kMostPanels * kPanel);
        multiply_block(tile, group, panel, places, inputs, part + 1 == parts,
                       out + (panel - first_panel) * kPanel, pitch,
                       first * d_.k + column + (panel - first_panel) * kPanel);
      }
    }
    if (a_.pool > 1) pool_windows(first, places, columns, pooled.data(), column);
  }

 private:
  // Of `places` from the first on: (tiles, runs, kTile).
  void find_inputs(long long first, int places, int group,
                   std::vector<const float*>& inputs) const {
    inputs.resize(static_cast<std::size_t>(round_up(places, kTile)) * runs_);
    for (int i = 0; i < round_up(places, kTile); ++i) {
      const float** to = inputs.data() + std::ptrdiff_t{i / kTile} * runs_ * kTile + i % kTile;
      int n, p, q;
      place_of(static_cast<int>(first) + std::min(i, places - 1), n, p, q);
      const std::ptrdiff_t top = std::ptrdiff_t{p} * d_.stride_h - d_.pad_h;
      const std::ptrdiff_t left = std::ptrdiff_t{q} * d_.stride_w - d_.pad_w;
      const float* const image = x_ + std::ptrdiff_t{n} * d_.h * d_.w * d_.c + group * d_.group_c();
      for (int r = 0; r < d_.r; ++r) {
        const std::ptrdiff_t h = top + std::ptrdiff_t{r} * d_.dilation_h;
        const bool row_inside = h >= 0 && h < d_.h;
        for (int s = 0; s < (run_is_row_ ? 1 : d_.s); ++s, to += kTile) {
          const std::ptrdiff_t w = left + std::ptrdiff_t{s} * d_.dilation_w;
          *to = row_inside && w >= 0 && w < d_.w ? image + (h * d_.w + w) * d_.c : zeros_.data();
        }
      }
    }
  }

  // Places are fewer than 2^31, as elements are.
  void place_of(int index, int& n, int& p, int& q) const {
    if (a_.pool == 1) {
      q = index % q_;
      p = index / q_ % p_;
      n = index / q_ / p_;
      return;
    }
    const int window = a_.pool * a_.pool, across = q_ / a_.pool, down = p_ / a_.pool;
    const int inside = index % window;
    index /= window;
    q = index % across * a_.pool + inside % a_.pool;
    p = index / across % down * a_.pool + inside / a_.pool;
    n = index / across / down;
  }

  void multiply_block(ProductTile& tile, int group, int panel, int places,
                      const std::vector<const float*>& inputs, bool last, float* out,
                      std::ptrdiff_t pitch, std::ptrdiff_t element) const {
    const std::ptrdiff_t all_panels = std::ptrdiff_t{group} * panels_ + panel;
    tile.length = length_;
    tile.panel_floats = std::ptrdiff_t{d_.taps()} * kPanel;
    tile.panels = a_.panels + all_panels * tile.panel_floats;
    tile.pitch = pitch;
    tile.bias = last ? bias_.data() + all_panels * kPanel : nullptr;
    tile.relu = last && a_.finish.relu;
    tile.clips = last && a_.finish.clips;
    tile.least = a_.finish.alpha;
    tile.most = a_.finish.beta;
    for (int place = 0; place < places; place += kTile) {
      tile.places = std::min(kTile, places - place);
      tile.inputs = inputs.data() + std::ptrdiff_t{place} * runs_;
      tile.out = out + place * pitch;
      const std::ptrdiff_t at = element + place * pitch;
      tile.addend = last && a_.finish.addend ? a_.finish.addend + at : nullptr;
      multiply_tile(tile);
      if (last && a_.finish.function)
        for (int i = 0; i < tile.places; ++i)
          a_.finish.function(tile.out + i * pitch, tile.columns, a_.finish.alpha, a_.finish.beta);
    }
  }

  void pool_windows(long long first, int places, int columns, const float* values,
                    std::ptrdiff_t column) const {
    const int window = a_.pool * a_.pool;
    float* y = a_.y + first / window * d_.k + column;
    for (int place = 0; place < places; place += window, y += d_.k) {
      std::fill_n(y, columns, 0.0f);
      for (int i = 0; i < window; ++i, values += columns)
        for (int k = 0; k < columns; ++k)
          y[k] = values[k] > y[k] || values[k] != values[k] ? values[k] : y[k];
    }
  }

  const Conv2dFinishedArgs& a_;
  const Conv2dShape d_;
  const float* x_;
  int p_, q_;
  bool run_is_row_;
  int runs_, length_, panels_;
  std::vector<float> zeros_;  // an input outside the image
  std::vector<float> bias_;   // of whole panels
  long long places_ = 0;
  int block_ = 0, blocks_ = 0, splits_ = 1;
};

bool needs_border(const Conv2dShape& d) {
  return d.groups == 1 && d.c < kFewChannels && d.dilation_w == 1 &&
         (d.pad_h || d.pad_w || d.pad_bottom || d.pad_right);
}

Conv2dShape with_border(Conv2dShape d) {
  d.h += d.pad_h + d.pad_bottom;
  d.w += d.pad_w + d.pad_right;
  d.pad_h = d.pad_w = d.pad_bottom = d.pad_right = 0;
  return d;
}

void write_border(const Conv2dShape& from, const Conv2dShape& to, const float* x, float* bordered) {
  const std::ptrdiff_t row = std::ptrdiff_t{from.w} * from.c, out = std::ptrdiff_t{to.w} * to.c;
  const std::ptrdiff_t left = std::ptrdiff_t{from.pad_w} * from.c;
#pragma omp parallel for if (from.n > 1)
  for (int line = 0; line < to.n * to.h; ++line) {
    float* y = bordered + line * out;
    const int n = line / to.h, h = line % to.h - from.pad_h;
    const bool inside = h >= 0 && h < from.h;
    std::fill_n(y, inside ? left : out, 0.0f);
    if (!inside) continue;
    std::copy_n(x + (std::ptrdiff_t{n} * from.h + h) * row, row, y + left);
    std::fill_n(y + left + row, out - left - row, 0.0f);
  }
}

}  // namespace

void convolve_wide(Stream& stream, const Conv2dFinishedArgs& a) {
  const bool border = needs_border(a.shape);
  const Conv2dShape d = border ? with_border(a.shape) : a.shape;
  const Buffer bordered(stream.arena(),
                        border ? float_bytes(std::size_t(d.n) * d.h * d.w * d.c) : 0);
  if (border) write_border(a.shape, d, a.x, floats(bordered));
  const WideConvolution convolution(a, d, border ? floats(bordered) : a.x);
  const int items = convolution.items();
#pragma omp parallel if (conv2d_fprop_cost(d).flops > 1e6)
  {
    std::vector<const float*> inputs;
    std::vector<float> pooled;
#pragma omp for schedule(dynamic)
    for (int item = 0; item < items; ++item) convolution.run(item, inputs, pooled);
  }
}

}  // namespace pellucid::cpu
