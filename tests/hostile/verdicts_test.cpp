// Every file of tests/hostile/formats.h gets its verdict, and every verdict has the same form.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "nn/data/codec/image_file.h"
#include "runtime/error.h"
#include "runtime/file.h"
#include "runtime/formats/json.h"
#include "runtime/formats/safetensors.h"
#include "tests/hostile/formats.h"
#include "tests/nn/data/support.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

// What `load` says, with FILE for the path.
std::string verdict(const Format& format, const std::filesystem::path& path) {
  std::string message = message_of([&] { format.load(path); });
  const std::string name = path.string();
  for (std::size_t at; (at = message.find(name)) != message.npos;)
    message.replace(at, name.size(), "FILE");
  return message;
}

// What was said, with … for what was found where the verdict has that.
std::string in_words_of(const std::string& verdict, std::string said) {
  const std::size_t begin = verdict.find("(found …; expected ");
  if (begin == verdict.npos || said.compare(0, begin + 7, verdict, 0, begin + 7) != 0) return said;
  const std::size_t end = said.rfind("; expected ");
  if (end == said.npos || end <= begin + 7) return said;  // nothing was found
  return said.replace(begin + 7, end - begin - 7, "…");
}

// "FILE: WHAT (found …; expected …)", FILE also with ":LINE", in one line of printable text.
bool has_the_form(std::string_view verdict) {
  if (!verdict.starts_with("FILE")) return false;
  verdict.remove_prefix(4);
  if (verdict.starts_with(':') && verdict.size() > 1 && verdict[1] != ' ') {
    verdict.remove_prefix(1);
    const std::size_t digits = verdict.find_first_not_of("0123456789");
    if (digits == 0 || digits == verdict.npos) return false;
    verdict.remove_prefix(digits);
  }
  const std::size_t found = verdict.find(" (found "), expected = verdict.rfind("; expected ");
  return verdict.starts_with(": ") && verdict.ends_with(')') && found != verdict.npos &&
         found > 2 && expected != verdict.npos && expected > found + 8 &&
         expected + 11 < verdict.size() - 1 &&
         std::none_of(verdict.begin(), verdict.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

}  // namespace

TEST_CASE("every malformed file gets its verdict") {
  const TemporaryFolder folder;
  int malformed = 0;
  for (const Format& format : formats()) {
    std::set<std::string> names;
    for (const HostileFile& file : format.files()) {
      const std::string format_name = format.name;
      CAPTURE(format_name);
      CAPTURE(file.name);
      CHECK(names.insert(file.name).second);
      const std::filesystem::path path = folder / ("file" + std::string(format.extension));
      write_text_file(path, file.bytes);
      const std::string exactly = verdict(format, path), said = in_words_of(file.verdict, exactly);
      if (file.other_verdict.empty() || said != file.other_verdict) CHECK_EQ(said, file.verdict);
      if (file.verdict.empty()) continue;
      ++malformed;
      CHECK_MESSAGE(has_the_form(exactly), exactly);
      CHECK(nlohmann::json(file.verdict).dump().size() < 1000);  // throws unless UTF-8
    }
  }
  MESSAGE(malformed, " malformed files");
  CHECK(malformed >= 150);
}

TEST_CASE("what is no file gets its verdict, and nothing hangs") {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "folder");
  std::filesystem::create_symlink("circle", folder / "circle");
  REQUIRE_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  write_text_file(folder / "locked", "P5 1 1 255 a");
  std::filesystem::permissions(folder / "locked", std::filesystem::perms::none);
  const bool root = ::geteuid() == 0;  // may read everything
  const std::string readable = "; expected a readable file)";
  for (const Format& format : formats()) {
    const std::string format_name = format.name;
    CAPTURE(format_name);
    if (std::string(format.extension) == ".png" || std::string(format.name) == "labels") continue;
    CHECK_EQ(verdict(format, folder / "folder"), "FILE: cannot be read (found a folder" + readable);
    CHECK_EQ(verdict(format, "/proc/self/mem"),
             "FILE: cannot be read (found Input/output error" + readable);
    if (!root)
      CHECK_EQ(verdict(format, folder / "locked"),
               "FILE: cannot be read (found Permission denied" + readable);
  }
  const Format& any = format("npy");
  CHECK_EQ(verdict(any, folder / "missing"),
           "FILE: cannot be read (found No such file or directory" + readable);
  CHECK_EQ(verdict(any, folder / "missing" / "npy"),
           "FILE: cannot be read (found No such file or directory" + readable);
  CHECK_EQ(verdict(any, folder / "locked" / "npy"),
           "FILE: cannot be read (found Not a directory" + readable);
  CHECK_EQ(verdict(any, folder / "circle"),
           "FILE: cannot be read (found Too many levels of symbolic links" + readable);
  CHECK_EQ(verdict(any, folder / "pipe"),
           "FILE: cannot be read (found a pipe that nothing writes to" + readable);
  CHECK_EQ(verdict(format("json"), "/dev/zero"),
           "FILE: too large (found more bytes; expected at most 16777216)");
  CHECK_EQ(
      verdict(format("json"), "/dev/null"),
      "FILE: not JSON at line 1, column 1 (found end of input; expected '[', '{', or a literal)");
}
