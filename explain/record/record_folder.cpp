#include "explain/record/record_folder.h"

#include <algorithm>
#include <chrono>

#include "nn/data/md5.h"
#include "runtime/error.h"
#include "runtime/file.h"
#include "runtime/formats/nearest.h"
#include "runtime/formats/npy.h"
#include "runtime/formats/text.h"

namespace pellucid {
namespace {

bool asks_for(const Methods& methods, std::string_view name) {
  return std::any_of(methods.begin(), methods.end(),
                     [&](const Method* method) { return method->name == name; });
}

bool same_family(const Methods& methods, const Method* method) {
  return std::any_of(methods.begin(), methods.end(),
                     [&](const Method* each) { return each->family == method->family; });
}

int place_of(std::string_view name) { return find_method(name)->place; }  // of a known one

// What decides on an explanation besides the image. `program` and `settings` are a record's or a run's.
Json identity(const Json& program, Json settings) {
  settings.erase("method");
  return {{"version", program.value("version", Json())},
          {"device", program.value("device", Json())},
          {"precision", program.value("precision", Json("exact"))},
          {"variants", program.value("variants", Json::object())},
          {"settings", std::move(settings)}};
}

// "" if the bytes at `path` have this hash.
std::string damage_of(const std::filesystem::path& path, const std::string& md5) {
  std::error_code none;
  if (!std::filesystem::exists(path, none)) return path.filename().string() + " is missing";
  if (md5.empty() || md5_hex(read_file(path)) == md5) return "";
  return path.filename().string() + " was changed";
}

}  // namespace

std::filesystem::path RecordFolder::file(const std::string& id, const std::string& ending) const {
  return run_.folder / (id + "." + ending);
}

std::filesystem::path RecordFolder::picture(const std::string& id,
                                            const std::string& method) const {
  return file(id, method + ".png");
}

std::filesystem::path RecordFolder::map(const std::string& id, const std::string& method) const {
  return file(id, method + ".npy");
}

std::optional<RecordFolder::Before> RecordFolder::read(const std::string& id) const {
  std::error_code none;
  const std::string path = file(id, "json").string();
  const std::uintmax_t size = std::filesystem::file_size(path, none);
  if (none == std::errc::no_such_file_or_directory || size == 0) return std::nullopt;
  Json document = read_json_file(path);
  ImageRecord record = image_record(document, path);
  return Before{std::move(document), std::move(record)};
}

Methods RecordFolder::others(const ImageRecord& record) const {
  Methods out;
  for (const ExplanationRecord& each : record.explanations) {
    const Method* method = find_method(each.method);
    require(method, file(record.id, "json").string(), ": has the method ", in_quotes(each.method),
            ", which this program does not know; choose another --out");
    if (!asks_for(run_.methods, each.method)) out.push_back(method);
  }
  return out;
}

std::string RecordFolder::difference(const Before& before, const RecordedInput& input,
                                     const Methods& methods) const {
  // What both look at: of a family, a method may have settings that another has not.
  const Json common = settings_.without_others(before.record.settings, run_.methods);
  Json then = identity(before.document, settings_.without_others(common, methods));
  Json now = identity(run_.program, settings_.without_others(settings_of(run_, input), methods));
  then["input_md5"] = text_at(before.document, "input_md5");
  now["input_md5"] = input.md5;
  return first_difference(then, now);
}

std::string RecordFolder::damage(const ImageRecord& record) const {
  for (const ExplanationRecord& each : record.explanations) {
    if (!asks_for(run_.methods, each.method)) continue;
    std::string problem = damage_of(map(record.id, each.method), each.map_md5);
    if (problem.empty() && each.pictured)
      problem = damage_of(picture(record.id, each.method), each.picture_md5);
    if (!problem.empty()) return problem;
  }
  return "";
}

std::optional<ImageRecord> RecordFolder::earlier(const RecordedInput& input, bool resume,
                                                 std::string& note) const {
  std::optional<Before> before = read(input.id);
  if (!before) return std::nullopt;
  ImageRecord& record = before->record;
  const std::string name = file(input.id, "json").string();
  const Methods kept = others(record);
  Methods shared;  // of these, what has settings in common with the run's methods
  for (const Method* method : kept)
    if (same_family(run_.methods, method)) shared.push_back(method);
  if (const std::string other = kept.empty() ? "" : difference(*before, input, shared);
      !other.empty())
    fail(name, ": has ", joined(names_of(kept)), " too, explained otherwise: ", other,
         "; choose another --out");
  if (!resume) return std::nullopt;
  Methods there;
  for (const Method* method : run_.methods)
    if (record.find(method->name)) there.push_back(method);
  const std::string other = there.empty() ? "" : difference(*before, input, there);
  require(other.empty(), name, ": this image was explained otherwise: ", other,
          "; resume as it was begun, or choose another --out");
  if (there.size() < run_.methods.size()) return std::nullopt;
  if (const std::string problem = damage(record); !problem.empty()) {
    note = concat(input.id, " is explained again: ", problem);
    return std::nullopt;
  }
  std::erase_if(record.explanations, [&](const ExplanationRecord& each) {
    return !asks_for(run_.methods, each.method);
  });
  return std::move(record);
}

void RecordFolder::merge(Json& document, const Before& before,
                         const std::vector<Explanation>& explanations) const {
  const Methods kept = others(before.record);
  if (kept.empty()) return;
  Json &all = document["explanations"], &settings = document["settings"];
  const bool scored = settings.contains("scores");
  std::vector<Explanation> maps = explanations;
  for (const Json& each : before.document["explanations"]) {
    const std::string method = each["method"];
    if (!asks_for(kept, method)) continue;
    all.push_back(each);
    if (!scored) continue;
    Explanation& map = maps.emplace_back();
    map.method = method;
    map.uniform = each["uniform"];
    map.map = read_npy(this->map(before.record.id, method)).values;
  }
  const auto by_place = [](auto name_of) {
    return [name_of](const auto& a, const auto& b) {
      return place_of(name_of(a)) < place_of(name_of(b));
    };
  };
  std::stable_sort(all.begin(), all.end(),
                   by_place([](const Json& e) { return e["method"].get<std::string>(); }));
  std::stable_sort(maps.begin(), maps.end(),
                   by_place([](const Explanation& e) { return e.method; }));
  const Json stayed = settings_.without_others(before.record.settings, kept);
  for (const auto& [key, value] : stayed.items())
    if (!settings.contains(key)) settings[key] = value;
  std::string methods;
  for (const Json& each : all)
    methods += (methods.empty() ? "" : ",") + each["method"].get<std::string>();
  settings["method"] = methods;
  if (scored) document["agreement"] = agreement_of(maps);
}

RecordFolder::Files RecordFolder::files_of(const RecordedInput& input, const Sample& sample,
                                           const std::vector<Explanation>& explanations,
                                           const ImageScores* scores) const {
  Files files;
  files.document = describe_image(run_, input, sample, explanations.front().prediction);
  Json& described = files.document["explanations"] = Json::array();
  for (std::size_t i = 0; i < explanations.size(); ++i) {
    const Explanation& e = explanations[i];
    Json one =
        describe_explanation(run_, input, sample, e, scores ? scores->explanations[i] : Json());
    files.maps.push_back(encode_npy({e.height, e.width}, e.map));
    Json hashes = {{"map_md5", md5_hex(files.maps.back())}};
    if (input.pictured) {
      const auto start = std::chrono::steady_clock::now();
      const Canvas canvas = draw_explanation(run_, input, sample, e, one);
      files.pictures.push_back(encode_png(canvas.width(), canvas.height(), 3, canvas.pixels(),
                                          text_chunks(run_, input, e, one)));
      one["cost"]["stages"]["picture"] =
          std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      hashes["picture_md5"] = md5_hex(files.pictures.back());
    }
    one["files"] = std::move(hashes);
    described.push_back(std::move(one));
  }
  if (scores && !scores->agreement.is_null()) files.document["agreement"] = scores->agreement;
  return files;
}

ImageRecord RecordFolder::write(const RecordedInput& input,
                                const std::vector<Explanation>& explanations, Files files) const {
  for (std::size_t i = 0; i < explanations.size(); ++i) {
    const std::string& method = explanations[i].method;
    std::error_code none;
    if (input.pictured) write_file(picture(input.id, method), files.pictures[i], Sync::later);
    else std::filesystem::remove(picture(input.id, method), none);  // an earlier map's
    write_file(map(input.id, method), files.maps[i], Sync::later);
  }
  const std::string path = file(input.id, "json").string();
  ImageRecord written = image_record(files.document, path);
  if (const auto before = read(input.id)) merge(files.document, *before, explanations);
  write_text_file(path, to_text(files.document, 2) + "\n", Sync::later);
  return written;
}

}  // namespace pellucid
