#include "explain/picture/picture.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "explain/localisation.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

constexpr Rgb kBackground{24, 24, 28}, kText{232, 232, 232}, kFrame{96, 96, 100};
constexpr Rgb kAnnotation{0, 229, 255}, kHalo{0, 0, 0}, kPeak{255, 255, 255};
constexpr Rgb kBorder{255, 214, 0};       // of superpixels
constexpr std::uint8_t kBarGround = 110;  // the grey of tissue: the bar looks as the overlay does
constexpr int kMargin = 20, kGap = 20, kTextScale = 2, kLineHeight = 24, kBarWidth = 18, kTicks = 5;
constexpr int kTickSpace = 8 * kGlyphAdvance * kTextScale;
constexpr int kChartWidth = 360;

// How a value is laid over the image: weak evidence leaves it to be seen, strong evidence still
// lets its texture through.
struct Tint {
  Rgb colour;
  double opacity = 0;
};

// Of values in [0, 1], or of signed ones in [−1, 1].
class Tints {
 public:
  explicit Tints(bool is_signed) : low_(is_signed ? -1 : 0) {
    for (int i = 0; i <= kLevels; ++i) {
      const double value = low_ + (1 - low_) * i / kLevels;
      table_.push_back({is_signed ? blue_white_red(value) : plasma(value),
                        0.72 * std::pow(std::abs(value), 0.7)});
    }
  }
  Tint operator()(double value) const {
    const double place = (std::clamp(value, low_, 1.0) - low_) / (1 - low_);
    return table_[static_cast<std::size_t>(place * kLevels + 0.5)];
  }
  double low() const { return low_; }

 private:
  static constexpr int kLevels = 1024;
  double low_;
  std::vector<Tint> table_;
};

std::uint8_t level(double value) { return static_cast<std::uint8_t>(std::lround(value)); }

// A plane of the image's size, read between its pixels: bilinear, half-pixel centres.
template <class T>
class Sampler {
 public:
  // plane: (height, width, channels), of which one channel is read.
  Sampler(std::span<const T> plane, int height, int width, int channels = 1, int channel = 0)
      : plane_(plane), height_(height), width_(width), channels_(channels), channel_(channel) {}
  double at(double y, double x) const {
    const double row = std::clamp(y - 0.5, 0.0, height_ - 1.0);
    const double column = std::clamp(x - 0.5, 0.0, width_ - 1.0);
    const int r = std::min(static_cast<int>(row), std::max(height_ - 2, 0));
    const int c = std::min(static_cast<int>(column), std::max(width_ - 2, 0));
    const double v = row - r, u = column - c;
    return (value(r, c) * (1 - u) + value(r, c + 1) * u) * (1 - v) +
           (value(r + 1, c) * (1 - u) + value(r + 1, c + 1) * u) * v;
  }

 private:
  double value(int r, int c) const {
    const std::size_t pixel =
        static_cast<std::size_t>(std::min(r, height_ - 1)) * width_ + std::min(c, width_ - 1);
    return plane_[pixel * channels_ + channel_];
  }
  std::span<const T> plane_;
  int height_, width_, channels_, channel_;
};

std::vector<std::string> wrap(const std::string& text, std::size_t columns) {
  std::vector<std::string> lines(1);
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    std::string& line = lines.back();
    if (line.empty()) line = word;
    else if (line.size() + 1 + word.size() <= columns) line += " " + word;
    else lines.push_back(word);
  }
  return lines;
}

// A place in a panel, in enlarged pixels.
struct Place {
  int x = 0, y = 0;
};

