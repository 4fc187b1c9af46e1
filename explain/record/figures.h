// figures.h: the figures of maps, by which methods are compared: scores and costs.
#pragma once

#include <string_view>
#include <vector>

namespace pellucid {

struct MapFigure {
  std::string_view name;    // of options and records: "deletion_auc"
  std::string_view title;   // "deletion AUC"
  int better;               // 1: high is better, −1: low is, 0: neither
  bool main = false;        // among the first that a comparison tells
  bool in_summary = false;  // told in the line of scores at the end of a run
};

// In the order of tables.
const std::vector<MapFigure>& map_figures();

}  // namespace pellucid
