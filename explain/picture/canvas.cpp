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
  std::uint8_t* pixel = &pixels_[(static_cast<std::size_t>(y) * width_ + x) * 3];
  const std::uint8_t parts[3] = {colour.red, colour.green, colour.blue};
  for (int c = 0; c < 3; ++c)  // adding ½ rounds: no value here is negative
    pixel[c] = static_cast<std::uint8_t>(pixel[c] + (parts[c] - pixel[c]) * opacity + 0.5);
}

void Canvas::fill(int x, int y, int width, int height, Rgb colour) {
  for (int row = y; row < y + height; ++row)
    for (int column = x; column < x + width; ++column) blend(column, row, colour);
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
  for (int row = top; row <= bottom; ++row)
    for (int column = left; column <= right; ++column) {
      const double distance = std::hypot(column + 0.5 - x, row + 0.5 - y);
      const double opacity = thickness / 2 + 0.5 - std::abs(distance - radius);
      if (opacity > 0) blend(column, row, colour, std::min(opacity, 1.0));
    }
}

void Canvas::text(int x, int y, std::string_view text, Rgb colour, int scale) {
  for (const char character : text) {
    for (int row = 0; row < kGlyphHeight; ++row)
      for (int column = 0; column < kGlyphWidth; ++column)
        if (glyph_pixel(character, row, column))
          fill(x + column * scale, y + row * scale, scale, scale, colour);
    x += kGlyphAdvance * scale;
  }
}

}  // namespace pellucid
