#include "runtime/file.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "runtime/error.h"

using namespace pellucid;
namespace fs = std::filesystem;

namespace {

// A folder of its own for each test case, removed with it.
class Scratch {
 public:
  Scratch() {
    std::string pattern = (fs::temp_directory_path() / "pellucid-file-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
  }
  ~Scratch() {
    std::error_code error;
    fs::remove_all(folder_, error);
  }
  fs::path operator/(const char* name) const { return folder_ / name; }
  std::size_t entries() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }

 private:
  fs::path folder_;
};

}  // namespace

TEST_CASE("file: what was written is read back, text and bytes, empty and large") {
  const Scratch scratch;
  const fs::path path = scratch / "a";
  for (const std::string& text :
       {std::string(), std::string("x"), std::string("zero\0byte", 9), std::string(200000, 'y')}) {
    write_text_file(path, text);
    CHECK_EQ(read_text_file(path), text);
    CHECK_EQ(fs::file_size(path), text.size());
  }
  const std::vector<std::byte> bytes{std::byte{0}, std::byte{255}};
  write_file(path, bytes);
  CHECK_EQ(read_file(path), bytes);
  CHECK_EQ(scratch.entries(), 1);  // no temporary file stays
}

TEST_CASE("file: missing folders are made, a folder behind a link is used") {
  const Scratch scratch;
  write_text_file(scratch / "one/two/three", "deep");
  CHECK_EQ(read_text_file(scratch / "one/two/three"), "deep");
  fs::create_directory_symlink(scratch / "one", scratch / "link");
  write_text_file(scratch / "link/two/four", "linked");
  CHECK_EQ(read_text_file(scratch / "one/two/four"), "linked");
}

TEST_CASE("file: replacing is atomic: an open reader keeps the old file whole") {
  const Scratch scratch;
  const fs::path path = scratch / "a";
  write_text_file(path, "old");
  const int reader = ::open(path.c_str(), O_RDONLY);
  write_text_file(path, "newer");
  char text[8] = {};
  CHECK_EQ(::read(reader, text, sizeof text), 3);
  CHECK_EQ(std::string(text), "old");
  ::close(reader);
  CHECK_EQ(read_text_file(path), "newer");
}

TEST_CASE("file: a failed write leaves what was there and no temporary file") {
  const Scratch scratch;
  // A folder stands where the file should go.
  write_text_file(scratch / "folder/inside", "kept");
  CHECK_THROWS_WITH_AS(write_text_file(scratch / "folder", "x"),
                       doctest::Contains("cannot replace"), Error);
  CHECK_EQ(read_text_file(scratch / "folder/inside"), "kept");
  CHECK_EQ(scratch.entries(), 1);
  // A file stands where a folder should be.
  write_text_file(scratch / "plain", "kept");
  CHECK_THROWS_WITH_AS(write_text_file(scratch / "plain/below", "x"),
                       doctest::Contains("cannot make the folder"), Error);
  CHECK_EQ(read_text_file(scratch / "plain"), "kept");
  // A name longer than the file system takes.
  CHECK_THROWS_WITH_AS(write_text_file(scratch / std::string(300, 'n').c_str(), "x"),
                       doctest::Contains("cannot open"), Error);
  CHECK_EQ(scratch.entries(), 2);
}

TEST_CASE("file: a full device is an error") {
  if (!fs::exists("/dev/full")) return;
  CHECK_THROWS_WITH_AS(write_text_file("/dev/full", "x"),
                       doctest::Contains("cannot write /dev/full"), Error);
  CHECK(fs::is_character_file("/dev/full"));
}

