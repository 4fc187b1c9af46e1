#include "explain/record/describe.h"

#include <fmt/format.h>

#include "explain/localisation.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

const std::string& name_of(const ExplainRun& run, int label) {
  return run.class_names[static_cast<std::size_t>(label)];
}

std::string kind_name(const ExplainRun& run, const RecordedInput& input) {
  const Target::Kind kind = run.task.target.kind;
  return kind == Target::Kind::predicted ? "predicted"
         : kind == Target::Kind::truth   ? "true"
         : kind == Target::Kind::ranked  ? concat("top", input.rank + 1)
                                         : "chosen";
}

Json describe_cost(const Explanation& e) {
  Json out = {{"seconds", e.cost.seconds},
              {"forwards", e.cost.forwards},
              {"launches", e.cost.launches},
              {"flops", e.cost.flops},
              {"bytes", e.cost.bytes},
              {"peak_device_bytes", e.cost.peak_bytes},
              {"pictures_at_once", e.cost.pictures},
              {"stages", Json::object()}};
  for (const auto& [name, seconds] : e.stages) out["stages"][name] = seconds;
  return out;
}

Json describe_localisation(const Sample& sample, const Explanation& e) {
  const std::optional<LesionArea> area = lesion_area(sample, e.height, e.width);
  if (!area) return nullptr;
  return {{"annotation", sample.lesion_mask.empty() ? "circle" : "mask"},
          {"lesion_share", area->share()},
          {"peak_in_lesion", points_into(e, *area)}};
}

std::string describe_annotation(const Json& localisation, bool uniform) {
  const std::string cross =
      uniform ? "the map is uniform: nothing to see" : "white cross: peak of the map";
  if (localisation.is_null()) return cross;
  return fmt::format("cyan: annotated lesion, {:.1f} % of the image; {}{}",
                     100 * localisation["lesion_share"].get<double>(), cross,
                     uniform                                      ? ""
                     : localisation["peak_in_lesion"].get<bool>() ? ", inside the lesion"
                                                                  : ", outside the lesion");
}

// Of a text chunk: what is one value, or a few by name.
bool is_short(const Json& value) {
  if (value.is_object())
    return std::all_of(value.begin(), value.end(),
                       [](const Json& part) { return part.is_primitive(); });
  return value.is_primitive();
}

}  // namespace

Json settings_of(const ExplainRun& run, const RecordedInput& input) {
  Json settings = run.settings;
  if (run.task.target.kind == Target::Kind::ranked) settings["target"] = kind_name(run, input);
  return settings;
}

Json describe_image(const ExplainRun& run, const RecordedInput& input, const Sample& sample,
                    const Prediction& prediction) {
  Json record = run.program;
  record["id"] = input.id;
  record["input"] = input.origin;
  if (!input.md5.empty()) record["input_md5"] = input.md5;
  if (!sample.content.empty()) record["content_hash"] = sample.content;
  if (!sample.prepared.empty()) record["prepared"] = sample.prepared;
  // "train" or "valid": part of the model's training; "": not; null: the model has no record of it.
  record["seen"] = run.seen.recorded() ? Json(run.seen.subset_of(sample.content)) : Json(nullptr);
  record["group"] = input.group;
  record["settings"] = settings_of(run, input);
  record["model"] = run.model_name;
  record["class_names"] = run.class_names;
  record["true_class"] = input.truth ? Json(name_of(run, *input.truth)) : Json(nullptr);
  record["prediction"] = {{"label", prediction.predicted},
                          {"class", name_of(run, prediction.predicted)},
                          {"probabilities", prediction.probabilities},
                          {"logits", prediction.logits}};
  return record;
}

