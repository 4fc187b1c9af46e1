// canvas.h: an RGB picture to draw panels, lines and captions on.
//
// Lines and circles take continuous coordinates (pixel (0, 0) covers [0, 1) × [0, 1)) and are drawn
// without gaps, with soft edges.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "explain/picture/colormap.h"
#include "explain/picture/font.h"

namespace pellucid {

class Canvas {
 public:
  Canvas(int width, int height, Rgb background);

  int width() const { return width_; }
  int height() const { return height_; }
  const std::vector<std::uint8_t>& pixels() const { return pixels_; }  // (height, width, 3)

  // Mixes `colour` into a pixel, opacity in [0, 1]; outside the canvas nothing happens.
  void blend(int x, int y, Rgb colour, double opacity = 1);
  void fill(int x, int y, int width, int height, Rgb colour);
  // The border of a rectangle, one pixel wide, inside it.
  void frame(int x, int y, int width, int height, Rgb colour);
  // A ring of `thickness` pixels around a centre, clipped to the window.
  struct Window {
    int x = 0, y = 0, width = 0, height = 0;
  };
  void ring(double x, double y, double radius, double thickness, Rgb colour, const Window& window);
  // Text with its top left corner there; `scale` enlarges the font.
  void text(int x, int y, std::string_view text, Rgb colour, int scale = 1);
  static int text_width(std::string_view text, int scale = 1) {
    return static_cast<int>(text.size()) * kGlyphAdvance * scale - scale;
  }

 private:
  int width_, height_;
  std::vector<std::uint8_t> pixels_;
};

}  // namespace pellucid
