#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "explain/picture/picture.h"

using namespace pellucid;

namespace {

// Where the panels lie below a title of one line.
constexpr int kLeft = 20, kGapBetween = 20, kTop = 46;

struct Drawing {
  int width = 0;
  std::vector<std::uint8_t> pixels;  // (height, width, 3)

  void blend(int x, int y, Rgb colour, double opacity) {
    std::uint8_t* pixel = &pixels[(static_cast<std::size_t>(y) * width + x) * 3];
    const std::uint8_t parts[3] = {colour.red, colour.green, colour.blue};
    for (int c = 0; c < 3; ++c)
      pixel[c] = static_cast<std::uint8_t>(pixel[c] + (parts[c] - pixel[c]) * opacity + 0.5);
  }
};

// What lies at a place of the image: bilinear, half-pixel centres.
template <class T>
double sample(std::span<const T> plane, int height, int width, int channels, int channel, double y,
              double x) {
  const auto value = [&](int r, int c) -> double {
    const std::size_t pixel =
        static_cast<std::size_t>(std::min(r, height - 1)) * width + std::min(c, width - 1);
    return plane[pixel * channels + channel];
  };
  const double row = std::clamp(y - 0.5, 0.0, height - 1.0);
  const double column = std::clamp(x - 0.5, 0.0, width - 1.0);
  const int r = std::min(static_cast<int>(row), std::max(height - 2, 0));
  const int c = std::min(static_cast<int>(column), std::max(width - 2, 0));
  const double v = row - r, u = column - c;
  return (value(r, c) * (1 - u) + value(r, c + 1) * u) * (1 - v) +
         (value(r + 1, c) * (1 - u) + value(r + 1, c + 1) * u) * v;
}

// The definition of a panel, pixel by pixel.
Drawing defined_panel(const Overlay& o, int scale, bool with_map) {
  Drawing out{o.width * scale, {}};
  out.pixels.resize(static_cast<std::size_t>(out.width) * o.height * scale * 3);
  const int channels = o.image.size() > o.map.size() ? 3 : 1;
  for (int y = 0; y < o.height * scale; ++y)
    for (int x = 0; x < out.width; ++x) {
      const double row = (y + 0.5) / scale, column = (x + 0.5) / scale;
      const auto level = [&](int c) {
        return static_cast<std::uint8_t>(std::lround(
            sample(o.image, o.height, o.width, channels, std::min(c, channels - 1), row, column)));
      };
      out.blend(x, y, {level(0), level(1), level(2)}, 1);
      if (!with_map) continue;
      const double low = o.is_signed ? -1 : 0;
      const double value = sample(o.map, o.height, o.width, 1, 0, row, column);
      const double place = std::round((std::clamp(value, low, 1.0) - low) / (1 - low) * 1024);
      const double shown = low + (1 - low) * place / 1024;
      out.blend(x, y, o.is_signed ? blue_white_red(shown) : plasma(shown),
                0.72 * std::pow(std::abs(shown), 0.7));
    }
  if (!o.circle) return out;
  for (const int thickness : {4, 2})
    for (int y = 0; y < o.height * scale; ++y)
      for (int x = 0; x < out.width; ++x) {
        const double distance =
            std::hypot(x + 0.5 - o.circle->x * scale, y + 0.5 - o.circle->y * scale);
        const double opacity =
            thickness / 2.0 + 0.5 - std::abs(distance - o.circle->radius * scale);
        if (opacity > 0)
          out.blend(x, y, thickness == 4 ? Rgb{0, 0, 0} : Rgb{0, 229, 255}, std::min(opacity, 1.0));
      }
  return out;
}

int differences(const Canvas& canvas, const Drawing& panel, int left) {
  int count = 0;
  for (std::size_t i = 0; i < panel.pixels.size(); ++i) {
    const std::size_t y = i / (static_cast<std::size_t>(panel.width) * 3),
                      x = i % (static_cast<std::size_t>(panel.width) * 3);
    const std::size_t at =
        (static_cast<std::size_t>(kTop) + y) * canvas.width() * 3 + std::size_t(left) * 3 + x;
    count += canvas.pixels()[at] != panel.pixels[i];
  }
  return count;
}

}  // namespace

TEST_CASE("panels have the pixels of their definition, whatever the size of the image") {
  // Enlarged by odd numbers and powers of two. By others, values of exactly a half arise whose last bit depends
  // on which products the compiler fuses.
  const std::array<int, 2> sizes[] = {{1, 1},   {7, 3},     {28, 28},   {64, 48},
                                      {100, 9}, {150, 150}, {224, 224}, {460, 7}};
  std::mt19937 random(7);
  const auto uniform = [&] { return static_cast<double>(random()) / 4294967296.0; };
  for (const auto [height, width] : sizes)
    for (const int channels : {1, 3})
      for (const bool is_signed : {false, true}) {
        CAPTURE(height);
        CAPTURE(channels);
        CAPTURE(is_signed);
        const std::size_t count = static_cast<std::size_t>(height) * width;
        std::vector<std::uint8_t> image(count * channels);
        std::vector<float> map(count);
        for (auto& value : image) value = static_cast<std::uint8_t>(random());
        for (auto& value : map)
          value = static_cast<float>(is_signed ? 2.2 * uniform() - 1.1 : uniform());
        Overlay overlay;
        overlay.height = height;
        overlay.width = width;
        overlay.image = image;
        overlay.map = map;
        overlay.is_signed = is_signed;
        overlay.title = "t";
        if (is_signed)
          overlay.circle = Circle{uniform() * width, uniform() * height, uniform() * width};
        const int longest = std::max(height, width);
        const int scale = (kMinPanelSide + longest - 1) / longest;
        const Canvas canvas = draw_overlay(overlay);
        CHECK(differences(canvas, defined_panel(overlay, scale, false), kLeft) == 0);
        CHECK(differences(canvas, defined_panel(overlay, scale, true),
                          kLeft + width * scale + kGapBetween) == 0);
      }
}
