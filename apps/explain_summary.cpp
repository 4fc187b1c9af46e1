#include "apps/explain_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "apps/score_summary.h"
#include "runtime/file.h"

namespace pellucid {
namespace {

// What one method did, with the pointing game over the images whose lesion is known.
struct MethodTotal {
  std::string method;
  int images = 0, lesions = 0, hits = 0;
  double mean_share = 0, seconds = 0, forwards = 0;
  ScoreSummary scores = {};
  std::map<std::string, int> warnings = {};  // images by what is said
};

void add(std::vector<MethodTotal>& totals, const ExplanationRecord& record) {
  auto total = std::find_if(totals.begin(), totals.end(),
                            [&](const MethodTotal& each) { return each.method == record.method; });
  if (total == totals.end()) total = totals.insert(totals.end(), MethodTotal{record.method});
  ++total->images;
  total->seconds += record.seconds;
  total->forwards += static_cast<double>(record.forwards);
  total->scores.add(record.scores);
  for (const std::string& warning : record.warnings) ++total->warnings[warning];
  if (!record.peak_in_lesion) return;
  ++total->lesions;
  total->hits += *record.peak_in_lesion;
  total->mean_share += record.lesion_share;
}

std::vector<MethodTotal> totals(const std::vector<ImageRecord>& images) {
  std::vector<MethodTotal> out;
  for (const ImageRecord& image : images)
    for (const ExplanationRecord& record : image.explanations) add(out, record);
  for (MethodTotal& total : out)
    if (total.lesions) total.mean_share /= total.lesions;
  return out;
}

SeenCount seen(const ExplainRun& run, const ExplainOutcome& outcome) {
  SeenCount count;
  // Of ranked classes a picture has several records.
  const bool ranked = run.task.target.kind == Target::Kind::ranked;
  std::set<std::string> counted;
  for (const ImageRecord& image : outcome.images)
    if (!ranked || counted.insert(image.content).second) count.add(run.seen, image.content);
  return count;
}

// What there is to look at.
std::filesystem::path shown_file(const RecordFolder& folder, const std::string& id,
                                 const ExplanationRecord& e) {
  return e.pictured ? folder.picture(id, e.method) : folder.map(id, e.method);
}

bool has_pictures(const ExplainOutcome& outcome) {
  return std::any_of(outcome.images.begin(), outcome.images.end(), [](const ImageRecord& image) {
    return std::any_of(image.explanations.begin(), image.explanations.end(),
                       [](const ExplanationRecord& e) { return e.pictured; });
  });
}

}  // namespace

std::size_t ExplainOutcome::failed_images() const {
  return static_cast<std::size_t>(
      std::count_if(failures.begin(), failures.end(),
                    [](const InputFailure& failure) { return failure.methods.empty(); }));
}

std::string summary_text(const ExplainRun& run, const RecordFolder& folder,
                         const ExplainOutcome& outcome) {
  std::string out;
  for (const ImageRecord& image : outcome.images)
    for (const ExplanationRecord& e : image.explanations)
      out += fmt::format("{}  {}  predicted {}{}{}  explained {}{}  {}\n", image.id, e.method,
                         image.predicted,
                         image.probability ? fmt::format(" ({:.2f})", *image.probability) : "",
                         image.truth.empty() ? "" : "  true " + image.truth, e.target,
                         e.uniform           ? "  uniform map"
                         : !e.peak_in_lesion ? ""
                         : *e.peak_in_lesion ? "  peak in lesion"
                                             : "  peak outside lesion",
                         shown_file(folder, image.id, e).string());
  for (const MethodTotal& total : totals(outcome.images)) {
    out += fmt::format("{}: {:.3g} ms and {:.0f} forwards an image", total.method,
                       1e3 * total.seconds / total.images, total.forwards / total.images);
    if (total.lesions)
      out += fmt::format(
          "; peak in the lesion: {} of {} ({:.1f} %); a lesion covers {:.1f} % of its image on "
          "average",
          total.hits, total.lesions, 100.0 * total.hits / total.lesions, 100 * total.mean_share);
    out += "\n";
    if (const std::string scores = total.scores.text(); !scores.empty())
      out += fmt::format("{}: {}\n", total.method, scores);
    for (const auto& [warning, images] : total.warnings)
      out += fmt::format("{}: warning: {} ({} of {} images)\n", total.method, warning, images,
                         total.images);
  }
  out += seen(run, outcome).text() + "\n";
  const std::size_t failed = outcome.failed_images(), partly = outcome.failures.size() - failed;
  out += fmt::format("{} explained, {} failed{}; {}ID.METHOD.npy and ID.json are in {}\n",
                     outcome.images.size(), failed,
                     partly ? " (failures.jsonl has also which methods failed of others)" : "",
                     has_pictures(outcome) ? "ID.METHOD.png, " : "", run.folder.string());
  return out;
}

Json summary_json(const ExplainRun& run, const RecordFolder& folder,
                  const ExplainOutcome& outcome) {
  Json out = run.program;
  out["settings"] = run.settings;
  out["out"] = run.folder.string();
  out["images"] = Json::array();
  for (const ImageRecord& image : outcome.images)
    for (const ExplanationRecord& e : image.explanations)
      out["images"].push_back(
          {{"id", image.id},
           {"method", e.method},
           {"predicted", image.predicted},
           {"probability", image.probability ? Json(*image.probability) : Json(nullptr)},
           {"true_class", image.truth.empty() ? Json(nullptr) : Json(image.truth)},
           {"target", e.target},
           {"uniform", e.uniform},
           {"peak_in_lesion", e.peak_in_lesion ? Json(*e.peak_in_lesion) : Json(nullptr)},
           {"seconds", e.seconds},
           {"forwards", e.forwards},
           {"picture",
            e.pictured ? Json(folder.picture(image.id, e.method).string()) : Json(nullptr)},
           {"map", folder.map(image.id, e.method).string()}});
  out["methods"] = Json::object();
  for (const MethodTotal& total : totals(outcome.images))
    out["methods"][total.method] = {
        {"images", total.images},
        {"seconds", total.seconds},
        {"forwards", total.forwards},
        {"pointing_game",
         {{"lesions", total.lesions},
          {"hits", total.hits},
          {"hit_rate",
           total.lesions ? Json(static_cast<double>(total.hits) / total.lesions) : Json(nullptr)},
          {"mean_lesion_share", total.mean_share}}},
        {"scores", total.scores.json()},
        {"warnings", total.warnings}};
  out["seen"] = seen(run, outcome).json();
  out["explained"] = outcome.images.size();
  out["failed"] = outcome.failed_images();
  out["failed_methods"] = outcome.failures.size() - outcome.failed_images();
  return out;
}

}  // namespace pellucid
