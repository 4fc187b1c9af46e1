#include "explain/picture/axes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "runtime/error.h"

namespace pellucid {
namespace {

constexpr std::string_view kGrid = "#dddddd";
constexpr double kTickText = 11;

}  // namespace

std::vector<double> axis_ticks(const AxisRange& range, int wished) {
  require(range.low < range.high && wished >= 1, "axis: from ", range.low, " to ", range.high);
  const double rough = (range.high - range.low) / wished;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  const double step = rough <= power       ? power
                      : rough <= 2 * power ? 2 * power
                      : rough <= 5 * power ? 5 * power
                                           : 10 * power;
  std::vector<double> ticks;
  const double slack = 1e-9 * step;
  for (double k = std::ceil((range.low - slack) / step); k * step <= range.high + slack; ++k)
    ticks.push_back(k * step + 0.0);  // never −0
  return ticks;
}

Axes::Axes(Svg& svg, const AxesOptions& options) : svg_(svg), o_(options) {
  const double bottom = o_.top + o_.height, right = o_.left + o_.width;
  const auto label = [](double tick) { return fmt::format("{:g}", std::round(tick * 1e9) / 1e9); };
  for (const double tick : axis_ticks(o_.x)) {
    const double x = place({tick, o_.y.low})[0];
    svg_.line({x, o_.top}, {x, bottom}, {kGrid, 1, ""});
    svg_.text({x, bottom + 15}, label(tick), {kTickText, "middle"});
  }
  for (const double tick : axis_ticks(o_.y)) {
    const double y = place({o_.x.low, tick})[1];
    svg_.line({o_.left, y}, {right, y}, {kGrid, 1, ""});
    svg_.text({o_.left - 6, y + 4}, label(tick), {kTickText, "end"});
  }
  const PlotPoint frame[] = {
      {o_.left, o_.top}, {right, o_.top}, {right, bottom}, {o_.left, bottom}, {o_.left, o_.top}};
  svg_.polyline(frame, {"#444444", 1, ""});
  svg_.text({o_.left + o_.width / 2, o_.top - 8}, o_.title, {kTitleText, "middle"});
  svg_.text({o_.left + o_.width / 2, bottom + 32}, o_.x_label, {kTickText, "middle"});
  svg_.text({o_.left - 38, o_.top + o_.height / 2}, o_.y_label,
            {kTickText, "middle", "#000000", true});
}

PlotPoint Axes::place(PlotPoint data) const {
  const auto share = [](const AxisRange& range, double value) {
    return std::clamp((value - range.low) / (range.high - range.low), 0.0, 1.0);
  };
  return {o_.left + o_.width * share(o_.x, data[0]),
          o_.top + o_.height * (1 - share(o_.y, data[1]))};
}

void Axes::curve(std::span<const PlotPoint> data, const SvgStroke& stroke) {
  std::vector<PlotPoint> points;
  points.reserve(data.size());
  for (const PlotPoint& point : data) points.push_back(place(point));
  if (points.size() == 1) svg_.circle(points[0], 3, stroke.colour);
  else svg_.polyline(points, stroke);
}

void Axes::band(std::span<const PlotPoint> lower, std::span<const PlotPoint> upper,
                std::string_view colour) {
  std::vector<PlotPoint> points;
  points.reserve(lower.size() + upper.size());
  for (const PlotPoint& point : lower) points.push_back(place(point));
  for (std::size_t i = upper.size(); i-- > 0;) points.push_back(place(upper[i]));
  svg_.polygon(points, colour, 0.2);
}

void Axes::vertical(double x, const SvgStroke& stroke) {
  svg_.line(place({x, o_.y.low}), place({x, o_.y.high}), stroke);
}

void Axes::legend(std::string_view text, const SvgStroke& stroke) {
  const double y = o_.top + o_.height + kLegendTop + kLegendLine * legends_++;
  svg_.line({o_.left, y - 4}, {o_.left + 36, y - 4}, stroke);
  svg_.text({o_.left + 44, y}, text, {kTickText, "start"});
}

}  // namespace pellucid
