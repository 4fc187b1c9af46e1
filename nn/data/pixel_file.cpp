#include "nn/data/pixel_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include "runtime/error.h"

namespace pellucid {
namespace {

std::string spill_folder() {
  const char* named = std::getenv("TMPDIR");
  return named != nullptr && *named != '\0' ? named : "/var/tmp";
}

[[noreturn]] void fail_to_spill(const char* what) {
  fail(spill_folder(), ": ", what, " (found ", std::strerror(errno),
       "; expected room for pictures that memory does not hold; TMPDIR names another folder)");
}

}  // namespace

PixelFile::PixelFile() {
  std::string name = spill_folder() + "/pellucid-pixels-XXXXXX";
  file_ = mkostemp(name.data(), O_CLOEXEC);
  if (file_ < 0) fail_to_spill("cannot be written");
  unlink(name.c_str());
}

PixelFile::~PixelFile() { close(file_); }

std::uint64_t PixelFile::append(std::span<const std::byte> bytes) {
  const std::uint64_t place = end_.fetch_add(bytes.size());
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t some =
        pwrite(file_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(place + done));
    if (some < 0 && errno == EINTR) continue;
    if (some <= 0) fail_to_spill("cannot be written");
    done += static_cast<std::size_t>(some);
  }
  return place;
}

void PixelFile::read(std::uint64_t place, std::span<std::byte> bytes) const {
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t some =
        pread(file_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(place + done));
    if (some < 0 && errno == EINTR) continue;
    if (some <= 0) fail_to_spill("cannot be read");
    done += static_cast<std::size_t>(some);
  }
}

}  // namespace pellucid
