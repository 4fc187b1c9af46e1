#include "apps/study_network.h"

#include <algorithm>
#include <limits>
#include <set>

#include "explain/explainer.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

constexpr std::size_t kMostNetworks = 100, kMostSeeds = 1000;
constexpr int kMostImages = 1000000;

bool names_a_folder(const std::string& name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  return !name.empty() && name.size() <= 100 && name[0] != '.' && name[0] != '-' &&
         name != "logs" && name != "calibration" && std::all_of(name.begin(), name.end(), allowed);
}

std::string text_in(const JsonView& view, std::string_view key) {
  const auto found = view.find(key);
  return found ? found->text() : "";
}

int count_in(const JsonView& view, std::string_view key, int otherwise) {
  const auto found = view.find(key);
  return found ? static_cast<int>(found->integer(0, kMostImages)) : otherwise;
}

Json options_in(const JsonView& view, std::string_view key) {
  const auto found = view.find(key);
  if (!found) return Json::object();
  found->expect_object();
  for (const auto& [name, value] : found->value().items()) {
    const JsonView option = found->at(name);
    if (name.empty() || name[0] == '-') option.fail_expected("an option's name without --");
    if (!value.is_string() && !value.is_number() && !value.is_boolean())
      option.fail_expected("a text, a number, or true");
  }
  return found->value();
}

std::vector<std::string> methods_in(const JsonView& view, std::string_view key) {
  std::vector<std::string> out;
  const auto found = view.find(key);
  if (!found) return out;
  for (std::size_t i = 0; i < found->array_size(); ++i) {
    const JsonView name = found->element(i);
    if (!find_method(name.text())) name.fail_expected("the name of a method");
    if (std::find(out.begin(), out.end(), name.text()) != out.end())
      name.fail_expected("each method once");
    out.push_back(name.text());
  }
  return out;
}

StudyNetwork read_network(const JsonView& view) {
  view.expect_keys({"name", "data", "training", "explaining", "given", "seeds", "folds", "methods",
                    "images", "sanity_images", "sanity_methods", "profile_images"});
  StudyNetwork out;
  out.name = view.at("name").text();
  if (!names_a_folder(out.name))
    view.at("name").fail_expected("letters, digits, '-', '_' and '.', which name a folder");
  out.data = options_in(view, "data");
  out.training = options_in(view, "training");
  out.explaining = options_in(view, "explaining");
  out.given = text_in(view, "given");
  if (const auto seeds = view.find("seeds"))
    for (std::size_t i = 0; i < seeds->array_size(0, kMostSeeds); ++i)
      out.seeds.push_back(static_cast<std::uint64_t>(
          seeds->element(i).integer(0, std::numeric_limits<std::int64_t>::max())));
  if (out.seeds.empty() && out.given.empty()) view.fail_expected("seeds, or a network given");
  out.folds = count_in(view, "folds", 0);
  out.methods = methods_in(view, "methods");
  out.images = count_in(view, "images", 0);
  out.sanity_images = count_in(view, "sanity_images", 0);
  out.sanity_methods = methods_in(view, "sanity_methods");
  out.profile_images = count_in(view, "profile_images", 0);
  return out;
}

std::vector<std::string> every_method() { return names_of(all_methods()); }

// RISE's thousands of soft masks share nothing: with ten noisy copies and every layer drawn anew it takes minutes a
// picture.
std::vector<std::string> methods_but_rise() {
  std::vector<std::string> out = every_method();
  std::erase(out, "rise");
  return out;
}

StudyNetwork phantom_network() {
  StudyNetwork out;
  out.name = "phantom";
  out.data = {{"data", "phantom"}};
  out.training = {{"model", "tiny"}, {"epochs", 24}, {"lr", 0.003}};
  out.explaining = {
      {"segmenter", "slic"}, {"target", "true"}, {"score", "probability"}, {"pictures", 12}};
  out.seeds = {1, 2, 3};
  out.methods = every_method();
  out.images = 24;
  out.sanity_images = 4;
  out.sanity_methods = methods_but_rise();
  out.profile_images = 1;
  return out;
}