Json describe_explanation(const ExplainRun& run, const RecordedInput& input, const Sample& sample,
                          const Explanation& e, const Json& scores) {
  const std::size_t peak = static_cast<std::size_t>(e.peak[0]) * e.width + e.peak[1];
  const std::vector<float>& values =
      run.task.score == Score::logit ? e.prediction.logits : e.prediction.probabilities;
  Json out = {
      {"method", e.method},
      {"target",
       {{"label", e.target}, {"class", name_of(run, e.target)}, {"kind", kind_name(run, input)}}},
      {"score", std::string(to_string(run.task.score))},
      {"score_value", values[static_cast<std::size_t>(e.target)]},
      {"uniform", e.uniform},
      {"map", {{"height", e.height}, {"width", e.width}, {"low", e.low}, {"high", e.high}}}};
  out["warnings"] = e.warnings;
  out.update(e.details);
  out["peak"] = e.uniform ? Json(nullptr)
                          : Json{{"row", e.peak[0]}, {"column", e.peak[1]}, {"value", e.map[peak]}};
  out["cost"] = describe_cost(e);
  out["localisation"] = describe_localisation(sample, e);
  if (!scores.is_null()) out.update(scores);
  return out;
}

Canvas draw_explanation(const ExplainRun& run, const RecordedInput& input, const Sample& sample,
                        const Explanation& e, const Json& explanation) {
  Overlay overlay;
  overlay.height = e.height;
  overlay.width = e.width;
  const Pixels::Bytes shown = eight_bit(sample.pixels);
  overlay.image = shown;
  overlay.map = e.shown;
  overlay.is_signed = e.is_signed;
  overlay.low = e.low;
  overlay.high = e.high;
  overlay.segments = e.segments;
  overlay.bars = {e.attributions, e.standard_errors};
  if (!e.uniform) overlay.peak = e.peak;
  overlay.circle = sample.annotation;
  overlay.mask = sample.lesion_mask;
  const int predicted = e.prediction.predicted;
  const std::string& target = name_of(run, e.target);
  overlay.title = fmt::format("{}: predicted {} ({:.2f})", input.id, name_of(run, predicted),
                              e.prediction.figure());
  if (input.truth) overlay.title += ", true " + name_of(run, *input.truth);
  overlay.captions = {fmt::format("{} of class {} ({}), score {}, {}", e.title, target,
                                  kind_name(run, input), to_string(run.task.score), e.caption),
                      describe_annotation(explanation["localisation"], e.uniform),
                      fmt::format("model {}, device {}{}{}", run.model_name,
                                  run.program["device"].get<std::string>(),
                                  run.weights_note.empty() ? "" : ", ", run.weights_note)};
  if (e.is_signed)
    overlay.captions.insert(overlay.captions.begin() + 1,
                            fmt::format("red: for {}, blue: against it", target));
  for (const std::string& warning : e.warnings) overlay.captions.push_back("! " + warning);
  return draw_overlay(overlay);
}

PngText text_chunks(const ExplainRun& run, const RecordedInput& input, const Explanation& e,
                    const Json& explanation) {
  const std::string id = Json(input.id).dump(-1, ' ', true, Json::error_handler_t::replace);
  PngText text = {{"Title", id.substr(1, id.size() - 2) + " " + e.method},
                  {"Software", "pellucid-explain " + run.program["version"].get<std::string>()}};
  const auto add = [&](const std::string& key, const Json& value) {
    text.emplace_back(key, value.dump(-1, ' ', true, Json::error_handler_t::replace));
  };
  add("input", input.origin);
  if (!input.md5.empty()) add("input_md5", input.md5);
  const Json settings = settings_of(run, input);
  for (const auto& [key, value] : settings.items()) add(key, value);
  for (const char* key : {"target", "score", "map"})
    add(concat(e.method, ".", key), explanation[key]);
  for (const auto& [key, value] : e.details.items())
    if (is_short(value)) add(concat(e.method, ".", key), value);
  add("device", run.program["device"]);
  if (run.program.contains("variants")) add("variants", run.program["variants"]);
  add("build", run.program["build"]);
  return text;
}

}  // namespace pellucid
