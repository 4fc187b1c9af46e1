#include "explain/record/image_record.h"

#include <limits>

#include "explain/record/figures.h"

namespace pellucid {
namespace {

constexpr double kLargest = 1e300;
constexpr std::int64_t kMostForwards = std::int64_t{1} << 53;
constexpr int kLongestSide = 1 << 20;

// Numbers and nulls, of which randomization_spearman holds some by layer.
Json checked_scores(const JsonView& scores) {
  scores.expect_object();
  for (const auto& [key, value] : scores.value().items()) {
    const JsonView score = scores.at(key);
    if (value.is_object()) checked_scores(score);
    else if (!value.is_null()) score.number(-kLargest, kLargest);
  }
  return scores.value();
}

std::string text_or_empty(const JsonView& view, std::string_view key) {
  const auto found = view.find(key);
  return found && !found->value().is_null() ? found->text() : "";
}

ExplanationRecord explanation_record(const JsonView& view) {
  ExplanationRecord out;
  out.method = view.at("method").text();
  out.target = view.at("target").at("class").text();
  out.uniform = view.at("uniform").boolean();
  const JsonView map = view.at("map"), cost = view.at("cost");
  out.height = static_cast<int>(map.at("height").integer(1, kLongestSide));
  out.width = static_cast<int>(map.at("width").integer(1, kLongestSide));
  if (const JsonView where = view.at("localisation"); !where.value().is_null()) {
    out.peak_in_lesion = where.at("peak_in_lesion").boolean();
    out.lesion_share = where.at("lesion_share").number(0, 1);
  }
  out.seconds = cost.at("seconds").number(0, kLargest);
  out.forwards = cost.at("forwards").integer(0, kMostForwards);
  if (const auto warnings = view.find("warnings"))
    for (std::size_t i = 0; i < warnings->array_size(); ++i)
      out.warnings.push_back(warnings->element(i).text());
  if (const auto scores = view.find("scores")) out.scores = checked_scores(*scores);
  if (const auto files = view.find("files")) {
    out.map_md5 = files->at("map_md5").text();
    out.pictured = files->find("picture_md5").has_value();
    if (out.pictured) out.picture_md5 = files->at("picture_md5").text();
  }
  return out;
}

}  // namespace

std::map<std::string, double, std::less<>> ExplanationRecord::figures() const {
  std::map<std::string, double, std::less<>> out;
  out["seconds"] = seconds;
  out["forwards"] = static_cast<double>(forwards);
  for (const MapFigure& figure : map_figures()) {
    const std::string name(figure.name);
    if (scores.is_object() && scores.contains(name) && scores[name].is_number())
      out[name] = scores[name].get<double>();
  }
  // The pointing game is told without --scores too.
  if (peak_in_lesion) out.try_emplace("pointing_game", *peak_in_lesion);
  return out;
}

const ExplanationRecord* ImageRecord::find(std::string_view method) const {
  for (const ExplanationRecord& each : explanations)
    if (each.method == method) return &each;
  return nullptr;
}

ImageRecord image_record(const Json& document, const std::string& file) {
  ImageRecord out;
  const JsonView view(document, file);
  view.expect_object();
  const JsonView settings = view.at("settings"), prediction = view.at("prediction"),
                 explanations = view.at("explanations");
  settings.expect_object();
  out.id = view.at("id").text();
  out.group = text_or_empty(view, "group");
  out.truth = text_or_empty(view, "true_class");
  out.content = text_or_empty(view, "content_hash");
  out.settings = settings.value();
  out.predicted = prediction.at("class").text();
  const JsonView probabilities = prediction.at("probabilities");
  const bool has_probabilities = probabilities.array_size() > 0;  // of values there are none
  const JsonView scores = has_probabilities ? probabilities : prediction.at("logits");
  const auto last = static_cast<std::int64_t>(scores.array_size(1)) - 1;
  const auto label = static_cast<std::size_t>(prediction.at("label").integer(0, last));
  if (has_probabilities) out.probability = probabilities.element(label).number(0, 1);
  for (std::size_t i = 0; i < explanations.array_size(1); ++i) {
    const JsonView explanation = explanations.element(i);
    ExplanationRecord record = explanation_record(explanation);
    if (out.find(record.method)) explanation.at("method").fail_expected("each method once");
    out.explanations.push_back(std::move(record));
  }
  return out;
}

ImageRecord read_image_record(const std::filesystem::path& file) {
  return image_record(read_json_file(file.string()), file.string());
}

}  // namespace pellucid
