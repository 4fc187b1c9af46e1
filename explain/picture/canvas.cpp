#include "explain/picture/canvas.h"

#include <algorithm>
#include <cmath>

namespace pellucid {

Canvas::Canvas(int width, int height, Rgb background)
    : width_(width), height_(height), pixels_(static_cast<std::size_t>(width) * height * 3) {
  fill(0, 0, width, height, background);
}

void Canvas::blend(int x, int y, Rgb colour, double opacity) {
  if (x < 0 || y < 0 || x >= width_ || y >= height_) return;
  std::uint8_t* pixel = row(y) + std::ptrdiff_t{x} * 3;
  pixel[0] = mixed(pixel[0], colour.red, opacity);
  pixel[1] = mixed(pixel[1], colour.green, opacity);
  pixel[2] = mixed(pixel[2], colour.blue, opacity);
}

void Canvas::fill(int x, int y, int width, int height, Rgb colour) {
  const int left = std::max(x, 0), right = std::min(x + width, width_);
  const int top = std::max(y, 0), bottom = std::min(y + height, height_);
  if (left >= right || top >= bottom) return;
  std::uint8_t* first = row(top) + std::ptrdiff_t{left} * 3;
  for (std::uint8_t *pixel = first, *end = first + std::ptrdiff_t{right - left} * 3; pixel != end;
       pixel += 3)
    pixel[0] = colour.red, pixel[1] = colour.green, pixel[2] = colour.blue;
  for (int line = top + 1; line < bottom; ++line)
    std::copy_n(first, std::ptrdiff_t{right - left} * 3, row(line) + std::ptrdiff_t{left} * 3);
}

void Canvas::frame(int x, int y, int width, int height, Rgb colour) {
  fill(x, y, width, 1, colour);
  fill(x, y + height - 1, width, 1, colour);
  fill(x, y, 1, height, colour);
  fill(x + width - 1, y, 1, height, colour);
}

void Canvas::ring(double x, double y, double radius, double thickness, Rgb colour,
                  const Window& window) {
  const double reach = radius + thickness;
  const int top = std::max(window.y, static_cast<int>(std::floor(y - reach)));
  const int bottom = std::min(window.y + window.height - 1, static_cast<int>(std::ceil(y + reach)));
  const int left = std::max(window.x, static_cast<int>(std::floor(x - reach)));
  const int right = std::min(window.x + window.width - 1, static_cast<int>(std::ceil(x + reach)));
  // Most of the square is well inside the ring, where no root need be taken.
  const double inside = std::max(radius - thickness / 2 - 1, 0.0);
  for (int line = top; line <= bottom; ++line)
    for (int column = left; column <= right; ++column) {
      const double dx = column + 0.5 - x, dy = line + 0.5 - y;
      if (dx * dx + dy * dy < inside * inside) continue;
      const double opacity = thickness / 2 + 0.5 - std::abs(std::hypot(dx, dy) - radius);
      if (opacity > 0) blend(column, line, colour, std::min(opacity, 1.0));
    }
}

void Canvas::text(int x, int y, std::string_view text, Rgb colour, int scale) {
  for (const Glyph& glyph : glyphs_of(text)) {
    for (int line = -kGlyphAbove; line < kGlyphHeight; ++line)
      for (int column = 0; column < kGlyphWidth; ++column)
        if (glyph.ink(line, column))
          fill(x + column * scale, y + line * scale, scale, scale, colour);
    x += kGlyphAdvance * scale;
  }
}

}  // namespace pellucid
