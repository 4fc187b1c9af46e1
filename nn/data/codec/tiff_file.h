// tiff_file.h: a file in memory opened by libtiff, which says what is wrong with it here and nowhere else.
#pragma once

#include <tiffio.h>

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace pellucid {

// One at a time in a thread. `bytes` must outlive it.
class TiffFile {
 public:
  // Throws Error "NAME: WHAT (found …; expected …)" for what libtiff cannot open.
  TiffFile(std::span<const std::byte> bytes, const std::string& name);
  ~TiffFile();
  TiffFile(const TiffFile&) = delete;
  TiffFile& operator=(const TiffFile&) = delete;

  TIFF* get() const { return tiff_; }
  // The first error, and the first warning since it was taken; "" if there was none. That a tag is not
  // known to libtiff is no warning.
  std::string error() const { return error_.data(); }
  std::string take_warning() {
    std::string warning = warning_.data();
    warning_[0] = '\0';
    return warning;
  }

 private:
  struct Callbacks;

  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
  std::array<char, 256> error_{}, warning_{};
  TIFF* tiff_ = nullptr;
};

}  // namespace pellucid
