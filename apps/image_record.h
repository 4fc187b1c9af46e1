// image_record.h: what pellucid-explain wrote about one image, ID.json, read back.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/formats/json.h"

namespace pellucid {

// A figure of a map by which methods are compared, in the order of tables.
struct MapFigure {
  std::string_view name;   // of options and files: "deletion_auc"
  std::string_view title;  // "deletion AUC"
  int better;              // 1: high is better, −1: low is, 0: neither
};
const std::vector<MapFigure>& map_figures();

struct MapRecord {
  std::string id;
  std::string group;          // whose image it is; empty: of none
  std::filesystem::path map;  // ID.METHOD.npy
  // By name of the figure; one that is not defined for this map is left out.
  std::map<std::string, double, std::less<>> figures;
};

struct ImageRecord {
  std::string id;
  Json settings;                                           // of the run
  std::vector<std::pair<std::string, MapRecord>> methods;  // each once, with its map
};
// Throws Error "FILE: WHAT (found …; expected …)".
ImageRecord read_image_record(const std::filesystem::path& file);

}  // namespace pellucid
