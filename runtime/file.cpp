#include "runtime/file.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "runtime/error.h"
#include "runtime/fault.h"
#include "runtime/file_observer.h"

namespace pellucid {
namespace {

std::function<void(const FileOperation&)> observer;

void report(FileOperation::Kind kind, const std::filesystem::path& path,
            const std::filesystem::path& target = {}, std::span<const std::byte> bytes = {}) {
  if (observer) observer({kind, path, target, {bytes.begin(), bytes.end()}});
}

// The errno that a call is to fail with, by plan, or 0.
int planned_fault(const char* point, std::size_t* bytes = nullptr) {
  return fault::planned ? fault::file(point, bytes) : 0;
}

// A named pipe that nothing has opened for writing neither stops the open nor is at its end.
constexpr int kReading = O_RDONLY | O_NONBLOCK;
constexpr int kPollMilliseconds = 20;

// Every system call that touches a file is named here, once.
class Descriptor {
 public:
  Descriptor(const std::filesystem::path& path, int flags, mode_t mode = 0) : path_(path) {
    errno = planned_fault("open");
    if (errno == 0) fd_ = ::open(path.c_str(), flags | O_CLOEXEC, mode);
    if (fd_ < 0 && flags & O_NOFOLLOW && errno == ELOOP) fail_to_read("a symbolic link");
    if (fd_ < 0 && flags & O_NONBLOCK) fail_to_read(std::strerror(errno));
    if (fd_ < 0) fail_with("cannot open");
    if (flags & O_TRUNC) report(FileOperation::Kind::create, path_);
  }
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  // 0 where the size is not known before reading: pipes, devices, and files under /proc.
  std::size_t size(Follow follow) {
    struct stat status {};
    if (::fstat(fd_, &status) != 0) fail_to_read(std::strerror(errno));
    if (S_ISDIR(status.st_mode)) fail_to_read("a folder");
    if (follow == Follow::no_links && !S_ISREG(status.st_mode)) fail_to_read("no regular file");
    milliseconds_left_ = S_ISFIFO(status.st_mode) ? kWriterWaitMilliseconds : 0;
    return S_ISREG(status.st_mode) ? static_cast<std::size_t>(status.st_size) : 0;
  }
  // Reads at most `size` bytes; returns fewer only at the end of the file.
  std::size_t read(std::byte* data, std::size_t size) {
    std::size_t done = 0;
    while (done < size) {
      const ssize_t n = ::read(fd_, data + done, size - done);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && errno == EAGAIN) {  // a writer that takes its time
        ::fcntl(fd_, F_SETFL, ::fcntl(fd_, F_GETFL) & ~O_NONBLOCK);
        continue;
      }
      if (n < 0) fail_to_read(std::strerror(errno));
      if (n == 0 && !may_still_come()) break;
      done += static_cast<std::size_t>(n);
    }
    return done;
  }
  void write(std::span<const std::byte> bytes) const {
    std::size_t arriving = bytes.size();
    const int fault = planned_fault("write", &arriving);
    for (auto left = bytes.first(fault ? arriving : bytes.size()); !left.empty();) {
      const ssize_t n = ::write(fd_, left.data(), left.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) fail_with("cannot write");
      left = left.subspan(static_cast<std::size_t>(n));
    }
    errno = fault;
    if (fault) fail_with("cannot write");
    report(FileOperation::Kind::write, path_, {}, bytes);
  }
  void sync(FileOperation::Kind kind = FileOperation::Kind::fsync) const {
    errno = planned_fault("fsync");
    if (errno != 0 || ::fsync(fd_) != 0) fail_with("cannot fsync");
    report(kind, path_);
  }
  // The whole file system that it is in.
  void sync_all() const {
    errno = planned_fault("fsync");
    if (errno != 0 || ::syncfs(fd_) != 0) fail_with("cannot sync the files in");
    report(FileOperation::Kind::sync_all, path_);
  }
  void close() {
    const int fd = std::exchange(fd_, -1), fault = planned_fault("close");
    const bool closed = ::close(fd) == 0;
    if (fault) errno = fault;
    if (fault || !closed) fail_with("cannot close");
  }

