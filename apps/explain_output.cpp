#include "apps/explain_output.h"

#include <fmt/format.h>

#include <chrono>
#include <limits>

#include "explain/localisation.h"
#include "explain/picture/picture.h"
#include "nn/data/codec/image_file.h"
#include "runtime/error.h"
#include "runtime/file.h"
#include "runtime/formats/npy.h"
#include "runtime/parallel.h"

namespace pellucid {
namespace {

const std::string& name_of(const ExplainRun& run, int label) {
  return run.class_names[static_cast<std::size_t>(label)];
}

const char* kind_name(Target::Kind kind) {
  return kind == Target::Kind::predicted ? "predicted"
         : kind == Target::Kind::truth   ? "true"
                                         : "chosen";
}

Json describe(const ExplainRun& run, const Explanation& e, const ExplainedImage& image) {
  const std::size_t peak = static_cast<std::size_t>(e.peak[0]) * e.width + e.peak[1];
  Json out = {
      {"method", e.method},
      {"target",
       {{"label", e.target}, {"class", image.target}, {"kind", kind_name(run.target.kind)}}},
      {"score", std::string(to_string(run.score))},
      {"score_value", (run.score == Score::logit
                           ? e.prediction.logits
                           : e.prediction.probabilities)[static_cast<std::size_t>(e.target)]},
      {"uniform", e.uniform},
      {"map", {{"height", e.height}, {"width", e.width}, {"low", e.low}, {"high", e.high}}}};
  out.update(e.details);
  out["peak"] = e.uniform ? Json(nullptr)
                          : Json{{"row", e.peak[0]}, {"column", e.peak[1]}, {"value", e.map[peak]}};
  out["cost"] = {{"seconds", e.cost.seconds},
                 {"forwards", e.cost.forwards},
                 {"launches", e.cost.launches},
                 {"flops", e.cost.flops},
                 {"bytes", e.cost.bytes},
                 {"peak_device_bytes", e.cost.peak_bytes},
                 {"pictures_at_once", e.cost.pictures}};
  return out;
}

std::string describe_annotation(const ExplainedImage& image) {
  const std::string cross =
      image.uniform ? "the map is uniform: nothing to see" : "white cross: peak of the map";
  if (!image.hit) return cross;
  return fmt::format("cyan: annotated lesion, {:.1f} % of the image; {}{}",
                     100 * image.lesion_share, cross,
                     image.uniform ? ""
                     : *image.hit  ? ", inside the lesion"
                                   : ", outside");
}

Canvas draw(const ExplainRun& run, const Sample& sample, const Explanation& e,
            const ExplainedImage& image) {
  Overlay overlay;
  overlay.height = e.height;
  overlay.width = e.width;
  overlay.image = sample.pixels;
  overlay.map = e.shown;
  overlay.is_signed = e.is_signed;
  overlay.low = e.low;
  overlay.high = e.high;
  overlay.segments = e.segments;
  overlay.bars = {e.attributions, e.standard_errors};
  if (!e.uniform) overlay.peak = e.peak;
  overlay.circle = sample.annotation;
  overlay.mask = sample.lesion_mask;
  overlay.title =
      fmt::format("{}: predicted {} ({:.2f})", image.id, image.predicted, image.probability);
  if (!image.truth.empty()) overlay.title += ", true " + image.truth;
  overlay.captions = {fmt::format("{} of class {} ({}), score {}, {}", e.title, image.target,
                                  kind_name(run.target.kind), to_string(run.score), e.caption),
                      describe_annotation(image),
                      fmt::format("model {}, device {}{}{}", run.model_name,
                                  run.program["device"].get<std::string>(),
                                  run.weights_note.empty() ? "" : ", ", run.weights_note)};
  if (e.is_signed)
    overlay.captions.insert(overlay.captions.begin() + 1,
                            fmt::format("red: for {}, blue: against it", image.target));
  return draw_overlay(overlay);
}

// Every setting as a chunk of its own; JSON in ASCII, since tEXt knows no UTF-8.
PngText text_chunks(const ExplainRun& run, const ExplainInput& input, const Json& explanation) {
  const std::string method = explanation["method"];
  PngText text = {{"Title", input.id + " " + method},
                  {"Software", "pellucid-explain " + run.program["version"].get<std::string>()}};
  const auto add = [&](const std::string& key, const Json& value) {
    text.emplace_back(key, value.dump(-1, ' ', true, Json::error_handler_t::replace));
  };
  add("input", input.origin);
  for (const auto& [key, value] : run.settings.items()) add(key, value);
  for (const char* key : {"target", "score", "layer", "compat", "epsilon", "map", "superpixels",
                          "samples", "grid", "probability", "window", "stride"})
    if (explanation.contains(key)) add(concat(method, ".", key), explanation[key]);
  add("device", run.program["device"]);
  if (run.program.contains("variants")) add("variants", run.program["variants"]);
  add("build", run.program["build"]);
  return text;
}

// Numbers and nulls, of which randomization_spearman holds some by layer.
Json checked_scores(const JsonView& scores) {
  scores.expect_object();
  constexpr double kLargest = std::numeric_limits<double>::max();
  for (const auto& [key, value] : scores.value().items()) {
    const JsonView score = scores.at(key);
    if (value.is_object()) checked_scores(score);
    else if (!value.is_null()) score.number(-kLargest, kLargest);
  }
  return scores.value();
}

std::string picture_path(const ExplainRun& run, const ExplainedImage& image) {
  return (run.folder / (image.id + "." + image.method + ".png")).string();
}

ExplainedImage summarise(const ExplainRun& run, const ExplainInput& input, const Sample& sample,
                         const Explanation& e) {
  ExplainedImage image;
  image.id = input.id;
  image.method = e.method;
  image.predicted = name_of(run, e.prediction.predicted);
  if (input.truth) image.truth = name_of(run, *input.truth);
  image.target = name_of(run, e.target);
  image.probability = e.prediction.probabilities[static_cast<std::size_t>(e.prediction.predicted)];
  image.uniform = e.uniform;
  image.seconds = e.cost.seconds;
  image.forwards = e.cost.forwards;
  if (const std::optional<LesionArea> area = lesion_area(sample, e.height, e.width)) {
    image.lesion_share = area->share();
    image.hit = points_into(e, *area);
  }
  image.picture = picture_path(run, image);
  return image;
}

}  // namespace

std::optional<std::vector<ExplainedImage>> read_explanations(const ExplainRun& run,
                                                             const ExplainInput& input) {
  const std::string file = (run.folder / (input.id + ".json")).string();
  if (!std::filesystem::exists(file)) return std::nullopt;
  const Json record = read_json_file(file);
  const JsonView view(record, file);
  view.expect_object();
  const auto identity = [&](const Json& from, const Json& settings) {
    return Json{{"version", from.value("version", Json())},
                {"device", from.value("device", Json())},
                {"precision", from.value("precision", Json("exact"))},
                {"variants", from.value("variants", Json::object())},
                {"settings", settings}};
  };
  const std::string difference = first_difference(
      identity(record, record.value("settings", Json())), identity(run.program, run.settings));
  require(difference.empty(), file, ": this image was explained otherwise: ", difference,
          "; resume as it was begun, or choose another --out");
  const JsonView prediction = view.at("prediction"), explanations = view.at("explanations");
  std::vector<ExplainedImage> images;
  for (std::size_t i = 0; i < explanations.array_size(); ++i) {
    const JsonView e = explanations.element(i);
    ExplainedImage image;
    image.id = input.id;
    image.method = e.at("method").text();
    image.predicted = prediction.at("class").text();
    if (input.truth) image.truth = name_of(run, *input.truth);
    image.target = e.at("target").at("class").text();
    const auto label = prediction.at("label").integer(0, std::ssize(run.class_names) - 1);
    image.probability =
        prediction.at("probabilities").element(static_cast<std::size_t>(label)).number(0, 1);
    image.uniform = e.at("uniform").boolean();
    if (const JsonView where = e.at("localisation"); !where.value().is_null()) {
      image.hit = where.at("peak_in_lesion").boolean();
      image.lesion_share = where.at("lesion_share").number(0, 1);
    }
    image.seconds = e.at("cost").at("seconds").number(0, 1e12);
    image.forwards = e.at("cost").at("forwards").integer(0, std::int64_t{1} << 53);
    image.picture = picture_path(run, image);
    if (const auto scores = e.find("scores")) image.scores = checked_scores(*scores);
    images.push_back(std::move(image));
  }
  return images;
}

std::vector<ExplainedImage> write_explanations(const ExplainRun& run, const ExplainInput& input,
                                               const Sample& sample,
                                               const std::vector<Explanation>& explanations,
                                               const ImageScores* scores) {
  const Prediction& prediction = explanations.front().prediction;
  Json record = run.program;
  record["id"] = input.id;
  record["input"] = input.origin;
  record["group"] = input.group;
  record["settings"] = run.settings;
  record["model"] = run.model_name;
  record["class_names"] = run.class_names;
  record["true_class"] = input.truth ? Json(name_of(run, *input.truth)) : Json(nullptr);
  record["prediction"] = {{"label", prediction.predicted},
                          {"class", name_of(run, prediction.predicted)},
                          {"probabilities", prediction.probabilities},
                          {"logits", prediction.logits}};
  std::vector<ExplainedImage> images;
  std::vector<Json> described;
  for (const Explanation& e : explanations) {
    ExplainedImage image = summarise(run, input, sample, e);
    Json explanation = describe(run, e, image);
    explanation["localisation"] = nullptr;
    if (image.hit)
      explanation["localisation"] = {{"annotation", sample.lesion_mask.empty() ? "circle" : "mask"},
                                     {"lesion_share", image.lesion_share},
                                     {"peak_in_lesion", *image.hit}};
    if (scores) {
      const Json& scored = scores->explanations[images.size()];
      explanation.update(scored);
      image.scores = scored["scores"];
    }
    described.push_back(std::move(explanation));
    images.push_back(std::move(image));
  }

  // Pictures take longer to draw than a GPU takes to explain; they are written in their order.
  std::vector<std::vector<std::byte>> pictures(explanations.size());
  std::vector<double> picture_seconds(explanations.size());
  parallel_for(explanations.size(), [&](std::size_t i) {
    const auto start = std::chrono::steady_clock::now();
    const Canvas canvas = draw(run, sample, explanations[i], images[i]);
    pictures[i] = encode_png(canvas.width(), canvas.height(), 3, canvas.pixels(),
                             text_chunks(run, input, described[i]));
    picture_seconds[i] =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  });
  for (std::size_t i = 0; i < explanations.size(); ++i) {
    const Explanation& e = explanations[i];
    write_file(images[i].picture, pictures[i]);
    write_npy(run.folder / (input.id + "." + e.method + ".npy"), {e.height, e.width}, e.map);
    Json& stages = described[i]["cost"]["stages"] = Json::object();
    for (const auto& [name, seconds] : e.stages) stages[name] = seconds;
    stages["picture"] = picture_seconds[i];
  }
  record["explanations"] = std::move(described);
  if (scores && !scores->agreement.is_null()) record["agreement"] = scores->agreement;
  write_text_file(run.folder / (input.id + ".json"), to_text(record, 2) + "\n");
  return images;
}

}  // namespace pellucid
