// map_records.h: what pellucid-explain wrote about a set of images, read back to be compared.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "explain/record/figures.h"
#include "explain/record/image_record.h"

namespace pellucid {

// A map and its figures.
struct MapRecord {
  std::string id;
  std::string group;          // whose image it is; empty: of none
  std::string content;        // of the picture (nn/data/image.h); empty in old records
  std::filesystem::path map;  // ID.METHOD.npy
  std::string map_md5;        // of that file; empty where the record does not tell
  // By name of the figure; one that is not defined for this map is left out.
  std::map<std::string, double, std::less<>> figures;
};

// The maps of one method in a folder.
struct MapSet {
  std::string name;  // "DIR:METHOD"
  std::string method;
  Json settings;                   // of the run, as far as they act on the method
  std::vector<MapRecord> records;  // by id, ascending
};

// Every method's in `folder`, in the order of its records. Throws Error for a folder without a record
// of pellucid-explain, a file that is none or has another image's name, or runs of different settings.
std::vector<MapSet> read_map_sets(const std::filesystem::path& folder);

}  // namespace pellucid
