// Malformed files through the programs: one line, exit code 1, nothing written, no waiting.
// tests/hostile holds the readers themselves to their verdicts.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include "runtime/file.h"
#include "tests/apps/process.h"
#include "tests/apps/run_folder.h"

using namespace pellucid;
using test::in_work;
using test::run;

namespace {

std::string written(const std::string& name, const std::string& text) {
  write_text_file(in_work(name), text);
  return in_work(name);
}

void check_verdict(const std::string& program, const std::vector<std::string>& arguments,
                   const std::string& verdict) {
  const test::Outcome outcome = run(program, arguments);
  CAPTURE(program);
  CAPTURE(outcome.err);
  CHECK(test::is_error(outcome, 1, verdict));
  CHECK(outcome.err.ends_with("error: " + verdict + "\n"));
}

}  // namespace

TEST_CASE("a malformed file ends a program with one line and exit code 1") {
  const std::string out = in_work("hostile-out"), cpu = "cpu";
  const std::string text = written("text.safetensors", "{}"),
                    json = written("bad.json", "{\"a\":1,\"a\":2}");
  const std::string readable = "; expected a readable file)", pipe = in_work("hostile-pipe");
  REQUIRE_EQ(::mkfifo(pipe.c_str(), 0600), 0);

  check_verdict(
      "pellucid-data", {"--data", text, "--out", out},
      text + ": not a safetensors file (found 2 bytes; expected 8 for the header's length alone)");
  check_verdict("pellucid-data", {"--data", pipe, "--out", out},
                pipe + ": cannot be read (found a pipe that nothing writes to" + readable);
  check_verdict(
      "pellucid-evaluate", {"--data", "phantom", "--model", text},
      text + ": not a safetensors file (found 2 bytes; expected 8 for the header's length alone)");
  check_verdict("pellucid-evaluate", {"--data", "phantom", "--model", in_work("")},
                in_work("") + ": cannot be read (found a folder" + readable);
  const std::string folder = in_work("hostile-mias");
  written("hostile-mias/Info.txt", "mdb001 G CIRC B 1 2\n");
  check_verdict(
      "pellucid-data", {"--data", folder, "--protocol", "paper"},
      folder +
          "/Info.txt:1: unreadable row (found \"mdb001 G CIRC B 1 2\"; expected \"ID TISSUE "
          "NORM\" or \"ID TISSUE CLASS SEVERITY [X Y RADIUS]\")");
  check_verdict("pellucid-train",
                {"--data", "phantom", "--model", json, "--out", out, "--device", cpu},
                json + ": duplicate key (found \"a\" twice; expected it once)");
  CHECK_FALSE(std::filesystem::exists(out));
}