 private:
  [[noreturn]] void fail_with(const char* what) const {
    fail(what, " ", path_.string(), ": ", std::strerror(errno));
  }
  [[noreturn]] void fail_to_read(const char* found) const {
    fail(path_.string(), ": cannot be read (found ", found, "; expected a readable file)");
  }
  // Whether to read again at what looks like the end: of a pipe whose writer has yet to open it.
  bool may_still_come() {
    if (milliseconds_left_ <= 0) return false;
    pollfd pipe{fd_, POLLIN, 0};
    if (::poll(&pipe, 1, kPollMilliseconds) != 0) {  // bytes, or a writer that has gone again
      milliseconds_left_ = 0;
    } else if ((milliseconds_left_ -= kPollMilliseconds) <= 0) {
      fail_to_read("a pipe that nothing writes to");
    }
    return true;
  }
  std::filesystem::path path_;
  int fd_ = -1;
  int milliseconds_left_ = 0;  // to wait for the writer of a pipe
};

void rename_file(const std::filesystem::path& from, const std::filesystem::path& to) {
  errno = planned_fault("rename");
  if (errno != 0 || ::rename(from.c_str(), to.c_str()) != 0)
    fail("cannot replace ", to.string(), ": ", std::strerror(errno));
  report(FileOperation::Kind::rename, from, to);
}

constexpr std::size_t kReadStep = 65536;

bool is_pipe_or_device(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  return !error && std::filesystem::is_other(status);
}

// The file that a symbolic link leads to, which need not exist yet; any other path as it is.
std::filesystem::path behind_links(std::filesystem::path path) {
  constexpr int most_links = 40;  // as many as Linux follows
  std::error_code error;
  for (int links = 0; std::filesystem::is_symlink(path, error); ++links) {
    if (links == most_links) fail("cannot write ", path.string(), ": too many symbolic links");
    const auto target = std::filesystem::read_symlink(path, error);
    if (error) fail("cannot read the link ", path.string(), ": ", error.message());
    path = path.parent_path() / target;
  }
  return path;
}

// Where a file is written before it gets its name: "PATH.PID.tmp".
std::filesystem::path beside(const std::filesystem::path& path) {
  return concat(path.string(), ".", ::getpid(), ".tmp");
}

bool is_beside(const std::filesystem::path& path) {
  const std::string pid = path.stem().extension().string();
  return path.extension() == ".tmp" && pid.size() > 1 &&
         std::all_of(pid.begin() + 1, pid.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Whether it was not there before.
bool make_folders(const std::filesystem::path& folder) {
  std::error_code error;
  const bool made = std::filesystem::create_directories(folder, error);
  if (error) fail("cannot make the folder ", folder.string(), ": ", error.message());
  return made;
}

}  // namespace

std::vector<std::byte> read_file(const std::filesystem::path& path, std::size_t limit,
                                 Follow follow) {
  Descriptor file(path, follow == Follow::links ? kReading : kReading | O_NOFOLLOW);
  const std::size_t size = file.size(follow);
  if (size > limit)
    fail(path.string(), ": too large (found ", size, " bytes; expected at most ", limit, ")");
  // One byte more than expected, so that a short read shows the end.
  std::vector<std::byte> bytes(size + 1);
  std::size_t done = 0;
  while ((done += file.read(bytes.data() + done, bytes.size() - done)) == bytes.size()) {
    if (done > limit)
      fail(path.string(), ": too large (found more bytes; expected at most ", limit, ")");
    bytes.resize(std::max(2 * done, kReadStep));
  }
  bytes.resize(done);
  return bytes;
}

std::string read_text_file(const std::filesystem::path& path, std::size_t limit) {
  const std::vector<std::byte> bytes = read_file(path, limit);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void write_file(const std::filesystem::path& asked, std::span<const std::byte> bytes, Sync sync) {
  if (is_pipe_or_device(asked)) {
    Descriptor file(asked, O_WRONLY);
    file.write(bytes);
    return file.close();
  }
  const std::filesystem::path path = behind_links(asked);
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  make_folders(folder);
  const std::filesystem::path temporary = beside(path);
  try {
    Descriptor file(temporary, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    file.write(bytes);
    if (sync == Sync::now) file.sync();
    file.close();
    rename_file(temporary, path);
    if (sync == Sync::now)
      Descriptor(folder, O_RDONLY | O_DIRECTORY).sync(FileOperation::Kind::fsync_folder);
  } catch (...) {
    std::error_code none;
    std::filesystem::remove(temporary, none);
    throw;
  }
}

void observe_files(std::function<void(const FileOperation&)> wanted) {
  observer = std::move(wanted);
}

void write_text_file(const std::filesystem::path& path, std::string_view text, Sync sync) {
  write_file(path, std::as_bytes(std::span(text.data(), text.size())), sync);
}

void sync_files(const std::filesystem::path& folder) {
  Descriptor(folder, O_RDONLY | O_DIRECTORY).sync_all();
}

FolderLock::FolderLock(const std::filesystem::path& folder)
    : folder_(folder), made_(make_folders(folder)) {
  fd_ = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd_ < 0) fail("cannot open ", folder.string(), ": ", std::strerror(errno));
  if (::flock(fd_, LOCK_EX | LOCK_NB) == 0) {
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(folder, none))
      if (is_beside(entry.path())) std::filesystem::remove(entry.path(), none);
    return;
  }
  const int cause = errno;
  ::close(fd_);
  if (cause == EWOULDBLOCK)
    fail(folder.string(),
         ": another process is writing there; wait for it, or choose another --out");
  fail("cannot lock ", folder.string(), ": ", std::strerror(cause));
}

FolderLock::~FolderLock() {
  if (made_) ::rmdir(folder_.c_str());  // which fails unless it is empty
  ::close(fd_);
}

}  // namespace pellucid
