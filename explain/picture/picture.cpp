#include "explain/picture/picture.h"

#include <algorithm>
#include <cmath>

#include "explain/picture/panels.h"
#include "runtime/error.h"
#include "runtime/formats/text.h"

namespace pellucid {
namespace {

constexpr Rgb kBackground{24, 24, 28};
constexpr std::uint8_t kBarGround = 110;  // the grey of tissue: the bar looks as the overlay does
constexpr int kMargin = 20, kPanelGap = 20, kLineHeight = 24, kBarWidth = 18, kTicks = 5;
constexpr int kTickSpace = 8 * kGlyphAdvance * kTextScale;
constexpr int kChartWidth = 360;

std::size_t columns_of(std::string_view text) { return glyphs_of(text).size(); }

// The longest beginning of a text that fits, and at least a character.
std::string_view fitting(std::string_view text, std::size_t columns) {
  std::size_t length = 0;
  while (length < text.size()) {
    const std::size_t next = length + first_character(text.substr(length)).bytes;
    if (length > 0 && columns_of(text.substr(0, next)) > columns) break;
    length = next;
  }
  return text.substr(0, length);
}

// Lines of at most so many columns, broken between words, and in words that are longer than a line.
std::vector<std::string> wrap(std::string_view text, std::size_t columns) {
  std::vector<std::string> lines(1);
  for (std::string_view word : split_words(text)) {
    const std::size_t used = columns_of(lines.back());
    if (used > 0 && used + 1 + columns_of(word) > columns) lines.emplace_back();
    else if (used > 0) lines.back() += " ";
    while (columns_of(word) > columns) {
      const std::string_view part = fitting(word, columns);
      lines.back() = part;
      lines.emplace_back();
      word.remove_prefix(part.size());
    }
    lines.back() += word;
  }
  return lines;
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
    canvas.fill(left + kBarWidth, y, 5, 1, kPictureText);
    const int text_top = std::clamp(y - 7, top, top + height - 14);
    canvas.text(left + kBarWidth + 9, text_top,
                short_number(overlay.low + part * (overlay.high - overlay.low)), kPictureText,
                kTextScale);
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
  const int right_panel = kMargin + panel_width + kPanelGap;
  const int bar = right_panel + panel_width + kPanelGap;
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
  const int below_top = panels_top + panel_height + kPanelGap - 4;
  const int height = below_top + static_cast<int>(below.size()) * kLineHeight + kMargin - 8;

  Canvas canvas(width, height, kBackground);
  for (std::size_t i = 0; i < title.size(); ++i)
    canvas.text(kMargin, kMargin - 4 + static_cast<int>(i) * kLineHeight, title[i], kPictureText,
                kTextScale);
  const Tints& tint_of = Tints::of(overlay.is_signed);
  draw_panels(canvas, overlay, tint_of, kMargin, right_panel, panels_top, scale);
  draw_colour_bar(canvas, overlay, tint_of, bar, panels_top, panel_height);
  if (has_chart)
    draw_bar_chart(canvas, overlay.bars, {chart, panels_top, kChartWidth, panel_height});
  for (std::size_t i = 0; i < below.size(); ++i)
    canvas.text(kMargin, below_top + static_cast<int>(i) * kLineHeight, below[i], kPictureText,
                kTextScale);
  return canvas;
}

}  // namespace pellucid
