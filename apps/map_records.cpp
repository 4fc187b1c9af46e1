#include "apps/map_records.h"

#include <algorithm>

#include "runtime/error.h"

namespace pellucid {
namespace {

constexpr double kLargest = 1e300;

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

MapRecord record_of(const std::filesystem::path& folder, const JsonView& image,
                    const JsonView& explanation) {
  MapRecord record;
  record.id = image.at("id").text();
  record.map = folder / (record.id + "." + explanation.at("method").text() + ".npy");
  if (const auto group = image.find("group"); group && group->is_text())
    record.group = group->text();
  const JsonView cost = explanation.at("cost");
  record.figures["seconds"] = cost.at("seconds").number(0, kLargest);
  record.figures["forwards"] = cost.at("forwards").number(0, kLargest);
  const auto scores = explanation.find("scores");
  for (const MapFigure& figure : map_figures()) {
    const auto score = scores ? scores->find(figure.name) : std::nullopt;
    if (score && !score->value().is_null())
      record.figures[std::string(figure.name)] = score->number(-kLargest, kLargest);
  }
  // The pointing game is told without --scores too.
  if (const JsonView where = explanation.at("localisation"); !where.value().is_null())
    record.figures.try_emplace("pointing_game", where.at("peak_in_lesion").boolean());
  return record;
}

}  // namespace

const std::vector<MapFigure>& map_figures() {
  static const std::vector<MapFigure> figures = {{"pointing_game", "pointing game", 1},
                                                 {"mass_accuracy", "mass in lesion", 1},
                                                 {"rank_accuracy", "rank accuracy", 1},
                                                 {"deletion_auc", "deletion AUC", -1},
                                                 {"insertion_auc", "insertion AUC", 1},
                                                 {"road_morf", "ROAD MoRF", -1},
                                                 {"road_lerf", "ROAD LeRF", 1},
                                                 {"road_combined", "ROAD", 1},
                                                 {"sparseness", "sparseness", 0},
                                                 {"complexity", "complexity", 0},
                                                 {"sensitivity_max", "sensitivity", -1},
                                                 {"seconds", "seconds", -1},
                                                 {"forwards", "forwards", -1}};
  return figures;
}

const std::vector<std::string>& main_figures() {
  static const std::vector<std::string> names = {"pointing_game", "mass_accuracy", "rank_accuracy",
                                                 "deletion_auc",  "insertion_auc", "road_combined",
                                                 "seconds",       "forwards"};
  return names;
}

ImageRecord read_image_record(const std::filesystem::path& file) {
  const Json json = read_json_file(file.string());
  const JsonView image(json, file.string());
  image.expect_object();
  const JsonView settings = image.at("settings"), explanations = image.at("explanations");
  settings.expect_object();
  ImageRecord out{image.at("id").text(), settings.value(), {}};
  for (std::size_t i = 0; i < explanations.array_size(1); ++i) {
    const JsonView explanation = explanations.element(i);
    const std::string& method = explanation.at("method").text();
    for (const auto& [other, record] : out.methods)
      if (other == method) explanation.at("method").fail_expected("each method once");
    out.methods.emplace_back(method, record_of(file.parent_path(), image, explanation));
  }
  return out;
}

std::vector<MapSet> read_map_sets(const std::filesystem::path& folder) {
  std::vector<MapSet> sets;
  for (const std::filesystem::path& file : records_in(folder)) {
    ImageRecord image = read_image_record(file);
    require(image.id == file.stem().string(), file.string(),
            ": id: the record of another image (found '", image.id, "'; expected '",
            file.stem().string(), "')");
    for (auto& [method, record] : image.methods) {
      auto set = std::find_if(sets.begin(), sets.end(),
                              [&](const MapSet& each) { return each.method == method; });
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
