// sought_file.h: a file that a record names, where it is now.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace pellucid {

struct SoughtFile {
  std::filesystem::path base;  // the folder from which its name is meant
  std::string name;            // as it was told, or absolute where it was found elsewhere
  std::string problem;         // why it is not there, in words; or empty
};

// The folders from which a relative name in `file` may have been meant: this one, and those above the file.
std::vector<std::filesystem::path> bases_of(const std::filesystem::path& file);

// `name` as `file` tells it, seen from bases_of(file), if it has this hash (any, if it is empty); else the first file
// of its extension and hash in the folders `look` and below. what: of the problem, "model".
SoughtFile seek_file(const std::filesystem::path& file, const std::string& what,
                     const std::string& name, const std::string& md5,
                     const std::vector<std::string>& look);

}  // namespace pellucid
