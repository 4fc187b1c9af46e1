// scratch_folder.h: a folder for files that nobody needs afterwards, removed with all that is in it.
#pragma once

#include <filesystem>
#include <string>

namespace pellucid {

class ScratchFolder {
 public:
  // A new one among the system's temporary files. Throws Error naming it if it cannot be made.
  ScratchFolder();
  // This one, emptied of what another call left there when it was killed.
  explicit ScratchFolder(const std::filesystem::path& path);
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace pellucid
