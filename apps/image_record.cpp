#include "apps/image_record.h"

namespace pellucid {
namespace {

constexpr double kLargest = 1e300;

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

ImageRecord read_image_record(const std::filesystem::path& file) {
  const Json json = read_json_file(file.string());
  const JsonView image(json, file.string());
  image.expect_object();
  const JsonView settings = image.at("settings"), explanations = image.at("explanations");
  settings.expect_object();
  ImageRecord out{image.at("id").text(), settings.value(), {}};
  for (std::size_t i = 0; i < explanations.array_size(1); ++i) {
    const JsonView explanation = explanations.element(i);
    const std::string method = explanation.at("method").text();
    for (const auto& [other, record] : out.methods)
      if (other == method) explanation.at("method").fail_expected("each method once");
    out.methods.emplace_back(method, record_of(file.parent_path(), image, explanation));
  }
  return out;
}

}  // namespace pellucid
