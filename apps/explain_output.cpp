#include "apps/explain_output.h"

#include <fmt/format.h>

#include "explain/localisation.h"
#include "explain/npy.h"
#include "explain/picture.h"
#include "nn/data/image_file.h"
#include "runtime/error.h"
#include "runtime/file.h"

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

std::optional<LesionArea> lesion_area(const Sample& sample, const GradCamMap& map) {
  if (!sample.lesion_mask.empty()) return area_of_mask(sample.lesion_mask, map.height, map.width);
  if (sample.annotation) return area_of_circle(*sample.annotation, map.height, map.width);
  return std::nullopt;
}

Json describe_map(const ExplainRun& run, const GradCamMap& map, const ExplainedImage& image) {
  const std::size_t peak = static_cast<std::size_t>(map.peak[0]) * map.width + map.peak[1];
  Json out = {
      {"method", "gradcam"},
      {"target",
       {{"label", map.target}, {"class", image.target}, {"kind", kind_name(run.target.kind)}}},
      {"score", std::string(to_string(run.score))},
      {"score_value",
       (run.score == Score::logit ? map.logits
                                  : map.probabilities)[static_cast<std::size_t>(map.target)]},
      {"layer", run.layer},
      {"uniform", map.uniform},
      {"map", {{"height", map.height}, {"width", map.width}, {"low", map.low}, {"high", map.high}}},
      {"raw_map",
       {{"height", map.raw_height},
        {"width", map.raw_width},
        {"high", map.raw_peak},
        {"values", map.raw}}},
      {"channel_weights", map.weights}};
  out["peak"] = map.uniform
                    ? Json(nullptr)
                    : Json{{"row", map.peak[0]}, {"column", map.peak[1]}, {"value", map.map[peak]}};
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

Canvas draw(const ExplainRun& run, const Sample& sample, const GradCamMap& map,
            const ExplainedImage& image) {
  Overlay overlay;
  overlay.height = map.height;
  overlay.width = map.width;
  overlay.image = sample.pixels;
  overlay.map = map.shown;
  overlay.low = map.low;
  overlay.high = map.high;
  if (!map.uniform) overlay.peak = map.peak;
  overlay.circle = sample.annotation;
  overlay.mask = sample.lesion_mask;
  overlay.title =
      fmt::format("{}: predicted {} ({:.2f})", image.id, image.predicted, image.probability);
  if (!image.truth.empty()) overlay.title += ", true " + image.truth;
  overlay.captions = {fmt::format("Grad-CAM of class {} ({}), score {}, layer {} ({}x{})",
                                  image.target, kind_name(run.target.kind), to_string(run.score),
                                  run.layer, map.raw_height, map.raw_width),
                      describe_annotation(image),
                      fmt::format("model {}, device {}{}{}", run.model_name,
                                  run.program["device"].get<std::string>(),
                                  run.weights_note.empty() ? "" : ", ", run.weights_note)};
  return draw_overlay(overlay);
}

// Every setting as a chunk of its own; JSON in ASCII, since tEXt knows no UTF-8.
PngText text_chunks(const ExplainRun& run, const ExplainInput& input, const Json& explanation) {
  PngText text = {{"Title", input.id + " gradcam"},
                  {"Software", "pellucid-explain " + run.program["version"].get<std::string>()}};
  const auto add = [&](const std::string& key, const Json& value) {
    text.emplace_back(key, value.dump(-1, ' ', true, Json::error_handler_t::replace));
  };
  add("input", input.origin);
  for (const auto& [key, value] : run.settings.items()) add(key, value);
  for (const char* key : {"target", "score", "layer", "map"})
    add(concat("gradcam.", key), explanation[key]);
  add("device", run.program["device"]);
  add("build", run.program["build"]);
  return text;
}

}  // namespace

ExplainedImage write_explanation(const ExplainRun& run, const ExplainInput& input,
                                 const Sample& sample, const GradCamMap& map,
                                 const ExplanationCost& cost) {
  ExplainedImage image;
  image.id = input.id;
  image.predicted = name_of(run, map.predicted);
  if (input.truth) image.truth = name_of(run, *input.truth);
  image.target = name_of(run, map.target);
  image.probability = map.probabilities[static_cast<std::size_t>(map.predicted)];
  image.peak = map.peak;
  image.uniform = map.uniform;
  image.seconds = cost.seconds;
  if (const std::optional<LesionArea> area = lesion_area(sample, map)) {
    image.lesion_share = area->share();
    image.hit = points_into(map.map, *area);
  }

  Json record = run.program;
  record["id"] = input.id;
  record["input"] = input.origin;
  record["settings"] = run.settings;
  record["model"] = run.model_name;
  record["class_names"] = run.class_names;
  record["true_class"] = image.truth.empty() ? Json(nullptr) : Json(image.truth);
  record["prediction"] = {{"label", map.predicted},
                          {"class", image.predicted},
                          {"probabilities", map.probabilities},
                          {"logits", map.logits}};
  Json explanation = describe_map(run, map, image);
  explanation["localisation"] = nullptr;
  if (image.hit)
    explanation["localisation"] = {{"annotation", sample.lesion_mask.empty() ? "circle" : "mask"},
                                   {"lesion_share", image.lesion_share},
                                   {"peak_in_lesion", *image.hit}};
  explanation["cost"] = {{"seconds", cost.seconds},
                         {"launches", cost.launches},
                         {"flops", cost.flops},
                         {"bytes", cost.bytes},
                         {"peak_device_bytes", cost.peak_bytes}};
  const std::filesystem::path stem = run.folder / (input.id + ".gradcam");
  image.picture = stem.string() + ".png";
  const Canvas canvas = draw(run, sample, map, image);
  write_png(image.picture, canvas.width(), canvas.height(), 3, canvas.pixels(),
            text_chunks(run, input, explanation));
  write_npy(stem.string() + ".npy", {map.height, map.width}, map.map);
  record["explanations"] = Json::array({std::move(explanation)});
  write_text_file(run.folder / (input.id + ".json"), to_text(record, 2) + "\n");
  return image;
}

}  // namespace pellucid
