#include "apps/study_result.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "apps/map_comparison.h"
#include "apps/version.h"
#include "explain/explainer.h"
#include "explain/picture/interval_plot.h"
#include "explain/record/image_record.h"
#include "runtime/error.h"
#include "runtime/file.h"

namespace pellucid {
namespace {

bool is_there(const std::filesystem::path& file) {
  std::error_code none;
  return std::filesystem::exists(file, none);
}

Json run_figures(const Json& figures) {
  Json out = Json::object();
  for (const char* key :
       {"samples", "class_names", "accuracy", "accuracy_interval", "balanced_accuracy",
        "balanced_accuracy_interval", "confusion_matrix", "loss", "network_advantage",
        "network_advantage_interval", "as_good_as_network"})
    if (figures.contains(key)) out[key] = figures[key];
  out["auc"] = Json::array();
  if (figures.contains("classes"))
    for (const Json& each : figures["classes"]) out["auc"].push_back(part_at(each, "auc"));
  return out;
}

// Mean and standard deviation; the latter null of one value.
Json spread_of(const std::vector<double>& values) {
  double sum = 0, squares = 0;
  for (const double value : values) sum += value;
  const auto count = static_cast<double>(values.size());
  const double mean = sum / count;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return {
      {"mean", mean},
      {"deviation", values.size() > 1 ? Json(std::sqrt(squares / (count - 1))) : Json(nullptr)}};
}

Json mean_of_runs(const Json& runs) {
  if (runs.empty()) return nullptr;
  Json out = {{"runs", runs.size()}};
  for (const char* key : {"accuracy", "balanced_accuracy"}) {
    std::vector<double> values;
    for (const Json& run : runs)
      if (part_at(run, key).is_number()) values.push_back(run[key].get<double>());
    out[key] = values.empty() ? Json(nullptr) : spread_of(values);
  }
  Json& mean = out["confusion_matrix"] = runs[0]["confusion_matrix"];
  for (std::size_t i = 0; i < mean.size(); ++i)
    for (std::size_t j = 0; j < mean[i].size(); ++j) {
      double sum = 0;
      for (const Json& run : runs) sum += run["confusion_matrix"][i][j].get<double>();
      mean[i][j] = sum / static_cast<double>(runs.size());
    }
  return out;
}

double median_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

std::vector<std::filesystem::path> record_files(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> out;
  std::error_code failed;
  for (std::filesystem::directory_iterator file(folder, failed), end; !failed && file != end;
       file.increment(failed))
    if (file->path().extension() == ".json") out.push_back(file->path());
  std::sort(out.begin(), out.end());
  return out;
}

// What comparison.json does not tell of a method: costs by median, and what was said of its maps.
struct MethodFacts {
  std::vector<double> seconds;
  double peak_bytes = 0;
  std::map<std::string, std::vector<double>> stages;
  int uniform = 0;
  std::map<std::string, int> warnings;
};

struct MapFacts {
  std::map<std::string, MethodFacts> methods;
  int images = 0, lesions = 0;
  double lesion_share = 0;  // their sum
};

MapFacts facts_of(const std::filesystem::path& folder) {
  MapFacts out;
  for (const std::filesystem::path& file : record_files(folder)) {
    const Json document = read_json_file(file.string());
    const ImageRecord record = image_record(document, file.string());
    ++out.images;
    if (record.explanations[0].peak_in_lesion) {
      ++out.lesions;
      out.lesion_share += record.explanations[0].lesion_share;
    }
    for (std::size_t i = 0; i < record.explanations.size(); ++i) {
      const ExplanationRecord& one = record.explanations[i];
      const JsonView cost =
          JsonView(document, file.string()).at("explanations").element(i).at("cost");
      MethodFacts& facts = out.methods[one.method];
      facts.seconds.push_back(one.seconds);
      facts.uniform += one.uniform;
      for (const std::string& warning : one.warnings) ++facts.warnings[warning];
      if (const auto peak = cost.find("peak_device_bytes"))
        facts.peak_bytes = std::max(facts.peak_bytes, peak->number(0, 1e18));
      if (const auto stages = cost.find("stages")) {
        stages->expect_object();
        for (const auto& [name, seconds] : stages->value().items())
          facts.stages[name].push_back(stages->at(name).number(0, 1e12));
      }
    }
  }
  return out;
}

std::vector<std::string> all_figures() {
  std::vector<std::string> out;
  for (const MapFigure& figure : map_figures()) out.emplace_back(figure.name);
  return out;
}

// Of maps as they are: pellucid-compare's document. Nothing without records.
std::optional<Json> comparison_of(const std::filesystem::path& folder) {
  if (record_files(folder).empty()) return std::nullopt;
  Json out = {{"program", "pellucid-compare"}, {"version", version()}};
  out.update(describe_maps(read_map_sets(folder), all_figures()));
  return out;
}

Json method_rows(const Json& comparison, const MapFacts& facts) {
  Json out = Json::array();
  for (const Json& row : comparison["rows"]) {
    const std::string name = row["method"];
    const MethodFacts& of = facts.methods.at(name);
    const Method* method = find_method(name);
    Json one = {{"method", name},
                {"title", method ? Json(std::string(method->title)) : Json(name)}};
    for (const auto& [key, value] : row.items())
      if (key != "name" && key != "method" && key != "forwards") one[key] = value;
    one["milliseconds"] = 1e3 * median_of(of.seconds);
    one["forwards"] = row["forwards"]["mean"];
    one["peak_device_bytes"] = of.peak_bytes;
    one["stages"] = Json::object();
    for (const auto& [stage, seconds] : of.stages) one["stages"][stage] = 1e3 * median_of(seconds);
    one["uniform"] = of.uniform;
    one["warnings"] = of.warnings;
    out.push_back(std::move(one));
  }
  return out;
}

// Of each method: the mean rank correlation with the map of drawn weights, layer by layer, and sensitivity-max.
Json sanity_rows(const std::filesystem::path& folder) {
  struct Sums {
    int images = 0;
    std::vector<double> sensitivity;
    std::vector<std::pair<std::string, std::vector<double>>> layers;  // in their order
  };
  std::vector<std::pair<std::string, Sums>> methods;
  const auto entry = [](auto& list, const std::string& name) -> auto& {
    for (auto& each : list)
      if (each.first == name) return each.second;
    return list.emplace_back(name, typename std::decay_t<decltype(list)>::value_type::second_type{})
        .second;
  };
  for (const std::filesystem::path& file : record_files(folder))
    for (const ExplanationRecord& one : read_image_record(file).explanations) {
      Sums& sums = entry(methods, one.method);
      ++sums.images;
      if (part_at(one.scores, "sensitivity_max").is_number())
        sums.sensitivity.push_back(one.scores["sensitivity_max"].get<double>());
      const Json& layers = part_at(one.scores, "randomization_spearman");
      if (!layers.is_object()) continue;
      for (const auto& [layer, value] : layers.items()) {
        std::vector<double>& values = entry(sums.layers, layer);
        if (value.is_number()) values.push_back(value.get<double>());
      }
    }
  Json out = Json::array();
  for (const auto& [method, sums] : methods) {
    Json layers = Json::object();
    for (const auto& [layer, values] : sums.layers)
      layers[layer] = values.empty() ? Json(nullptr) : spread_of(values)["mean"];
    out.push_back(
        {{"method", method},
         {"images", sums.images},
         {"randomization_spearman", std::move(layers)},
         {"sensitivity_max",
          sums.sensitivity.empty() ? Json(nullptr) : spread_of(sums.sensitivity)["mean"]}});
  }
  return out;
}

Json runs_of(const std::filesystem::path& folder, const StudyNetwork& network, Json& baselines) {
  Json out = Json::array();
  const std::size_t runs = network.given.empty() ? network.seeds.size() : 1;
  for (std::size_t run = 0; run < runs; ++run) {
    const std::string to = network.name + "/" + run_name(network, run);
    if (!is_there(folder / to / "evaluation.json")) continue;
    const Json figures = read_json_file((folder / to / "evaluation.json").string());
    const Json& found = part_at(figures, "baselines");
    if (baselines.is_null() && found.is_object()) baselines = found;
    Json one = {{"seed", network.given.empty() ? Json(network.seeds[run]) : Json(nullptr)},
                {"folder", to},
                {"model", run_model(network, run)}};
    one.update(run_figures(figures));
    out.push_back(std::move(one));
  }
  return out;
}

std::vector<std::string> network_warnings(const Json& network) {
  std::vector<std::string> out;
  if (part_at(network["blur"], "as_good_as_network") == true)
    out.push_back("blur alone, one number a picture, classifies as well as this network");
  for (const Json& method : network["methods"])
    for (const auto& [text, images] : method["warnings"].items())
      out.push_back(concat(method["method"].get<std::string>(), ": ", text, " (", images, " of ",
                           method["images"], " images)"));
  for (const Json& row : network["sanity"]) {
    const Json& layers = row["randomization_spearman"];
    if (layers.empty() || !layers.back().is_number()) continue;
    const double all = layers.back().get<double>();
    if (std::abs(all) > 0.5)
      out.push_back(
          concat(row["method"].get<std::string>(), ": does not follow the weights (mean Spearman ",
                 std::round(all * 100) / 100, " with all of them drawn anew, above 0.5 in size)"));
  }
  return out;
}

Json network_result(const std::filesystem::path& folder, const StudyNetwork& network) {
  const std::filesystem::path of = folder / network.name;
  Json out = {{"name", network.name}}, baselines;
  if (is_there(of / "data.json")) {
    const Json data = read_json_file((of / "data.json").string());
    for (const char* key :
         {"source", "protocol", "split", "content_hash", "class_names", "samples_by_class"})
      out[key] = part_at(data, key);
  }
  out["runs"] = runs_of(folder, network, baselines);
  out["mean"] = mean_of_runs(out["runs"]);
  for (const char* rule : {"majority", "blur"}) {
    const Json& figures = part_at(baselines, rule);
    out[rule] = figures.is_object() ? run_figures(figures) : Json(nullptr);
  }
  out["methods"] = out["sanity"] = Json::array();
  if (const auto comparison = comparison_of(of / "maps")) {
    const MapFacts facts = facts_of(of / "maps");
    out["images"] = facts.images;
    out["lesions"] = facts.lesions;
    out["lesion_share"] = facts.lesions ? Json(facts.lesion_share / facts.lesions) : Json(nullptr);
    out["methods"] = method_rows(*comparison, facts);
    write_text_file(of / "comparison.json", to_text(*comparison, 2) + "\n");
    write_text_file(of / "comparison.svg", interval_plot_svg(*comparison));
  }
  if (const auto comparison = comparison_of(of / "sanity")) {
    out["sanity"] = sanity_rows(of / "sanity");
    write_text_file(of / "sanity.json", to_text(*comparison, 2) + "\n");
  }
  out["warnings"] = network_warnings(out);
  return out;
}

}  // namespace

Json write_study_result(const std::filesystem::path& folder,
                        const std::vector<StudyNetwork>& networks,
                        const std::vector<StudyPart>& parts, const Json& study) {
  Json out = Json::object();
  for (const char* key : {"program", "version", "build", "device", "device_description"})
    out[key] = study[key];
  out["networks"] = Json::array();
  for (const StudyNetwork& network : networks)
    out["networks"].push_back(network_result(folder, network));
  Json& counts = out["parts"] = Json::object();
  for (const StudyPart& part : parts) {
    Json& count = counts[to_string(part.outcome.state)];
    count = count.is_null() ? 1 : count.get<int>() + 1;
  }
  out["left_out"] = study["left_out"];
  out["seconds"] = study["seconds"];
  write_text_file(folder / "study-result.json", to_text(out, 2) + "\n");
  write_text_file(folder / "study.txt", study_text(out));
  return out;
}

}  // namespace pellucid
