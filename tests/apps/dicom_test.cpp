// DICOM through the programs: nothing that identifies a person leaves its file, and --frame.
#include <doctest/doctest.h>

#include <filesystem>

#include "nn/data/codec/image_file.h"
#include "runtime/error.h"
#include "runtime/file.h"
#include "runtime/formats/json.h"
#include "tests/apps/process.h"
#include "tests/apps/run_folder.h"

using namespace pellucid;
using test::in_work;
using test::is_error;
using test::run;

namespace {

namespace fs = std::filesystem;

const fs::path kFixtures = fs::path(PELLUCID_TEST_DATA) / "dicom";

const std::vector<std::string>& planted_tokens() {
  static const auto tokens =
      read_json_file(kFixtures / "golden.json")["tokens"].get<std::vector<std::string>>();
  return tokens;
}

// Whether this build has the library that a file needs.
bool is_readable(const fs::path& file) {
  try {
    read_image(file);
    return true;
  } catch (const Error&) {
    return false;
  }
}

// A folder of two classes of all fixtures, each with every token, under names that say nothing.
const std::string& planted_folder() {
  static const std::string folder = [] {
    const fs::path path = in_work("planted");
    int count = 0;
    for (const fs::directory_entry& entry : fs::directory_iterator(kFixtures)) {
      if (entry.path().extension() != ".dcm" || !is_readable(entry.path())) continue;
      const std::string bytes = read_text_file(entry.path());
      for (const std::string& token : planted_tokens()) {
        CAPTURE(token);
        CHECK(bytes.find(token) != std::string::npos);
      }
      const fs::path target = path / (count % 2 == 0 ? "one" : "two");
      fs::create_directories(target);
      fs::copy_file(entry.path(), target / (std::to_string(count) + ".dcm"));
      ++count;
    }
    CHECK(count >= 25);
    return path.string();
  }();
  return folder;
}

void check_no_token(const std::string& where, const std::string& text) {
  CAPTURE(where);
  for (const std::string& token : planted_tokens()) {
    CAPTURE(token);
    CHECK(text.find(token) == std::string::npos);
  }
}

void check_outputs(const test::Outcome& outcome, int code) {
  INFO(outcome.err);
  CHECK_EQ(outcome.code, code);
  check_no_token("stdout", outcome.out);
  check_no_token("stderr", outcome.err);
}

// What the programs wrote; returns how many files.
int check_files(const fs::path& folder) {
  int files = 0;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    check_no_token(entry.path().string(), read_text_file(entry.path()));
    ++files;
  }
  return files;
}

std::string trained_model() {
  const std::string out = in_work("planted-run");
  if (!fs::exists(out))
    check_outputs(run("pellucid-train", {"--data", planted_folder(), "--size", "64", "--model",
                                         "tiny", "--epochs", "1", "--batch", "8", "--split",
                                         "6/1/1", "--device", test::device_name(), "--out", out}),
                  0);
  return out + "/model.safetensors";
}

}  // namespace

TEST_CASE("DICOM: no name, id, date, UID or comment of a patient leaves its file") {
  CHECK(planted_tokens().size() >= 20);
  const std::string model = trained_model(), out = in_work("planted-out");
  fs::create_directories(out);
  check_outputs(
      run("pellucid-data", {"--data", planted_folder(), "--size", "64", "--split", "6/1/1", "--csv",
                            out + "/table.csv", "--sheet", out + "/sheet.png", "--out",
                            out + "/packed.safetensors", "--json", out + "/counts.json"}),
      0);
  check_outputs(run("pellucid-explain",
                    {"--model", model, "--data", planted_folder(), "--split", "6/1/1", "--subset",
                     "test", "--device", test::device_name(), "--out", out + "/maps"}),
                0);
  const std::string file = planted_folder() + "/one/0.dcm", cut = in_work("cut.dcm");
  check_outputs(run("pellucid-explain", {"--model", model, "--image", file, "--device",
                                         test::device_name(), "--out", out + "/one"}),
                0);
  // What is said of a file that is cut short.
  const std::string whole = read_text_file(file);
  write_text_file(cut, whole.substr(0, whole.size() - 60));
  check_outputs(run("pellucid-explain", {"--model", model, "--image", cut, "--device",
                                         test::device_name(), "--out", out + "/cut"}),
                1);
  CHECK(check_files(in_work("planted-run")) >= 3);
  CHECK(check_files(out) >= 10);
}

TEST_CASE("DICOM: --frame chooses, is said and recorded, and belongs to --image") {
  const std::string model = trained_model(), file = (kFixtures / "enhanced.dcm").string();
  const auto explain = [&](const std::string& frame, const std::string& out) {
    return run("pellucid-explain", {"--model", model, "--image", file, "--frame", frame, "--device",
                                    test::device_name(), "--out", in_work(out)});
  };
  const test::Outcome second = explain("1", "frame-1");
  INFO(second.err);
  REQUIRE_EQ(second.code, 0);
  CHECK(second.err.find("frame 1 of 2; rescaled by its slope and intercept; window 3000/4000 "
                        "LINEAR") != std::string::npos);
  CHECK_EQ(read_json_file(in_work("frame-1/enhanced.json"))["settings"]["frame"], 1);
  CHECK(is_error(explain("2", "frame-2"), 1, "no such frame (found 2 frames"));
  CHECK(is_error(run("pellucid-explain", {"--model", model, "--data", "phantom", "--frame", "1"}),
                 2, "--frame belongs to --image"));
}
