// svg.h: a small writer of scalable vector graphics (SVG 1.1): lines, areas, text. Lengths are in
// pixels, y downwards. Equal calls give equal bytes.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

namespace pellucid {

using PlotPoint = std::array<double, 2>;  // x, y

struct SvgStroke {
  std::string_view colour = "#000000";
  double width = 1;
  std::string_view dash;  // "6 3": drawn, left out, …; empty: solid
};

struct SvgText {
  double size = 12;
  std::string_view anchor = "start";  // of the point: "start", "middle" or "end"
  std::string_view colour = "#000000";
  bool upwards = false;  // turned by a quarter, counter-clockwise
};

// About how wide a text is, in pixels: by the widths of Helvetica.
double text_width(std::string_view text, double size);
// A text that would be wider, with "…" in place of its middle, so that names that differ in their ends stay
// apart.
std::string shortened(std::string_view text, double size, double width);

class Svg {
 public:
  // title: said by screen readers and shown by viewers.
  Svg(double width, double height, std::string_view title);

  void line(PlotPoint from, PlotPoint to, const SvgStroke& stroke);
  void polyline(std::span<const PlotPoint> points, const SvgStroke& stroke);
  void polygon(std::span<const PlotPoint> points, std::string_view fill, double opacity = 1);
  void rectangle(PlotPoint corner, double width, double height, std::string_view fill);
  void circle(PlotPoint centre, double radius, std::string_view fill);
  void text(PlotPoint at, std::string_view text, const SvgText& style = {});

  std::string str() const;

 private:
  std::string body_;
};

}  // namespace pellucid
