#include "explain/picture/interval_plot.h"

#include <fmt/format.h>

#include <algorithm>

#include "explain/picture/axes.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

constexpr double kNames = 190, kPanel = 190, kGap = 26, kRow = 24, kTop = 56, kBottom = 40;
constexpr std::size_t kAcross = 4;  // panels side by side
constexpr std::string_view kInk = "#000000", kGridLine = "#dddddd", kZero = "#888888";

// The range of all intervals of a figure, with 0 where they are differences.
AxisRange range_of(const Json& rows, const std::string& name) {
  bool first = true;
  AxisRange range;
  const auto hold = [&](double value) {
    range.low = first ? value : std::min(range.low, value);
    range.high = first ? value : std::max(range.high, value);
    first = false;
  };
  for (const Json& row : rows) {
    const Json& cell = row[name];
    if (cell.is_null()) continue;
    for (const Json& end : cell["interval"]) hold(end.get<double>());
    if (cell.contains("difference")) hold(0);
  }
  const double margin = range.high > range.low ? 0.06 * (range.high - range.low) : 0.5;
  return {range.low - margin, range.high + margin};
}

}  // namespace

std::string interval_plot_svg(const Json& comparison) {
  const Json &figures = comparison["figures"], &rows = comparison["rows"];
  require(!figures.empty(), "interval plot: no figure to draw");
  const std::size_t across = std::min(figures.size(), kAcross);
  const std::size_t down = (figures.size() + across - 1) / across;
  const double height = kRow * static_cast<double>(rows.size()), step = kTop + height + kBottom;
  Svg svg(kNames + (kPanel + kGap) * static_cast<double>(across), step * static_cast<double>(down),
          "Means and their 95 % intervals");
  for (std::size_t f = 0; f < figures.size(); ++f) {
    const Json& figure = figures[f];
    const std::string name = figure["name"].get<std::string>();
    const int better = figure["better"].get<int>();
    const double left = kNames + (kPanel + kGap) * static_cast<double>(f % across);
    const double top = kTop + step * static_cast<double>(f / across);
    const auto middle = [&](std::size_t row) {
      return top + kRow * (static_cast<double>(row) + 0.5);
    };
    for (std::size_t r = 0; f % across == 0 && r < rows.size(); ++r) {
      const Json& row = rows[r];
      svg.text({kNames - 12, middle(r) + 4},
               shortened((row.contains("method") ? row["method"] : row["name"]).get<std::string>(),
                         12, kNames - 16),
               {12, "end"});
    }
    const AxisRange range = range_of(rows, name);
    const auto place = [&](double value) {
      return left + kPanel * (value - range.low) / (range.high - range.low);
    };
    svg.text({left + kPanel / 2, top - 30}, figure["title"].get<std::string>(), {13, "middle"});
    svg.text({left + kPanel / 2, top - 13},
             better > 0   ? "high is better"
             : better < 0 ? "low is better"
                          : "",
             {11, "middle", "#555555"});
    for (const double tick : axis_ticks(range, 4)) {
      svg.line({place(tick), top}, {place(tick), top + height},
               {tick == 0 ? kZero : kGridLine, 1, ""});
      svg.text({place(tick), top + height + 16}, fmt::format("{:g}", tick), {11, "middle"});
    }
    for (std::size_t r = 0; r < rows.size(); ++r) {
      const Json& cell = rows[r][name];
      if (cell.is_null()) continue;
      const double y = middle(r);
      svg.line({place(cell["interval"][0].get<double>()), y},
               {place(cell["interval"][1].get<double>()), y}, {kSeries[0].colour, 2, ""});
      svg.circle({place(cell[cell.contains("mean") ? "mean" : "difference"].get<double>()), y}, 4,
                 kSeries[0].colour);
    }
    const PlotPoint frame[] = {{left, top},
                               {left + kPanel, top},
                               {left + kPanel, top + height},
                               {left, top + height},
                               {left, top}};
    svg.polyline(frame, {kInk, 1, ""});
  }
  return svg.str();
}

}  // namespace pellucid
