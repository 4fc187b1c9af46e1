#include "apps/explain_summary.h"

#include <fmt/format.h>

#include "runtime/file.h"

namespace pellucid {
namespace {

// The pointing game over the images whose lesion is known.
struct Pointing {
  int lesions = 0, hits = 0;
  double mean_share = 0;
};

Pointing count_hits(const std::vector<ExplainedImage>& images) {
  Pointing pointing;
  for (const ExplainedImage& image : images)
    if (image.hit) {
      ++pointing.lesions;
      pointing.hits += *image.hit;
      pointing.mean_share += image.lesion_share;
    }
  if (pointing.lesions) pointing.mean_share /= pointing.lesions;
  return pointing;
}

}  // namespace

void write_failures(const std::filesystem::path& folder,
                    const std::vector<ExplainFailure>& failures) {
  const std::filesystem::path file = folder / "failures.jsonl";
  std::error_code none;
  if (failures.empty()) {
    std::filesystem::remove(file, none);  // of an earlier run into this folder
    return;
  }
  std::string lines;
  for (const ExplainFailure& failure : failures)
    lines +=
        to_text(Json{{"id", failure.id}, {"input", failure.origin}, {"error", failure.message}}) +
        "\n";
  write_text_file(file, lines);
}

std::string summary_text(const ExplainRun& run, const ExplainOutcome& outcome) {
  std::string out;
  double seconds = 0;
  for (const ExplainedImage& image : outcome.images) {
    seconds += image.seconds;
    out += fmt::format("{}  predicted {} ({:.2f}){}  explained {}{}  {}\n", image.id,
                       image.predicted, image.probability,
                       image.truth.empty() ? "" : "  true " + image.truth, image.target,
                       image.uniform ? "  uniform map"
                       : !image.hit  ? ""
                       : *image.hit  ? "  peak in lesion"
                                     : "  peak outside lesion",
                       image.picture);
  }
  const Pointing pointing = count_hits(outcome.images);
  if (pointing.lesions)
    out += fmt::format(
        "peak in the lesion: {} of {} ({:.1f} %); a lesion covers {:.1f} % of its image on "
        "average\n",
        pointing.hits, pointing.lesions, 100.0 * pointing.hits / pointing.lesions,
        100 * pointing.mean_share);
  out += fmt::format(
      "{} explained, {} failed; {:.3g} ms an image; ID.gradcam.png, ID.gradcam.npy and "
      "ID.json are in {}\n",
      outcome.images.size(), outcome.failures.size(),
      1e3 * seconds / static_cast<double>(outcome.images.size()), run.folder.string());
  return out;
}

Json summary_json(const ExplainRun& run, const ExplainOutcome& outcome) {
  Json out = run.program;
  out["settings"] = run.settings;
  out["layer"] = run.layer;
  out["out"] = run.folder.string();
  out["images"] = Json::array();
  double seconds = 0;
  for (const ExplainedImage& image : outcome.images) {
    seconds += image.seconds;
    out["images"].push_back(
        {{"id", image.id},
         {"predicted", image.predicted},
         {"probability", image.probability},
         {"true_class", image.truth.empty() ? Json(nullptr) : Json(image.truth)},
         {"target", image.target},
         {"uniform", image.uniform},
         {"peak_in_lesion", image.hit ? Json(*image.hit) : Json(nullptr)},
         {"seconds", image.seconds},
         {"picture", image.picture}});
  }
  const Pointing pointing = count_hits(outcome.images);
  out["pointing_game"] = {
      {"lesions", pointing.lesions},
      {"hits", pointing.hits},
      {"hit_rate", pointing.lesions ? Json(static_cast<double>(pointing.hits) / pointing.lesions)
                                    : Json(nullptr)},
      {"mean_lesion_share", pointing.mean_share}};
  out["failed"] = outcome.failures.size();
  out["seconds"] = seconds;
  return out;
}

}  // namespace pellucid
