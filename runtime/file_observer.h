// file_observer.h: what runtime/file asks of the file system, as it happens: for tests of what a
// power cut would leave.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <vector>

namespace pellucid {

struct FileOperation {
  enum class Kind { create, write, fsync, rename, fsync_folder, sync_all } kind;
  std::filesystem::path path;    // rename: the old name
  std::filesystem::path target;  // rename: the new one
  std::vector<std::byte> bytes;  // write: appended to the file
};

// Calls `observer` after each operation that succeeded; an empty one ends that.
void observe_files(std::function<void(const FileOperation&)> observer);

}  // namespace pellucid