// The outline of a mask, enlarged: where the neighbourhood of a pixel, `reach` pixels wide, has
// both inside and outside. Only the surroundings of the mask are looked at.
std::vector<Place> mask_outline(const Overlay& overlay, int scale, int reach) {
  const Sampler<std::uint8_t> mask(overlay.mask, overlay.height, overlay.width);
  const int height = overlay.height * scale, width = overlay.width * scale;
  int top = overlay.height, bottom = -1, left = overlay.width, right = -1;
  for (int y = 0; y < overlay.height; ++y)
    for (int x = 0; x < overlay.width; ++x) {
      if (!overlay.mask[static_cast<std::size_t>(y) * overlay.width + x]) continue;
      top = std::min(top, y), bottom = std::max(bottom, y);
      left = std::min(left, x), right = std::max(right, x);
    }
  std::vector<std::uint8_t> inside(static_cast<std::size_t>(height) * width);
  const int y_first = std::max((top - 1) * scale, 0),
            y_end = std::min((bottom + 2) * scale, height);
  const int x_first = std::max((left - 1) * scale, 0), x_end = std::min((right + 2) * scale, width);
  for (int y = y_first; y < y_end; ++y)
    for (int x = x_first; x < x_end; ++x)
      inside[static_cast<std::size_t>(y) * width + x] =
          mask.at((y + 0.5) / scale, (x + 0.5) / scale) >= 127.5;
  std::vector<Place> outline;
  for (int y = y_first; y < y_end; ++y)
    for (int x = x_first; x < x_end; ++x) {
      bool any = false, all = true;
      for (int row = std::max(y - reach, 0); row <= std::min(y + reach + 1, height - 1); ++row)
        for (int column = std::max(x - reach, 0); column <= std::min(x + reach + 1, width - 1);
             ++column) {
          const bool in = inside[static_cast<std::size_t>(row) * width + column];
          any |= in;
          all &= in;
        }
      if (any && !all) outline.push_back({x, y});
    }
  return outline;
}

void draw_annotation(Canvas& canvas, const Overlay& overlay, int left, int top, int scale) {
  if (!overlay.mask.empty()) {
    for (const Place place : mask_outline(overlay, scale, 1))
      canvas.blend(left + place.x, top + place.y, kHalo, 0.5);
    for (const Place place : mask_outline(overlay, scale, 0))
      canvas.blend(left + place.x, top + place.y, kAnnotation);
  } else if (overlay.circle) {
    const Canvas::Window window{left, top, overlay.width * scale, overlay.height * scale};
    const double x = left + overlay.circle->x * scale, y = top + overlay.circle->y * scale;
    const double radius = overlay.circle->radius * scale;
    canvas.ring(x, y, radius, 4, kHalo, window);
    canvas.ring(x, y, radius, 2, kAnnotation, window);
  }
}

