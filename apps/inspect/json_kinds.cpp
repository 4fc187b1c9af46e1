// json_kinds.cpp: the records that programs leave in JSON.
#include <fmt/format.h>

#include <algorithm>

#include "apps/inspect/file_kind.h"
#include "explain/record/image_record.h"

namespace pellucid {
namespace {

// The document without these keys.
Json without(const Json& document, std::initializer_list<const char*> keys) {
  Json out = document;
  for (const char* key : keys) out.erase(key);
  return out;
}

bool has_all(const InspectedFile& file, std::initializer_list<const char*> keys) {
  return file.document.is_object() && std::all_of(keys.begin(), keys.end(), [&](const char* key) {
           return file.document.contains(key);
         });
}

// Of each explanation what fits into a row.
Json record_rows(const ImageRecord& record) {
  Json rows = Json::array();
  for (const ExplanationRecord& each : record.explanations) {
    Json row = {{"method", each.method},
                {"target", each.target},
                {"map", std::to_string(each.height) + "x" + std::to_string(each.width)},
                {"uniform", each.uniform},
                {"peak_in_lesion", nullptr},
                {"seconds", each.seconds},
                {"forwards", each.forwards},
                {"map_md5", each.map_md5},
                {"picture_md5", each.picture_md5}};
    if (each.peak_in_lesion) row["peak_in_lesion"] = *each.peak_in_lesion;
    if (!each.warnings.empty()) row["warnings"] = each.warnings;
    rows.push_back(std::move(row));
  }
  return rows;
}

bool is_record(const InspectedFile& file) {
  return file.is_from("pellucid-explain") && has_all(file, {"explanations"});
}
Json describe_record(const InspectedFile& file) {
  const ImageRecord record = image_record(file.document, file.name);  // complains of what is wrong
  Json out = without(file.document, {"explanations", "agreement"});
  out["explanations"] = record_rows(record);
  if (file.document.contains("agreement")) out["agreement"] = file.document["agreement"];
  return out;
}

bool is_summary(const InspectedFile& file) {
  return file.is_from("pellucid-explain") && has_all(file, {"images", "methods"});
}
bool is_training(const InspectedFile& file) {
  return file.is_from("pellucid-train") && has_all(file, {"best_epoch"});
}
// A mean with its interval in a word, so that a method is a row.
Json describe_comparison(const InspectedFile& file) {
  Json out = file.document;
  if (!out.contains("rows") || !out["rows"].is_array()) return out;
  const auto number = [](const Json& value) {
    return value.is_number() ? fmt::format("{:.4g}", value.get<double>()) : "-";
  };
  for (Json& row : out["rows"])
    for (Json& cell : row) {
      const Json interval = part_at(cell, "interval");
      if (interval.is_array() && interval.size() == 2)
        cell =
            fmt::format("{} [{}, {}]",
                        number(part_at(cell, cell.contains("difference") ? "difference" : "mean")),
                        number(interval[0]), number(interval[1]));
    }
  return out;
}
bool is_comparison(const InspectedFile& file) { return file.is_from("pellucid-compare"); }
Json describe_whole(const InspectedFile& file) { return file.document; }

bool is_evaluation(const InspectedFile& file) {
  return file.is_from("pellucid-evaluate") && has_all(file, {"confusion_matrix", "classes"});
}
// The curves are for a plot.
Json describe_evaluation(const InspectedFile& file) {
  Json out = file.document;
  for (Json& each : out["classes"])
    if (each.is_object()) each.erase("roc");
  return out;
}

bool is_data(const InspectedFile& file) {
  return has_all(file, {"source", "content_hash", "samples_by_class"});
}

bool is_profile(const InspectedFile& file) { return has_all(file, {"traceEvents"}); }
Json describe_profile(const InspectedFile& file) {
  Json out = without(file.document, {"traceEvents"});
  out["events"] = file.document["traceEvents"].size();
  return out;
}

bool is_other_result(const InspectedFile& file) {
  return text_at(file.document, "program").starts_with("pellucid") && !is_record(file) &&
         !is_summary(file) && !is_training(file) && !is_comparison(file) && !is_evaluation(file) &&
         !is_profile(file);
}

bool has_key(const InspectedFile& file, const char* key) {
  return !file.lines.empty() && file.lines.front().is_object() && file.lines.front().contains(key);
}

bool is_history(const InspectedFile& file) {
  return has_key(file, "epoch") && has_key(file, "val_loss");
}
Json describe_history(const InspectedFile& file) {
  const auto loss = [](const Json& line) {
    const Json& value = part_at(line, "val_loss");
    return value.is_number() ? value.get<double>() : std::numeric_limits<double>::infinity();
  };
  const auto best =
      std::min_element(file.lines.begin(), file.lines.end(),
                       [&](const Json& a, const Json& b) { return loss(a) < loss(b); });
  return {{"epochs", file.lines.size()},
          {"least_validation_loss", *best},
          {"last", file.lines.back()},
          {"history", file.lines}};
}

bool is_failures(const InspectedFile& file) { return has_key(file, "error"); }
Json describe_failures(const InspectedFile& file) {
  return {{"failures", file.lines.size()}, {"lines", file.lines}};
}

}  // namespace

extern const FileKind record_kind, summary_kind, training_record_kind, comparison_kind,
    evaluation_kind, data_record_kind, profile_kind, result_kind, history_kind, failures_kind;
const FileKind record_kind{"record", "the record of an explained image, ID.json", is_record,
                           describe_record};
const FileKind summary_kind{"summary", "the summary of pellucid-explain --json", is_summary,
                            describe_whole};
const FileKind training_record_kind{"training record", "the record of a training, run.json",
                                    is_training, describe_whole};
const FileKind comparison_kind{"comparison", "the result of pellucid-compare --json", is_comparison,
                               describe_comparison};
const FileKind evaluation_kind{"evaluation", "the figures of pellucid-evaluate --json",
                               is_evaluation, describe_evaluation};
const FileKind data_record_kind{"data record", "the counts of pellucid-data --json", is_data,
                                describe_whole};
const FileKind profile_kind{"profile", "a timeline of --profile", is_profile, describe_profile};
const FileKind result_kind{"result", "another record of Pellucid in JSON", is_other_result,
                           describe_whole};
const FileKind history_kind{"history", "the epochs of a training, history.jsonl", is_history,
                            describe_history};
const FileKind failures_kind{"failures", "inputs that failed, failures.jsonl", is_failures,
                             describe_failures};

}  // namespace pellucid
