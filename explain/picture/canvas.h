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

// `from` moved towards `to`; adding ½ rounds, as no value is negative.
inline std::uint8_t mixed(std::uint8_t from, std::uint8_t to, double opacity) {
  return static_cast<std::uint8_t>(from + (to - from) * opacity + 0.5);
}

class Canvas {
 public:
  Canvas(int width, int height, Rgb background);

  int width() const { return width_; }
  int height() const { return height_; }
  const std::vector<std::uint8_t>& pixels() const { return pixels_; }  // (height, width, 3)

  // (width, 3) of them, to write.
  std::uint8_t* row(int y) { return &pixels_[static_cast<std::size_t>(y) * width_ * 3]; }
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
  // Text (font.h) with its top left corner there, but for the accents of capitals, which lie above; `scale`
  // enlarges the font.
  void text(int x, int y, std::string_view text, Rgb colour, int scale = 1);
  static int text_width(std::string_view text, int scale = 1) {
    return static_cast<int>(glyphs_of(text).size()) * kGlyphAdvance * scale - scale;
  }

 private:
  int width_, height_;
  std::vector<std::uint8_t> pixels_;
};

}  // namespace pellucid