// Lines between superpixels, on the first enlarged pixel of the later one.
void draw_borders(Canvas& canvas, const Overlay& overlay, int left, int top, int scale,
                  double opacity) {
  const auto label = [&](int y, int x) {
    return overlay.segments[static_cast<std::size_t>(y) * overlay.width + x];
  };
  for (int y = 0; y < overlay.height; ++y)
    for (int x = 0; x < overlay.width; ++x)
      for (int i = 0; i < scale; ++i) {
        if (x > 0 && label(y, x) != label(y, x - 1))
          canvas.blend(left + x * scale, top + y * scale + i, kBorder, opacity);
        if (y > 0 && label(y, x) != label(y - 1, x))
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

void draw_panel(Canvas& canvas, const Overlay& overlay, const Tints& tint_of, int left, int top,
                int scale, bool with_map) {
  const bool rgb = overlay.image.size() > overlay.map.size();
  const auto channel = [&](int c) {
    return Sampler<std::uint8_t>(overlay.image, overlay.height, overlay.width, rgb ? 3 : 1,
                                 rgb ? c : 0);
  };
  const Sampler<std::uint8_t> red = channel(0), green = channel(1), blue = channel(2);
  const Sampler<float> map(overlay.map, overlay.height, overlay.width);
  for (int y = 0; y < overlay.height * scale; ++y)
    for (int x = 0; x < overlay.width * scale; ++x) {
      const double row = (y + 0.5) / scale, column = (x + 0.5) / scale;
      canvas.blend(
          left + x, top + y,
          {level(red.at(row, column)), level(green.at(row, column)), level(blue.at(row, column))});
      if (!with_map) continue;
      const Tint tint = tint_of(map.at(row, column));
      canvas.blend(left + x, top + y, tint.colour, tint.opacity);
    }
  if (!overlay.segments.empty())
    draw_borders(canvas, overlay, left, top, scale, with_map ? 0.35 : 0.8);
  draw_annotation(canvas, overlay, left, top, scale);
  if (!with_map) draw_numbers(canvas, overlay, left, top, scale);
  if (with_map) draw_peak(canvas, overlay, left, top, scale);
  canvas.frame(left - 1, top - 1, overlay.width * scale + 2, overlay.height * scale + 2, kFrame);
}

void draw_colour_bar(Canvas& canvas, const Overlay& overlay, const Tints& tint_of, int left,
                     int top, int height) {
  for (int y = 0; y < height; ++y) {
    const Tint tint = tint_of(1 - (1 - tint_of.low()) * (y + 0.5) / height);
    for (int x = 0; x < kBarWidth; ++x) {
      canvas.blend(left + x, top + y, {kBarGround, kBarGround, kBarGround});
      canvas.blend(left + x, top + y, tint.colour, tint.opacity);
    }
  }
  canvas.frame(left - 1, top - 1, kBarWidth + 2, height + 2, kFrame);
  for (int tick = 0; tick < kTicks; ++tick) {
    const double part = static_cast<double>(tick) / (kTicks - 1);
    const int y = top + static_cast<int>(std::lround((1 - part) * (height - 1)));
    canvas.fill(left + kBarWidth, y, 5, 1, kText);
    const int text_top = std::clamp(y - 7, top, top + height - 14);
    canvas.text(left + kBarWidth + 9, text_top,
                short_number(overlay.low + part * (overlay.high - overlay.low)), kText, kTextScale);
  }
}

}  // namespace

Canvas draw_overlay(const Overlay& overlay) {
  const std::size_t count = static_cast<std::size_t>(overlay.height) * overlay.width;
  require(overlay.height >= 1 && overlay.width >= 1 &&
              (overlay.image.size() == count || overlay.image.size() == 3 * count) &&
              overlay.map.size() == count &&
              (overlay.mask.empty() || overlay.mask.size() == count) &&
              (overlay.segments.empty() || overlay.segments.size() == count) &&
              (overlay.bars.attributions.empty() || !overlay.segments.empty()) &&
              (overlay.bars.standard_errors.empty() ||
               overlay.bars.standard_errors.size() == overlay.bars.attributions.size()),
          "overlay: image of ", overlay.image.size(), ", map of ", overlay.map.size(), ", mask of ",
          overlay.mask.size(), " and superpixels of ", overlay.segments.size(),
          " values do not fit ", overlay.height, " x ", overlay.width);
  const int longest = std::max(overlay.height, overlay.width);
  const int scale = (kMinPanelSide + longest - 1) / longest;
  const int panel_width = overlay.width * scale, panel_height = overlay.height * scale;
  const int right_panel = kMargin + panel_width + kGap;
  const int bar = right_panel + panel_width + kGap;
  const int chart = bar + kBarWidth + 9 + kTickSpace;
  const bool has_chart = !overlay.bars.attributions.empty();
  const int width = std::max(chart + (has_chart ? kChartWidth : 0) + kMargin / 2, 640);

  const auto columns =
      static_cast<std::size_t>((width - 2 * kMargin) / (kGlyphAdvance * kTextScale));
  const std::vector<std::string> title = wrap(overlay.title, columns);
  std::vector<std::string> below;
  for (const std::string& caption : overlay.captions)
    for (std::string& line : wrap(caption, columns)) below.push_back(std::move(line));

  const int panels_top = kMargin + static_cast<int>(title.size()) * kLineHeight + 2;
  const int below_top = panels_top + panel_height + kGap - 4;
  const int height = below_top + static_cast<int>(below.size()) * kLineHeight + kMargin - 8;

  Canvas canvas(width, height, kBackground);
  for (std::size_t i = 0; i < title.size(); ++i)
    canvas.text(kMargin, kMargin - 4 + static_cast<int>(i) * kLineHeight, title[i], kText,
                kTextScale);
  const Tints tint_of(overlay.is_signed);
  draw_panel(canvas, overlay, tint_of, kMargin, panels_top, scale, false);
  draw_panel(canvas, overlay, tint_of, right_panel, panels_top, scale, true);
  draw_colour_bar(canvas, overlay, tint_of, bar, panels_top, panel_height);
  if (has_chart)
    draw_bar_chart(canvas, overlay.bars, {chart, panels_top, kChartWidth, panel_height});
  for (std::size_t i = 0; i < below.size(); ++i)
    canvas.text(kMargin, below_top + static_cast<int>(i) * kLineHeight, below[i], kText,
                kTextScale);
  return canvas;
}

}  // namespace pellucid
