#include "explain/picture/panels.h"

#include <algorithm>
#include <cmath>

#include "explain/localisation.h"
#include "explain/picture/enlarged.h"

namespace pellucid {
namespace {

constexpr Rgb kAnnotation{0, 229, 255}, kHalo{0, 0, 0}, kPeak{255, 255, 255};
constexpr Rgb kBorder{255, 214, 0};  // of superpixels

// A place in a panel, in enlarged pixels.
struct Place {
  int x = 0, y = 0;
};

// Where the neighbourhood of a pixel of `inside` (height, width) is not all the same: `reach` pixels to the
// left and above, one more to the right and below. Looked for in a part of it.
std::vector<Place> outline(const std::vector<std::uint8_t>& inside, int height, int width,
                           const Box& part, int reach) {
  std::vector<Place> out;
  for (int y = part.y0; y < part.y1; ++y)
    for (int x = part.x0; x < part.x1; ++x) {
      bool any = false, all = true;
      for (int row = std::max(y - reach, 0); row <= std::min(y + reach + 1, height - 1); ++row)
        for (int column = std::max(x - reach, 0); column <= std::min(x + reach + 1, width - 1);
             ++column) {
          const bool in = inside[static_cast<std::size_t>(row) * width + column];
          any |= in;
          all &= in;
        }
      if (any && !all) out.push_back({x, y});
    }
  return out;
}

// The outline of the overlay's mask, enlarged, and a wider one.
struct MaskOutline {
  std::vector<Place> line, halo;
};

MaskOutline mask_outline(const Overlay& overlay, int scale) {
  const int height = overlay.height * scale, width = overlay.width * scale;
  int top = overlay.height, bottom = -1, left = overlay.width, right = -1;
  for (int y = 0; y < overlay.height; ++y)
    for (int x = 0; x < overlay.width; ++x) {
      if (!overlay.mask[static_cast<std::size_t>(y) * overlay.width + x]) continue;
      top = std::min(top, y), bottom = std::max(bottom, y);
      left = std::min(left, x), right = std::max(right, x);
    }
  // Only the surroundings of the mask are looked at.
  const Box part{std::max((top - 1) * scale, 0), std::min((bottom + 2) * scale, height),
                 std::max((left - 1) * scale, 0), std::min((right + 2) * scale, width)};
  Enlarged<std::uint8_t> mask(overlay.mask, overlay.height, overlay.width, scale);
  std::vector<std::uint8_t> inside(static_cast<std::size_t>(height) * width);
  for (int y = part.y0; y < part.y1; ++y) {
    const std::span<const double> row = mask.row(y);
    for (int x = part.x0; x < part.x1; ++x)
      inside[static_cast<std::size_t>(y) * width + x] = row[static_cast<std::size_t>(x)] >= 127.5;
  }
  return {outline(inside, height, width, part, 0), outline(inside, height, width, part, 1)};
}

void draw_circle(Canvas& canvas, const Overlay& overlay, int left, int top, int scale) {
  const Canvas::Window window{left, top, overlay.width * scale, overlay.height * scale};
  const double x = left + overlay.circle->x * scale, y = top + overlay.circle->y * scale;
  const double radius = overlay.circle->radius * scale;
  canvas.ring(x, y, radius, 4, kHalo, window);
  canvas.ring(x, y, radius, 2, kAnnotation, window);
}

// Lines between superpixels, on the first enlarged pixel of the later one.
void draw_borders(Canvas& canvas, const Overlay& overlay, int left, int top, int scale,
                  double opacity) {
  const auto label = [&](int y, int x) {
    return overlay.segments[static_cast<std::size_t>(y) * overlay.width + x];
  };
  for (int y = 0; y < overlay.height; ++y)
    for (int x = 0; x < overlay.width; ++x) {
      if (x > 0 && label(y, x) != label(y, x - 1))
        for (int i = 0; i < scale; ++i)
          canvas.blend(left + x * scale, top + y * scale + i, kBorder, opacity);
      if (y > 0 && label(y, x) != label(y - 1, x))
        for (int i = 0; i < scale; ++i)
          canvas.blend(left + x * scale + i, top + y * scale, kBorder, opacity);
    }
}

void draw_peak(Canvas& canvas, const Overlay& overlay, int left, int top, int scale) {
  if (overlay.peak[0] < 0) return;
  const int y = top + static_cast<int>((overlay.peak[0] + 0.5) * scale);
  const int x = left + static_cast<int>((overlay.peak[1] + 0.5) * scale);
  for (const int thickness : {4, 2}) {
    const Rgb colour = thickness == 4 ? kHalo : kPeak;
    const int reach = 8 + thickness / 4, half = thickness / 2;
    canvas.fill(x - reach, y - half, 2 * reach, thickness, colour);
    canvas.fill(x - half, y - reach, thickness, 2 * reach, colour);
  }
}

// The numbers that the superpixels of the bar chart go by.
void draw_numbers(Canvas& canvas, const Overlay& overlay, int left, int top, int scale) {
  const std::vector<int> shown = strongest_superpixels(overlay.bars.attributions);
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const std::string number = std::to_string(i + 1);
    const auto [row, column] = superpixel_middle(overlay.segments, shown[i], overlay.width);
    const int x = left + static_cast<int>((column + 0.5) * scale) -
                  Canvas::text_width(number, kTextScale) / 2;
    const int y = top + static_cast<int>((row + 0.5) * scale) - 7;
    for (const int dx : {-2, 0, 2})
      for (const int dy : {-2, 0, 2}) canvas.text(x + dx, y + dy, number, kHalo, kTextScale);
    canvas.text(x, y, number, kPeak, kTextScale);
  }
}

// Rounds a value that is not negative, half a step upwards.
std::uint8_t level(double value) {
  constexpr double kBelowHalf = 0.49999999999999994;  // ½ would lift the value below it to 1
  return static_cast<std::uint8_t>(static_cast<int>(value + kBelowHalf));
}

void draw_image(Canvas& canvas, const Overlay& overlay, int left, int top, int scale) {
  const int channels = overlay.image.size() > overlay.map.size() ? 3 : 1;
  for (int channel = 0; channel < channels; ++channel) {
    Enlarged<std::uint8_t> plane(overlay.image, overlay.height, overlay.width, scale, channels,
                                 channel);
    for (int y = 0; y < overlay.height * scale; ++y) {
      std::uint8_t* pixel = canvas.row(top + y) + std::ptrdiff_t{left} * 3;
      for (const double value : plane.row(y)) {
        if (channels == 3) pixel[channel] = level(value);
        else pixel[0] = pixel[1] = pixel[2] = level(value);
        pixel += 3;
      }
    }
  }
}

void draw_map(Canvas& canvas, const Overlay& overlay, const Tints& tint_of, int left, int top,
              int scale) {
  Enlarged<float> map(overlay.map, overlay.height, overlay.width, scale);
  for (int y = 0; y < overlay.height * scale; ++y) {
    std::uint8_t* pixel = canvas.row(top + y) + std::ptrdiff_t{left} * 3;
    for (const double value : map.row(y)) {
      const Tint& tint = tint_of(value);
      pixel[0] = mixed(pixel[0], tint.colour.red, tint.opacity);
      pixel[1] = mixed(pixel[1], tint.colour.green, tint.opacity);
      pixel[2] = mixed(pixel[2], tint.colour.blue, tint.opacity);
      pixel += 3;
    }
  }
}

}  // namespace