TEST_CASE("file: a link stays and its target is replaced, also one that does not exist yet") {
  const Scratch scratch;
  write_text_file(scratch / "target", "old");
  fs::create_symlink("target", scratch / "link");
  fs::create_symlink("link", scratch / "link-to-link");
  write_text_file(scratch / "link-to-link", "new");
  CHECK(fs::is_symlink(scratch / "link-to-link"));
  CHECK(fs::is_symlink(scratch / "link"));
  CHECK_EQ(read_text_file(scratch / "target"), "new");
  fs::create_symlink("later", scratch / "dangling");
  write_text_file(scratch / "dangling", "made");
  CHECK(fs::is_symlink(scratch / "dangling"));
  CHECK_EQ(read_text_file(scratch / "later"), "made");
  fs::create_symlink("circle", scratch / "circle");
  CHECK_THROWS_WITH_AS(write_text_file(scratch / "circle", "x"), doctest::Contains("too many"),
                       Error);
}

TEST_CASE("file: a pipe is written to and read from, not replaced") {
  const Scratch scratch;
  const fs::path pipe = scratch / "pipe";
  REQUIRE_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const std::string text(100000, 'p');  // more than a pipe holds and than one read step
  std::thread writer([&] { write_text_file(pipe, text); });
  CHECK_EQ(read_text_file(pipe), text);
  writer.join();
  CHECK(fs::is_fifo(pipe));
}

TEST_CASE("file: a pipe waits for its writer, but not for one that never comes") {
  const Scratch scratch;
  const fs::path pipe = scratch / "pipe";
  REQUIRE_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  std::thread late([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    const int fd = ::open(pipe.c_str(), O_WRONLY);
    std::this_thread::sleep_for(std::chrono::milliseconds(200));  // has opened, says nothing yet
    (void)!::write(fd, "late", 4);
    ::close(fd);
  });
  CHECK_EQ(read_text_file(pipe), "late");
  late.join();
  std::thread silent([&] { ::close(::open(pipe.c_str(), O_WRONLY)); });
  CHECK_EQ(read_text_file(pipe), "");
  silent.join();
  CHECK_THROWS_WITH_AS(read_text_file(pipe), doctest::Contains("a pipe that nothing writes to"),
                       Error);
}

TEST_CASE("file: reading fails with the path and the reason") {
  const Scratch scratch;
  CHECK_THROWS_WITH_AS(read_file(scratch / "none"),
                       doctest::Contains("none: cannot be read (found No such file or directory; "
                                         "expected a readable file)"),
                       Error);
  fs::create_directory(scratch / "folder");
  CHECK_THROWS_WITH_AS(read_file(scratch / "folder"), doctest::Contains("(found a folder; "),
                       Error);
  write_text_file(scratch / "ten", "0123456789");
  CHECK_EQ(read_file(scratch / "ten", 10).size(), 10);
  CHECK_THROWS_WITH_AS(read_file(scratch / "ten", 9),
                       doctest::Contains("too large (found 10 bytes; expected at most 9)"), Error);
  CHECK_THROWS_WITH_AS(read_file("/dev/zero", 1000),
                       doctest::Contains("(found more bytes; expected at most 1000)"), Error);
}

TEST_CASE("file: a folder has one writer, who clears away what a killed one left") {
  const Scratch scratch;
  const fs::path folder = scratch / "run";
  {
    const FolderLock lock(folder);
    CHECK_THROWS_WITH_AS(FolderLock{folder},
                         (folder.string() + ": another process is writing there; wait for it, or "
                                            "choose another --out")
                             .c_str(),
                         Error);
    write_text_file(folder / "model.1.tmp.txt", "kept");
    write_text_file(folder / "notes.tmp", "kept");
    write_text_file(folder / "model.safetensors.4711.tmp", "half");
  }
  const FolderLock next(folder);
  CHECK(fs::exists(folder / "model.1.tmp.txt"));
  CHECK(fs::exists(folder / "notes.tmp"));
  CHECK_FALSE(fs::exists(folder / "model.safetensors.4711.tmp"));
  write_text_file(scratch / "file", "");
  CHECK_THROWS_AS(FolderLock{scratch / "file"}, Error);

  // One that it made and nobody wrote to goes again; a user's stays.
  { const FolderLock lock(scratch / "made"); }
  CHECK_FALSE(fs::exists(scratch / "made"));
  fs::create_directory(scratch / "theirs");
  { const FolderLock lock(scratch / "theirs"); }
  CHECK(fs::exists(scratch / "theirs"));
}
