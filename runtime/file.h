// file.h: the file seam. All reading and writing of whole files goes through here, so that a reader
// never sees half a file and "saved" means durable: write beside, fsync, rename, fsync the folder.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pellucid {

inline constexpr std::size_t kMaxFileBytes = std::size_t{4} << 30;
inline constexpr std::size_t kMaxTextFileBytes = std::size_t{256} << 20;
inline constexpr int kWriterWaitMilliseconds = 5000;

// Whole file, pipes and devices too. Throws Error "PATH: WHAT (found …; expected …)" if it is missing,
// a folder, unreadable, larger than `limit` bytes, or a pipe that nothing opens for writing within
// kWriterWaitMilliseconds; a writer, once there, may take its time.
//
// no_links: for a name that another file gives: a regular file, and the name itself no symbolic link.
enum class Follow { links, no_links };
std::vector<std::byte> read_file(const std::filesystem::path& path,
                                 std::size_t limit = kMaxFileBytes, Follow follow = Follow::links);
std::string read_text_file(const std::filesystem::path& path,
                           std::size_t limit = kMaxTextFileBytes);

// Replaces `path` by `bytes`, durably and atomically; parent folders are made. On any failure the
// old file is untouched, the temporary file is removed, and Error says what failed. (If only the
// last step, fsync of the folder, fails, the new file is in place but may not survive a power cut;
// that is an Error too.) A symbolic link stays and its target is replaced; a pipe or a device such
// as /dev/stdout or /dev/null is written to, not replaced.
//
// later: of many files that can be made again; without the fsyncs, which take a hundred times as long as the
// writing. No reader sees half a file either, but a power cut before sync_files() may leave some empty.
enum class Sync { now, later };
void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes,
                Sync sync = Sync::now);
void write_text_file(const std::filesystem::path& path, std::string_view text,
                     Sync sync = Sync::now);
// Makes durable whatever was written before into the file system of a folder.
void sync_files(const std::filesystem::path& folder);

// One writer a folder: held from construction to destruction, or to the end of the process however
// it ends. Makes the folder, which goes again if nothing was written there, and removes half-written
// files that a killed writer left. Throws Error if another process holds it.
class FolderLock {
 public:
  explicit FolderLock(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  std::filesystem::path folder_;
  bool made_;
  int fd_;
};

}  // namespace pellucid
