// axes.h: a frame with two axes in an SVG, and what is drawn in it.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "explain/picture/svg.h"

namespace pellucid {

// Okabe & Ito's colours (2008), told apart with every kind of colour vision; each with a dash of its
// own, for print without colour.
inline constexpr std::array<SvgStroke, 3> kSeries = {
    SvgStroke{"#0072b2", 2, ""}, SvgStroke{"#d55e00", 2, "7 3"}, SvgStroke{"#009e73", 2, "2 3"}};

struct AxisRange {
  double low = 0, high = 1;
};

// About `wished` ticks at 1, 2 or 5 times a power of ten, inside the range.
std::vector<double> axis_ticks(const AxisRange& range, int wished = 5);

inline constexpr double kTitleText = 13;  // size of a title's letters
inline constexpr double kLegendTop = 56, kLegendLine = 17;

struct AxesOptions {
  double left = 0, top = 0, width = 0, height = 0;  // of the frame; labels lie outside
  AxisRange x, y;
  std::string title, x_label, y_label;
};

class Axes {
 public:
  // Draws frame, ticks, grid and labels. svg must outlive it.
  Axes(Svg& svg, const AxesOptions& options);

  // Data → pixels of the SVG; outside the range to the nearest edge.
  PlotPoint place(PlotPoint data) const;

  void curve(std::span<const PlotPoint> data, const SvgStroke& stroke);
  // Between two curves over the same x.
  void band(std::span<const PlotPoint> lower, std::span<const PlotPoint> upper,
            std::string_view colour);
  void vertical(double x, const SvgStroke& stroke);
  // A line of the legend, below the axis: kLegendLine pixels each, from kLegendTop below the frame.
  void legend(std::string_view text, const SvgStroke& stroke);

 private:
  Svg& svg_;
  AxesOptions o_;
  int legends_ = 0;
};

}  // namespace pellucid
