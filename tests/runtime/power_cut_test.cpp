// What a power cut would leave of files written through runtime/file: the operations are recorded,
// the log is cut at every place, and of what was not fsynced by then every combination is lost.
#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "runtime/error.h"
#include "runtime/file.h"
#include "runtime/file_observer.h"

using namespace pellucid;
namespace fs = std::filesystem;
using Kind = FileOperation::Kind;
using Log = std::vector<FileOperation>;

namespace {

// One folder: names, each leading to a file's contents.
using Disk = std::map<std::string, std::string>;

// Replays the first `end` operations; of those that no fsync has made certain, the ones whose bit in
// `lost` is set have not reached the disk. uncertain: receives how many there are.
Disk after_cut(const Log& log, std::size_t end, unsigned lost, unsigned& uncertain) {
  std::vector<bool> certain(end, false);
  for (std::size_t at = 0; at < end; ++at) {
    // Contents become certain by the file's fsync, names by the folder's.
    const FileOperation& sync = log[at];
    for (std::size_t before = 0; before < at; ++before) {
      const FileOperation& op = log[before];
      if (sync.kind == Kind::fsync && op.path == sync.path && op.kind == Kind::write)
        certain[before] = true;
      if (sync.kind == Kind::fsync_folder && (op.kind == Kind::create || op.kind == Kind::rename))
        certain[before] = true;
      if (sync.kind == Kind::sync_all) certain[before] = true;
    }
  }
  uncertain = 0;
  std::map<std::string, std::string> contents;  // by the name a file was created with
  std::map<std::string, std::string> names;     // name on disk → name it was created with
  for (std::size_t at = 0; at < end; ++at) {
    const FileOperation& op = log[at];
    const std::string path = op.path.filename(), target = op.target.filename();
    if (op.kind == Kind::create) contents[path].clear();
    const bool changes =
        op.kind != Kind::fsync && op.kind != Kind::fsync_folder && op.kind != Kind::sync_all;
    const bool is_lost = !certain[at] && changes && (lost >> uncertain++ & 1u);
    if (is_lost) continue;
    if (op.kind == Kind::create) names[path] = path;
    if (op.kind == Kind::write)
      contents[path].append(reinterpret_cast<const char*>(op.bytes.data()), op.bytes.size());
    // A name may reach the disk by its rename alone.
    if (op.kind == Kind::rename) {
      names.erase(path);
      names[target] = path + "@" + std::to_string(at);
      contents[names[target]] = contents[path];
    }
  }
  Disk disk;
  for (const auto& [name, file] : names) disk[name] = contents[file];
  return disk;
}

// Version v of a file.
std::string version(int v) { return concat("version ", v, " of the file, whole"); }

// Records three versions of one file. saved[v]: operations until version v was reported as saved.
Log record(std::vector<std::size_t>& saved, Sync sync = Sync::now) {
  std::string pattern = (fs::temp_directory_path() / "pellucid-cut-XXXXXX").string();
  REQUIRE(::mkdtemp(pattern.data()) != nullptr);
  Log log;
  observe_files([&](const FileOperation& op) { log.push_back(op); });
  for (int v = 0; v < 3; ++v) {
    write_text_file(fs::path(pattern) / "checkpoint", version(v), sync);
    if (sync == Sync::later) sync_files(pattern);
    saved.push_back(log.size());
  }
  observe_files({});
  fs::remove_all(pattern);
  return log;
}

// The first violation: after a cut the file must be whole, and no older than what was saved.
std::string violation(const Log& log, const std::vector<std::size_t>& saved) {
  for (std::size_t end = 0; end <= log.size(); ++end) {
    unsigned uncertain = 0;
    after_cut(log, end, 0, uncertain);
    REQUIRE(uncertain < 16);
    for (unsigned lost = 0; lost < 1u << uncertain; ++lost) {
      const Disk disk = after_cut(log, end, lost, uncertain);
      const auto file = disk.find("checkpoint");
      int found = -1;
      for (int v = 0; v < 3 && file != disk.end(); ++v)
        if (file->second == version(v)) found = v;
      if (file != disk.end() && found < 0) return concat("half a file after operation ", end);
      for (int v = 0; v < 3; ++v)
        if (saved[static_cast<std::size_t>(v)] <= end && found < v)
          return concat("version ", v, " was saved and is lost after operation ", end);
    }
  }
  return "";
}

Log without(Log log, Kind kind) {
  std::erase_if(log, [kind](const FileOperation& op) { return op.kind == kind; });
  return log;
}

}  // namespace

TEST_CASE("file: no power cut leaves half a file or loses what was saved") {
  std::vector<std::size_t> saved;
  const Log log = record(saved);
  REQUIRE(log.size() == 15);  // create, write, fsync, rename, fsync_folder, three times
  CHECK(violation(log, saved) == "");

  // Writers that forget a step are found.
  const std::vector<std::size_t> of_four = {4, 8, 12};
  CHECK(violation(without(log, Kind::fsync), of_four).starts_with("half a file"));
  CHECK(violation(without(log, Kind::fsync_folder), of_four) ==
        "version 0 was saved and is lost after operation 4");
  Log hasty = log;  // renames before it has fsynced
  for (std::size_t at = 2; at < hasty.size(); at += 5) std::swap(hasty[at], hasty[at + 1]);
  CHECK(violation(hasty, saved).starts_with("half a file"));
}

TEST_CASE("file: what was written for later is not lost once all files were synced") {
  std::vector<std::size_t> saved;
  const Log log = record(saved, Sync::later);
  REQUIRE(log.size() == 12);  // create, write, rename, sync_all, three times
  // Before that a file may be there without its contents; afterwards it is whole.
  unsigned uncertain = 0;
  for (const std::size_t end : saved) {
    const Disk disk = after_cut(log, end, ~0u, uncertain);
    CHECK(uncertain == 0);
    CHECK(disk.at("checkpoint") == version(static_cast<int>(end / 4) - 1));
  }
  CHECK(violation(without(log, Kind::sync_all), {3, 6, 9}) != "");
}
