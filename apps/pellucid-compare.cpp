// pellucid-compare: which explainer, or which model's explanation, does better over a set of images.
#include <fmt/format.h>

#include <algorithm>

#include "apps/command_line.h"
#include "apps/map_comparison.h"
#include "apps/version.h"
#include "explain/picture/interval_plot.h"
#include "runtime/error.h"
#include "runtime/file.h"
#include "runtime/formats/nearest.h"
#include "runtime/formats/values.h"

namespace pellucid {
namespace {

struct Options {
  std::vector<std::string> maps;
  std::string figures = "main", json, plot;
};

std::vector<std::string> figure_names(const std::string& text) {
  std::vector<std::string> known, main;
  for (const MapFigure& figure : map_figures()) {
    known.emplace_back(figure.name);
    if (figure.main) main.emplace_back(figure.name);
  }
  if (text == "main") return main;
  if (text == "all") return known;
  std::vector<std::string> names = split_list(text, "--figures");
  for (const std::string& name : names)
    if (std::find(known.begin(), known.end(), name) == known.end())
      throw UsageError(concat("unknown figure '", name, "'", did_you_mean(name, known),
                              " (known: ", joined(known), ", main, all)"));
  return names;
}

// "DIR" or "DIR:METHOD", which need not be there if DIR as a whole is.
std::vector<MapSet> sets_of(const std::string& text) {
  std::error_code none;
  const std::size_t colon = text.rfind(':');
  if (colon == text.npos || std::filesystem::exists(text, none)) return read_map_sets(text);
  const std::string method = text.substr(colon + 1);
  std::vector<std::string> known;
  for (MapSet& set : read_map_sets(text.substr(0, colon))) {
    if (set.method == method) return {std::move(set)};
    known.push_back(set.method);
  }
  throw UsageError(concat(text.substr(0, colon), " has no maps of '", method, "'",
                          did_you_mean(method, known), " (it has: ", joined(known), ")"));
}

// Two methods with each other, or each method with itself.
std::vector<std::pair<MapSet, MapSet>> pairs_of(const std::vector<MapSet>& a,
                                                const std::vector<MapSet>& b) {
  if (a.size() == 1 && b.size() == 1) return {{a.front(), b.front()}};
  std::vector<std::pair<MapSet, MapSet>> pairs;
  for (const MapSet& left : a)
    for (const MapSet& right : b)
      if (left.method == right.method) pairs.emplace_back(left, right);
  if (pairs.empty()) throw UsageError("the two have no method in common");
  return pairs;
}

int compare(const Options& options) {
  if (options.maps.empty() || options.maps.size() > 2)
    throw UsageError(
        concat("one or two folders of maps are needed, got ", options.maps.size(), "; see --help"));
  const std::vector<std::string> names = figure_names(options.figures);
  const std::vector<MapSet> first = sets_of(options.maps.front());
  Json result = {{"program", "pellucid-compare"}, {"version", version()}};
  result.update(options.maps.size() == 1
                    ? describe_maps(first, names)
                    : compare_maps(pairs_of(first, sets_of(options.maps.back())), names));
  require(!result["figures"].empty(), "none of the figures is in the maps (--figures ",
          options.figures, "; scores come from pellucid-explain --scores)");
  if (!options.plot.empty()) write_text_file(options.plot, interval_plot_svg(result));
  if (!options.json.empty()) write_json_result(options.json, to_text(result, 2));
  if (options.json != "-") print_result(comparison_text(result));
  return kExitDone;
}

}  // namespace
}  // namespace pellucid

int main(int argc, char** argv) {
  using namespace pellucid;
  CommandLine app("Says which of several explainers, or of two models, gives the better maps.",
                  "pellucid-compare");
  app.footer(
      "MAPS is a folder that pellucid-explain wrote, all its methods, or FOLDER:METHOD. One of "
      "them:\n"
      "the mean of every figure by method. Two: how the second differs from the first on the "
      "images\n"
      "that both have, method by method, or one method with another. Intervals are of 95 %, by a\n"
      "bootstrap of patients, or of images where it is not known whose they are.\n");
  Options options;
  app.add_list("MAPS", options.maps, "DIR", "one or two: DIR or DIR:METHOD");
  app.add_text("--figures", options.figures, "main|all|A,B", "which scores and costs to tell");
  app.add_text("--json", options.json, "FILE",
               "write the comparison as JSON; - for standard output, in place of the table");
  app.add_text("--plot", options.plot, "FILE.svg", "draw means and intervals");
  return run_program(app, argc, argv, [&] { return compare(options); });
}
