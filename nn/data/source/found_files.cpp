#include "nn/data/source/found_files.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "nn/data/codec/image_file.h"
#include "runtime/error.h"
#include "runtime/formats/text.h"

namespace pellucid {
namespace {

namespace fs = std::filesystem;

void find_files_below(const fs::path& folder, FoundFiles& found, std::set<fs::path>& above) {
  std::error_code error;
  std::vector<fs::path> entries;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error))
    if (!is_system_name(entry->path().filename().string())) entries.push_back(entry->path());
  if (error)
    fail(folder.string(), ": cannot be read (found ", error.message(), "; expected a folder)");
  std::sort(entries.begin(), entries.end());
  for (const fs::path& path : entries) {
    const fs::file_status status = fs::status(path, error);
    if (fs::is_directory(status)) {
      const fs::path place = fs::canonical(path, error);
      if (!error && above.insert(place).second) {
        find_files_below(path, found, above);
        above.erase(place);
      } else {
        found.others.push_back(path);  // a link to a folder that it is in
      }
    } else if (fs::is_regular_file(status) && has_image_extension(path)) {
      found.images.push_back(path);
    } else {
      found.others.push_back(path);
    }
  }
}

}  // namespace

FoundFiles find_files(const fs::path& folder) {
  FoundFiles found;
  std::error_code none;
  std::set<fs::path> above;
  for (fs::path each = fs::canonical(folder, none); above.insert(each).second;)
    each = each.parent_path();
  find_files_below(folder, found, above);
  return found;
}

bool is_system_name(const std::string& name) {
  constexpr std::array<std::string_view, 8> kLeftBehind = {"thumbs.db",
                                                           "ehthumbs.db",
                                                           "desktop.ini",
                                                           "__macosx",
                                                           "@eadir",
                                                           "$recycle.bin",
                                                           "system volume information",
                                                           "icon\r"};
  const std::string lower = lower_case(name);
  return name.starts_with('.') ||
         std::find(kLeftBehind.begin(), kLeftBehind.end(), lower) != kLeftBehind.end();
}

std::vector<std::string> notes_of_others(const std::vector<fs::path>& others) {
  if (others.empty()) return {};
  return {concat(others.size(),
                 others.size() == 1 ? " file is no image and left out ("
                                    : " files are no images and left out (the first: ",
                 others.front().filename().string(), "; images are ", image_extensions(), ")")};
}

}  // namespace pellucid
