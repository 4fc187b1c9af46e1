#include "apps/map_records.h"

#include <algorithm>

#include "explain/explainers.h"
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

// Those that act on the method: records of one folder may have been made by several runs, for other methods.
Json settings_of(const MethodSettings& known, Json settings, const std::string& name) {
  settings.erase("method");
  const Method* method = find_method(name);
  Json out = method ? known.without_others(settings, {method}) : settings;
  // One run explains a picture's classes one after the other.
  if (out.contains("target") && out["target"].is_string() &&
      ranked_count(out["target"].get<std::string>()) > 0)
    out["target"] = "topK";
  return out;
}

}  // namespace

std::vector<MapSet> read_map_sets(const std::filesystem::path& folder) {
  const MethodSettings known_settings;
  std::vector<MapSet> sets;
  for (const std::filesystem::path& file : records_in(folder)) {
    const ImageRecord image = read_image_record(file);
    require(image.id == file.stem().string(), file.string(),
            ": id: the record of another image (found '", image.id, "'; expected '",
            file.stem().string(), "')");
    for (const ExplanationRecord& record : image.explanations) {
      const std::string& method = record.method;
      Json settings = settings_of(known_settings, image.settings, method);
      auto set = sets.begin();
      while (set != sets.end() && set->method != method) ++set;
      if (set == sets.end())
        set = sets.insert(sets.end(), {folder.string() + ":" + method, method, settings, {}});
      const std::string difference = first_difference(set->settings, settings, "settings");
      require(difference.empty(), file.string(),
              ": not of the same run as the records before: ", difference);
      set->records.push_back({image.id, image.group, image.content,
                              folder / (image.id + "." + method + ".npy"), record.map_md5,
                              record.figures()});
    }
  }
  return sets;
}

}  // namespace pellucid
