// pixel_file.h: values of pictures on disk instead of in memory, for sets that memory would not hold.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

namespace pellucid {

// A file without a name in $TMPDIR, or else /var/tmp, which goes with its last user. Its functions may run at
// the same time. All throw Error, naming the folder: it cannot be written, or the disk is full.
class PixelFile {
 public:
  PixelFile();
  ~PixelFile();
  PixelFile(const PixelFile&) = delete;
  PixelFile& operator=(const PixelFile&) = delete;

  // Where they are from then on.
  std::uint64_t append(std::span<const std::byte> bytes);
  void read(std::uint64_t place, std::span<std::byte> bytes) const;

 private:
  int file_;
  std::atomic<std::uint64_t> end_ = 0;
};

}  // namespace pellucid
