#include "nn/data/codec/tiff_file.h"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <string_view>

#include "runtime/error.h"
#include "runtime/formats/text.h"

namespace pellucid {
namespace {

// libtiff's handlers belong to the process and know no file: the thread knows which one it reads.
thread_local TiffFile* tiff_being_read = nullptr;

}  // namespace

// What libtiff calls.
struct TiffFile::Callbacks {
  using Message = std::array<char, 256>;

  static TiffFile& file(thandle_t handle) { return *static_cast<TiffFile*>(handle); }

  static tmsize_t read(thandle_t handle, void* data, tmsize_t size) {
    TiffFile& f = file(handle);
    const std::size_t left = f.at_ < f.bytes_.size() ? f.bytes_.size() - f.at_ : 0;
    const std::size_t count = std::min(left, static_cast<std::size_t>(size));
    if (count > 0) std::memcpy(data, f.bytes_.data() + f.at_, count);
    f.at_ += count;
    return static_cast<tmsize_t>(count);
  }
  static tmsize_t write(thandle_t, void*, tmsize_t) { return -1; }
  static toff_t seek(thandle_t handle, toff_t offset, int whence) {
    TiffFile& f = file(handle);
    if (whence == SEEK_CUR) offset += f.at_;
    if (whence == SEEK_END) offset += f.bytes_.size();
    f.at_ = static_cast<std::size_t>(offset);
    return offset;
  }
  static int close(thandle_t) { return 0; }
  static toff_t size(thandle_t handle) { return file(handle).bytes_.size(); }

  static void keep(Message TiffFile::*kind, const char* format, std::va_list arguments) {
    if (tiff_being_read == nullptr) return;
    Message& message = tiff_being_read->*kind;
    if (message[0] == '\0') std::vsnprintf(message.data(), message.size(), format, arguments);
  }
  static void on_error(const char*, const char* format, std::va_list arguments) {
    keep(&TiffFile::error_, format, arguments);
  }
  static void on_warning(const char*, const char* format, std::va_list arguments) {
    if (!std::string_view(format).starts_with("Unknown field with tag"))
      keep(&TiffFile::warning_, format, arguments);
  }
};

TiffFile::TiffFile(std::span<const std::byte> bytes, const std::string& name) : bytes_(bytes) {
  static std::once_flag once;
  std::call_once(once, [] {
    TIFFSetErrorHandler(Callbacks::on_error);
    TIFFSetWarningHandler(Callbacks::on_warning);
  });
  tiff_being_read = this;
  tiff_ = TIFFClientOpen("TIFF", "rm", this, Callbacks::read, Callbacks::write, Callbacks::seek,
                         Callbacks::close, Callbacks::size, nullptr, nullptr);
  if (tiff_ != nullptr) return;
  tiff_being_read = nullptr;
  const std::string found = error().empty() ? "no page" : printable(error());
  fail(name, ": corrupt TIFF (found ", found, "; expected a whole TIFF)");
}

TiffFile::~TiffFile() {
  TIFFClose(tiff_);
  tiff_being_read = nullptr;
}

}  // namespace pellucid
