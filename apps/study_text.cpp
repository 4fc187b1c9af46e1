// study_text.cpp: the tables of study_result.h for people.
#include <fmt/format.h>

#include <algorithm>

#include "apps/progress.h"
#include "apps/study_result.h"

namespace pellucid {
namespace {

// Characters as they are seen: every byte of UTF-8 but those that continue one.
std::size_t seen_width(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string table_text(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths(rows[0].size());
  for (const auto& row : rows)
    for (std::size_t c = 0; c < row.size(); ++c)
      widths[c] = std::max(widths[c], seen_width(row[c]));
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c)
      line += row[c] + std::string(widths[c] - seen_width(row[c]) + 2, ' ');
    out += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return out;
}

std::string cell_text(const Json& value, const char* format = "{:.3f}") {
  return value.is_number() ? fmt::format(fmt::runtime(format), value.get<double>()) : "-";
}

// "0.75 [0.61, 0.85]"
std::string with_interval(const Json& value, const Json& interval) {
  if (!value.is_number()) return "-";
  if (!interval.is_array() || !interval[0].is_number()) return cell_text(value);
  return fmt::format("{:.3f} [{:.2f}, {:.2f}]", value.get<double>(), interval[0].get<double>(),
                     interval[1].get<double>());
}

std::string matrix_text(const Json& matrix) {
  std::string out;
  for (const Json& row : matrix) {
    out += out.empty() ? "[" : " [";
    for (std::size_t i = 0; i < row.size(); ++i)
      out += fmt::format("{}{:.3g}", i ? " " : "", row[i].get<double>());
    out += "]";
  }
  return out;
}

std::vector<std::string> accuracy_row(const std::string& name, const Json& of) {
  std::string auc;
  for (const Json& each : of["auc"]) auc += (auc.empty() ? "" : " ") + cell_text(each, "{:.2f}");
  return {name, with_interval(of["accuracy"], part_at(of, "accuracy_interval")),
          with_interval(of["balanced_accuracy"], part_at(of, "balanced_accuracy_interval")), auc,
          matrix_text(of["confusion_matrix"])};
}

std::string spread_text(const Json& spread) {
  if (!spread.is_object()) return "-";
  return cell_text(spread["mean"]) +
         (spread["deviation"].is_number() ? " ± " + cell_text(spread["deviation"]) : "");
}

std::string accuracies(const Json& network) {
  std::string classes;
  for (const Json& name : network["runs"][0]["class_names"])
    classes += (classes.empty() ? "" : ", ") + name.get<std::string>();
  std::vector<std::vector<std::string>> rows = {
      {"", "accuracy", "balanced accuracy", "AUC", "confusion, rows true"}};
  for (const Json& run : network["runs"])
    rows.push_back(
        accuracy_row(run["seed"].is_null() ? "given network" : "seed " + run["seed"].dump(), run));
  const Json& mean = network["mean"];
  if (mean["runs"].get<int>() > 1)
    rows.push_back({"mean", spread_text(mean["accuracy"]), spread_text(mean["balanced_accuracy"]),
                    "", matrix_text(mean["confusion_matrix"])});
  if (!network["majority"].is_null())
    rows.push_back(accuracy_row("majority rule", network["majority"]));
  if (!network["blur"].is_null()) rows.push_back(accuracy_row("blur alone", network["blur"]));
  return "Classes: " + classes + ". In brackets: 95 % intervals.\n" + table_text(rows);
}

std::string maps_text(const Json& network) {
  constexpr std::pair<const char*, const char*> figures[] = {
      {"pointing_game", "peak in lesion"}, {"mass_accuracy", "mass in lesion"},
      {"rank_accuracy", "rank accuracy"},  {"deletion_auc", "deletion"},
      {"insertion_auc", "insertion"},      {"road_combined", "ROAD"}};
  std::string out = fmt::format("\n{} test images explained", network["images"].get<int>());
  if (const int lesions = network["lesions"].get<int>())
    out += fmt::format(", {} with a lesion, which covers {:.1f} % of its image on average", lesions,
                       100 * network["lesion_share"].get<double>());
  out += "; milliseconds: the median.\n";
  std::vector<std::vector<std::string>> rows = {{""}};
  for (const auto& [key, title] : figures) rows[0].emplace_back(title);
  rows[0].insert(rows[0].end(), {"forwards", "ms"});
  for (const Json& method : network["methods"]) {
    std::vector<std::string>& row = rows.emplace_back();
    row.push_back(method["method"]);
    for (const auto& [key, title] : figures) {
      const Json& cell = part_at(method, key);
      row.push_back(cell.is_object()
                        ? fmt::format("{:.2f} [{:.2f}, {:.2f}]", cell["mean"].get<double>(),
                                      cell["interval"][0].get<double>(),
                                      cell["interval"][1].get<double>())
                        : "-");
    }
    row.push_back(cell_text(method["forwards"], "{:.0f}"));
    row.push_back(cell_text(method["milliseconds"], "{:.3g}"));
  }
  return out + table_text(rows);
}

std::string sanity_text(const Json& network) {
  const Json& rows_of = network["sanity"];
  std::vector<std::vector<std::string>> rows = {{""}};
  const Json& layers = rows_of[0]["randomization_spearman"];
  for (const auto& [layer, value] : layers.items()) rows[0].push_back("to " + layer);
  rows[0].push_back("sensitivity-max");
  for (const Json& of : rows_of) {
    std::vector<std::string>& row = rows.emplace_back();
    row.push_back(of["method"]);
    for (const auto& [layer, value] : layers.items())
      row.push_back(cell_text(part_at(of["randomization_spearman"], layer.c_str()), "{:.2f}"));
    row.push_back(cell_text(of["sensitivity_max"], "{:.3g}"));
  }
  return fmt::format(
             "\nSpearman with the map of weights drawn anew from the last layer on (near 0 is as "
             "it "
             "should be), {} images:\n",
             rows_of[0]["images"].get<int>()) +
         table_text(rows);
}

}  // namespace

std::string study_text(const Json& result) {
  std::string out;
  for (const Json& network : result["networks"]) {
    out += fmt::format("{}{}\n", out.empty() ? "== " : "\n== ", network["name"].get<std::string>());
    if (!network["runs"].empty()) out += accuracies(network);
    if (!network["methods"].empty()) out += maps_text(network);
    if (!network["sanity"].empty()) out += sanity_text(network);
    for (const Json& warning : network["warnings"])
      out += "warning: " + warning.get<std::string>() + "\n";
  }
  out += "\n";
  for (const Json& text : result["left_out"]) out += "left out: " + text.get<std::string>() + "\n";
  std::string counts;
  for (const auto& [state, count] : result["parts"].items())
    counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", count.get<int>(), state);
  out +=
      fmt::format("parts: {}; {} on {}\n", counts, format_duration(result["seconds"].get<double>()),
                  result["device_description"].get<std::string>());
  return out;
}

}  // namespace pellucid
