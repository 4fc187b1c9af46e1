#include "apps/sought_file.h"

#include <algorithm>
#include <optional>

#include "nn/data/md5.h"
#include "runtime/error.h"
#include "runtime/file.h"

namespace pellucid {
namespace {

namespace fs = std::filesystem;

bool is_file(const fs::path& path) {
  std::error_code none;
  return fs::is_regular_file(path, none);
}

std::string hash_at(const fs::path& path) { return md5_hex(read_file(path)); }

std::optional<std::string> found_by_hash(const std::string& md5, const fs::path& extension,
                                         const std::vector<std::string>& look) {
  for (const std::string& folder : look) {
    std::error_code failed;
    std::vector<fs::path> files;
    for (fs::recursive_directory_iterator file(folder, failed), end; !failed && file != end;
         file.increment(failed))
      if (file->is_regular_file(failed) &&
          (extension.empty() || file->path().extension() == extension))
        files.push_back(file->path());
    require(!failed, folder, ": cannot be read as a folder (", failed.message(), ")");
    std::sort(files.begin(), files.end());
    for (const fs::path& file : files)
      if (hash_at(file) == md5) return fs::absolute(file).string();
  }
  return std::nullopt;
}

}  // namespace

std::vector<fs::path> bases_of(const fs::path& file) {
  std::vector<fs::path> out = {fs::current_path()};
  for (fs::path folder = fs::absolute(file).parent_path();; folder = folder.parent_path()) {
    out.push_back(folder);
    if (folder == folder.parent_path()) return out;
  }
}

SoughtFile seek_file(const fs::path& file, const std::string& what, const std::string& name,
                     const std::string& md5, const std::vector<std::string>& look) {
  std::string other;
  for (const fs::path& base : bases_of(file)) {
    const fs::path path = base / name;
    if (!is_file(path)) continue;
    const std::string found = hash_at(path);
    if (md5.empty() || found == md5) return {base, name, ""};
    if (other.empty())
      other = concat(path.string(), " has changed (found md5 ", found, "; expected ", md5, ")");
  }
  if (!md5.empty())
    if (const auto found = found_by_hash(md5, fs::path(name).extension(), look))
      return {fs::current_path(), *found, ""};
  if (other.empty())
    other =
        concat(name, " is not there", md5.empty() ? "" : concat(", nor another file of md5 ", md5),
               look.empty() ? "; --look DIR says where to look" : "");
  return {fs::current_path(), name, concat(what, ": ", other)};
}

}  // namespace pellucid
