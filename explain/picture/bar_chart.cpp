#include "explain/picture/bar_chart.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

#include "nn/statistics/intervals.h"

namespace pellucid {
namespace {

constexpr Rgb kAxis{96, 96, 100};
constexpr int kMostStep = 36, kTitleHeight = 26;
constexpr int kNumberWidth = 2 * kGlyphAdvance * kTextScale + 6,
              kValueWidth = 8 * kGlyphAdvance * kTextScale;

}  // namespace

std::string short_number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

std::vector<int> strongest_superpixels(std::span<const double> attributions) {
  std::vector<int> order(attributions.size());
  std::iota(order.begin(), order.end(), 0);
  const auto strength = [&](int j) { return std::abs(attributions[static_cast<std::size_t>(j)]); };
  std::stable_sort(order.begin(), order.end(),
                   [&](int i, int j) { return strength(i) > strength(j); });
  std::erase_if(order, [&](int j) { return strength(j) == 0; });
  if (order.size() > kMostBars) order.resize(kMostBars);
  return order;
}

void draw_bar_chart(Canvas& canvas, const BarChart& chart, const Canvas::Window& window) {
  const std::vector<int> shown = strongest_superpixels(chart.attributions);
  const auto value = [&](int j) { return chart.attributions[static_cast<std::size_t>(j)]; };
  const auto half_width = [&](int j) {
    return chart.standard_errors.empty()
               ? 0.0
               : kTwoSided95 * chart.standard_errors[static_cast<std::size_t>(j)];
  };
  double low = 0, high = 0;
  for (const int j : shown) {
    low = std::min(low, value(j) - half_width(j));
    high = std::max(high, value(j) + half_width(j));
  }
  canvas.text(window.x, window.y, chart.standard_errors.empty() ? "strongest" : "strongest, 95 %",
              kPictureText, kTextScale);
  if (low == high) return;

  const int left = window.x + kNumberWidth, width = window.width - kNumberWidth - kValueWidth;
  const int top = window.y + kTitleHeight;
  const int step = std::min(kMostStep, (window.height - kTitleHeight) / kMostBars);
  const int thickness = step / 2;
  const auto place = [&](double v) {
    return left + static_cast<int>(std::lround((v - low) / (high - low) * (width - 1)));
  };
  const int zero = place(0);
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const int j = shown[i], y = top + static_cast<int>(i) * step;
    const int middle = y + thickness / 2, text_top = middle - 7;
    const int end = place(value(j));
    canvas.text(window.x, text_top, std::to_string(i + 1), kPictureText, kTextScale);
    canvas.fill(std::min(zero, end), y, std::abs(end - zero) + 1, thickness,
                blue_white_red(value(j) > 0 ? 0.8 : -0.8));
    if (half_width(j) > 0) {
      const int from = place(value(j) - half_width(j)), to = place(value(j) + half_width(j));
      canvas.fill(from, middle, to - from + 1, 2, kPictureText);
      for (const int x : {from, to}) canvas.fill(x, y + 2, 2, thickness - 4, kPictureText);
    }
    canvas.text(left + width + 8, text_top, short_number(value(j)), kPictureText, kTextScale);
  }
  canvas.fill(zero, top - 4, 1, static_cast<int>(shown.size()) * step, kAxis);
}

}  // namespace pellucid
