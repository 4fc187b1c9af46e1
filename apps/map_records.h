// map_records.h: what pellucid-explain wrote about a set of images, read back to be compared.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "apps/image_record.h"

namespace pellucid {

const std::vector<std::string>& main_figures();  // names of those to begin with

// The maps of one method in a folder.
struct MapSet {
  std::string name;  // "DIR:METHOD"
  std::string method;
  Json settings;                   // of the run
  std::vector<MapRecord> records;  // by id, ascending
};

// Every method's in `folder`, in the order of its records. Throws Error for a folder without a record
// of pellucid-explain, a file that is none or has another image's name, or runs of different settings.
std::vector<MapSet> read_map_sets(const std::filesystem::path& folder);

}  // namespace pellucid
