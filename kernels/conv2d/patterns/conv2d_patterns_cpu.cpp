// cpu: the fields of some rows side by side, small images that the inner loop of conv2d_relu_pool
// (conv2d_rows_cpu.h) takes for pixels of one image: its register tile then holds one output of
// twelve rows. A result is the same chain of multiply-adds as there.
#include "kernels/conv2d/conv2d_rows_cpu.h"
#include "kernels/conv2d/patterns/conv2d_patterns.h"
#include "kernels/host_threads.h"
#include "runtime/launch/launch_seam.h"

namespace pellucid::cpu {
namespace {

constexpr int kRowsAtOnce = 2 * (2 * kTile);  // fields of 16 channels, 6 × 6: 55 KB

// What the row's mask shows of its field: (field_h, field_w, C), zero outside the image.
void gather_field(const Conv2dPatternsArgs& a, const PatternRow& row, float* to) {
  const Conv2dShape& d = a.shape;
  const MaskedImage& m = a.masked;
  const std::uint32_t* mask = a.x ? nullptr : m.bits + std::ptrdiff_t{row.mask} * m.words;
  const int top = row.place / a.pooled_q() * a.pool * d.stride_h - d.pad_h;
  const int left = row.place % a.pooled_q() * a.pool * d.stride_w - d.pad_w;
  for (int h = top; h < top + a.field_h(); ++h)
    for (int w = left; w < left + a.field_w(); ++w, to += d.c) {
      if (h < 0 || h >= d.h || w < 0 || w >= d.w) {
        std::fill_n(to, d.c, 0.0f);
        continue;
      }
      const std::ptrdiff_t pixel = std::ptrdiff_t{h} * d.w + w;
      const float* from =
          a.x ? a.x + std::ptrdiff_t{a.input.row(pixel, row.mask)} * d.c
              : (superpixel_on(mask, m.labels[pixel]) ? m.image : m.fill) + pixel * d.c;
      if (d.c == 1) *to = *from;
      else std::copy_n(from, d.c, to);
    }
}

}  // namespace

void conv2d_patterns(Stream& stream, const Conv2dPatternsArgs& a) {
  const Conv2dShape& d = a.shape;
  const Cost cost = conv2d_patterns_cost(a);
  const LaunchScope scope(stream, {"conv2d_patterns_cpu", {}, {}, 0, cost});
  const Buffer panels(stream.arena(), float_bytes(packed_filters_floats(d)));
  pack_filters(d, a.w, floats(panels));

  const int field = a.field_h() * a.field_w();
  // A pixel's step to the next is a whole field, the step of its rows that of a field's.
  Window window{d.r, d.s, d.c, kRowsAtOnce, field, d.dilation_w, a.field_w() * d.dilation_h};
  const std::size_t field_floats = std::size_t(field) * d.c * kRowsAtOnce + kTile;
  const std::size_t row_floats = std::size_t(kRowsAtOnce) * d.k;
  const int blocks = (a.count + kRowsAtOnce - 1) / kRowsAtOnce;
  const int parts = std::min(blocks, 4 * host_threads());
  const Buffer scratch(stream.arena(), float_bytes((field_floats + row_floats) * parts));
#pragma omp parallel for schedule(dynamic) if (cost.flops > 1e6)
  for (int part = 0; part < parts; ++part) {
    float* fields = floats(scratch) + (field_floats + row_floats) * part;
    float* outputs = fields + field_floats;
    std::fill_n(fields, field_floats, 0.0f);
    Window mine = window;
    for (int block = static_cast<int>(1LL * blocks * part / parts);
         block < static_cast<int>(1LL * blocks * (part + 1) / parts); ++block) {
      const int first = block * kRowsAtOnce, count = std::min(kRowsAtOnce, a.count - first);
      for (int t = 0; t < count; ++t)
        gather_field(a, a.rows[first + t], fields + std::ptrdiff_t{t} * field * d.c);
      mine.pixels = count;
      float* y = a.y + std::ptrdiff_t{first} * d.k;
      std::fill_n(y, std::ptrdiff_t{count} * d.k, 0.0f);
      for (int o = 0; o < a.pool * a.pool; ++o) {
        const int at = o / a.pool * d.stride_h * a.field_w() + o % a.pool * d.stride_w;
        convolve_row(mine, fields + std::ptrdiff_t{at} * d.c, floats(panels), a.bias, d.k, outputs,
                     d.k);
        for (std::ptrdiff_t e = 0; e < std::ptrdiff_t{count} * d.k; ++e)
          y[e] = outputs[e] > y[e] || outputs[e] != outputs[e] ? outputs[e] : y[e];
      }
    }
  }
}

}  // namespace pellucid::cpu
