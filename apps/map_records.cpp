#include "apps/map_records.h"

#include <algorithm>

#include "runtime/error.h"

namespace pellucid {
namespace {

std::vector<std::filesystem::path> records_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code failed;
  for (std::filesystem::directory_iterator file(folder, failed), end; !failed && file != end;
       file.increment(failed))
    if (file->path().extension() == ".json") files.push_back(file->path());
  require(!failed, folder.string(), ": cannot be read as a folder (", failed.message(), ")");
  require(!files.empty(), folder.string(),
          ": no record of pellucid-explain (found no .json file; expected ID.json for each image)");
  // "a-b" follows "a", unlike "a-b.json" and "a.json".
  std::sort(files.begin(), files.end(),
            [](const auto& a, const auto& b) { return a.stem() < b.stem(); });
  return files;
}

}  // namespace

const std::vector<std::string>& main_figures() {
  static const std::vector<std::string> names = {"pointing_game", "mass_accuracy", "rank_accuracy",
                                                 "deletion_auc",  "insertion_auc", "road_combined",
                                                 "seconds",       "forwards"};
  return names;
}

std::vector<MapSet> read_map_sets(const std::filesystem::path& folder) {
  std::vector<MapSet> sets;
  for (const std::filesystem::path& file : records_in(folder)) {
    ImageRecord image = read_image_record(file);
    require(image.id == file.stem().string(), file.string(),
            ": id: the record of another image (found '", image.id, "'; expected '",
            file.stem().string(), "')");
    for (auto& [method, record] : image.methods) {
      auto set = sets.begin();
      while (set != sets.end() && set->method != method) ++set;
      if (set == sets.end())
        set = sets.insert(sets.end(), {folder.string() + ":" + method, method, image.settings, {}});
      const std::string difference = first_difference(set->settings, image.settings, "settings");
      require(difference.empty(), file.string(),
              ": not of the same run as the records before: ", difference);
      set->records.push_back(std::move(record));
    }
  }
  return sets;
}

}  // namespace pellucid
