// interval_plot.h: several methods by several figures: a panel a figure, in it a dot and the interval
// of each method's mean.
#pragma once

#include <string>

#include "runtime/formats/json.h"

namespace pellucid {

// comparison: `figures`, at least one, and `rows`, each with a name and, for each figure, null or {mean
// or difference, interval} (apps/map_comparison.h). Differences have a line at 0. An SVG.
std::string interval_plot_svg(const Json& comparison);

}  // namespace pellucid