StudyNetwork mias_network(const std::string& name, const std::string& data,
                          const std::string& protocol) {
  StudyNetwork out;
  out.name = name;
  out.data = {{"data", data}, {"protocol", protocol}};
  out.training = {{"model", "balve2024"}};
  return out;
}

void explain_with_all(StudyNetwork& network) {
  network.explaining = {{"target", "true"}, {"score", "probability"}, {"pictures", 12}};
  network.methods = every_method();
  network.sanity_images = 4;
  network.sanity_methods = methods_but_rise();
  network.profile_images = 1;
}

StudyNetwork folds_network(const std::string& data, const std::string& protocol) {
  StudyNetwork out = mias_network(protocol + "-folds", data, protocol);
  out.data["data-seed"] = "{seed}";
  out.folds = 5;
  out.seeds = {1, 2};
  return out;
}

StudyNetwork fixed_scale_network(const std::string& data) {
  StudyNetwork out = mias_network("fixed-scale", data, "fixed-scale");
  out.data["split"] = "woman";
  out.seeds = {1};
  explain_with_all(out);
  return out;
}

StudyNetwork paper_network(const std::string& data) {
  StudyNetwork out = mias_network("paper", data, "paper");
  out.data["split"] = "paper";
  for (std::uint64_t seed = 1; seed <= 10; ++seed) out.seeds.push_back(seed);
  explain_with_all(out);
  return out;
}

}  // namespace

std::vector<StudyNetwork> read_networks(const Json& document, const std::string& file) {
  const JsonView view(document, file);
  view.expect_keys({"networks"});
  const JsonView list = view.at("networks");
  std::vector<StudyNetwork> out;
  std::set<std::string> names;
  for (std::size_t i = 0; i < list.array_size(1, kMostNetworks); ++i) {
    out.push_back(read_network(list.element(i)));
    if (!names.insert(out.back().name).second)
      list.element(i).at("name").fail_expected("each network once");
  }
  return out;
}

Json describe_networks(const std::vector<StudyNetwork>& networks) {
  Json list = Json::array();
  for (const StudyNetwork& network : networks) {
    Json one = {{"name", network.name}, {"data", network.data}};
    if (network.given.empty()) {
      one["training"] = network.training;
      one["seeds"] = network.seeds;
      one["folds"] = network.folds;
    } else {
      one["given"] = network.given;
    }
    one.update({{"methods", network.methods},
                {"images", network.images},
                {"explaining", network.explaining},
                {"sanity_images", network.sanity_images},
                {"sanity_methods", network.sanity_methods},
                {"profile_images", network.profile_images}});
    list.push_back(std::move(one));
  }
  return {{"networks", std::move(list)}};
}

std::vector<StudyNetwork> preset_networks(const std::string& preset, const std::string& data) {
  if (preset == "phantom") return {phantom_network()};
  if (preset != "paper" && preset != "fixed-scale")
    throw UsageError(concat("unknown preset '", preset, "' (known: paper, fixed-scale, phantom)"));
  if (data.empty())
    throw UsageError(concat("--preset ", preset, " needs --data, the folder of mini-MIAS"));
  if (preset == "fixed-scale")
    return {fixed_scale_network(data), folds_network(data, "fixed-scale")};
  StudyNetwork phantom = phantom_network();
  phantom.seeds = {1};
  phantom.images = 0;
  phantom.sanity_images = 40;
  return {paper_network(data), fixed_scale_network(data), phantom, folds_network(data, "paper"),
          folds_network(data, "fixed-scale")};
}

StudyNetwork network_of_data(const std::string& name) {
  StudyNetwork out;
  out.name = name;
  out.seeds = {1, 2, 3};
  explain_with_all(out);
  out.images = 24;
  return out;
}

std::vector<std::string> arguments_of(const Json& options, const std::string& seed) {
  std::vector<std::string> out;
  for (const auto& [name, value] : options.items()) {
    if (value.is_boolean() && !value.get<bool>()) continue;
    out.push_back("--" + name);
    if (value.is_boolean()) continue;
    std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    if (const std::size_t at = text.find("{seed}"); at != text.npos) text.replace(at, 6, seed);
    out.push_back(std::move(text));
  }
  return out;
}

}  // namespace pellucid