Tints::Tints(bool is_signed) : low_(is_signed ? -1 : 0) {
  for (int i = 0; i <= kLevels; ++i) {
    const double value = low_ + (1 - low_) * i / kLevels;
    table_.push_back(
        {is_signed ? blue_white_red(value) : plasma(value), 0.72 * std::pow(std::abs(value), 0.7)});
  }
}

const Tints& Tints::of(bool is_signed) {
  static const Tints magnitude(false), evidence(true);
  return is_signed ? evidence : magnitude;
}

void draw_panels(Canvas& canvas, const Overlay& overlay, const Tints& tint_of, int left, int right,
                 int top, int scale) {
  const int width = overlay.width * scale, height = overlay.height * scale;
  draw_image(canvas, overlay, left, top, scale);
  for (int y = top; y < top + height; ++y)
    std::copy_n(canvas.row(y) + std::ptrdiff_t{left} * 3, std::ptrdiff_t{width} * 3,
                canvas.row(y) + std::ptrdiff_t{right} * 3);
  draw_map(canvas, overlay, tint_of, right, top, scale);
  const MaskOutline mask = overlay.mask.empty() ? MaskOutline{} : mask_outline(overlay, scale);
  for (const int x : {left, right}) {
    if (!overlay.segments.empty())
      draw_borders(canvas, overlay, x, top, scale, x == right ? 0.35 : 0.8);
    for (const Place place : mask.halo) canvas.blend(x + place.x, top + place.y, kHalo, 0.5);
    for (const Place place : mask.line) canvas.blend(x + place.x, top + place.y, kAnnotation);
    if (overlay.mask.empty() && overlay.circle) draw_circle(canvas, overlay, x, top, scale);
    if (x == left) draw_numbers(canvas, overlay, x, top, scale);
    else draw_peak(canvas, overlay, x, top, scale);
    canvas.frame(x - 1, top - 1, width + 2, height + 2, kFrame);
  }
}

}  // namespace pellucid
