// bar_chart.h: the strongest superpixels as bars, each with its number, its attribution and how sure
// it is, beside a picture.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "explain/picture/canvas.h"

namespace pellucid {

inline constexpr Rgb kPictureText{232, 232, 232};  // of all words in a picture
inline constexpr int kTextScale = 2;

// attributions: of each superpixel; standard_errors: likewise, or empty where they are not known.
struct BarChart {
  std::span<const double> attributions, standard_errors;
};

// The superpixels of the chart, the strongest first; the n-th is called n in pictures, from 1. At most
// kMostBars, none without attribution.
inline constexpr int kMostBars = 12;
std::vector<int> strongest_superpixels(std::span<const double> attributions);

// Into `window`, about 300 × 300 pixels at least. Bars for in red, against in blue, whiskers of ± 1.96
// standard errors.
void draw_bar_chart(Canvas& canvas, const BarChart& chart, const Canvas::Window& window);

// A number as pictures print it, three digits.
std::string short_number(double value);

}  // namespace pellucid
