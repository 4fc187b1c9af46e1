#include "apps/training_folder.h"

#include <limits>

#include "runtime/error.h"

namespace pellucid {
namespace {

struct Limits {
  int epochs, patience;

  int patience_order() const { return patience > 0 ? patience : std::numeric_limits<int>::max(); }
};

Limits limits_of(const Json& settings, const std::string& where) {
  constexpr int most = std::numeric_limits<int>::max();
  const JsonView view(settings, where);
  return {static_cast<int>(view.at("epochs").integer(1, most)),
          static_cast<int>(view.at("patience").integer(0, most))};
}

// The settings of the run, wherever they are.
Json settings_of(const RunFolder& folder, std::string& where) {
  where = (folder.begun() ? folder.checkpoint() : folder.record()).string();
  const Json document =
      folder.begun() ? saved_identity(folder.checkpoint()) : read_json_file(where);
  return JsonView(document, where).at("settings").value();
}

void refuse_difference(const std::string& difference, const std::string& where) {
  require(difference.empty(), where, ": this run was begun otherwise: ", difference,
          "; resume it as it was begun, or choose another --out");
}

}  // namespace

void RunFolder::refuse_existing() const {
  require(!begun() || finished(), checkpoint().string(),
          ": an unfinished run is there; go on with --resume, choose another --out, or remove it");
  for (const auto& file : {model(), history(), record(), checkpoint()})
    require(!std::filesystem::exists(file), file.string(),
            ": a run is there already; choose another --out, raise --epochs with --resume, or "
            "remove it");
}

void adopt_limits(TrainingOptions& options, const RunFolder& folder) {
  if (!folder.begun() && !folder.finished()) return;
  std::string where;
  const Json settings = settings_of(folder, where);
  const Limits limits = limits_of(settings, where);
  if (options.epochs == 0) options.epochs = limits.epochs;
  if (options.patience < 0) options.patience = limits.patience;
}

Json identity_as_begun(const RunFolder& folder, const Json& identity) {
  std::string where;
  const Json settings = settings_of(folder, where);
  const Limits then = limits_of(settings, where), now = limits_of(identity["settings"], where);
  require(now.epochs >= then.epochs, where, ": --epochs was ", then.epochs, ", is ", now.epochs,
          "; a run that is resumed may be given more, not fewer");
  require(now.patience_order() >= then.patience_order(), where, ": --patience was ", then.patience,
          ", is ", now.patience, "; a run that is resumed may be given more (0: no end), not less");
  Json begun = identity;
  begun["settings"]["epochs"] = then.epochs;
  begun["settings"]["patience"] = then.patience;
  return begun;
}

bool nothing_to_resume(const RunFolder& folder, const Json& identity) {
  if (!folder.begun() && !folder.finished()) return false;
  const Json begun = identity_as_begun(folder, identity);
  const std::string raised = first_difference(begun["settings"], identity["settings"], "settings");
  if (folder.begun()) {
    refuse_difference(first_difference(saved_identity(folder.checkpoint()), begun),
                      folder.checkpoint().string());
    return folder.finished() && raised.empty();
  }
  std::string where;
  Json settings = settings_of(folder, where);
  for (const char* key : {"data", "device", "out", "init"}) settings.erase(key);
  refuse_difference(first_difference(settings, begun["settings"], "settings"), where);
  const Json record = read_json_file(where);
  refuse_difference(
      first_difference(part_at(part_at(record, "data"), "content_hash"),
                       part_at(identity["data"], "content_hash"), "data.content_hash"),
      where);
  refuse_difference(
      first_difference(part_at(part_at(record, "init"), "md5"), part_at(identity, "init"), "init"),
      where);
  require(raised.empty(), where, ": ", raised,
          ", but the run is finished and has no checkpoint.safetensors to go on from; --init ",
          folder.model().string(), " and another --out begin with its weights");
  return true;
}

}  // namespace pellucid
