// pellucid-explain reads the pictures that it is asked about, and no others.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

#include "tests/apps/own_training.h"
#include "tests/support/device.h"

using namespace pellucid;
using test::holds;
using test::in_work;
using test::run;
using test::with;

namespace {

const std::string& model() {
  static const std::string file = [] {
    REQUIRE(test::train("chosen-run", {"--epochs", "1"}).code == 0);
    return in_work("chosen-run/model.safetensors");
  }();
  return file;
}

// Three pictures a class, divided into train and test; each differs from all others.
std::string divided(const std::string& name) {
  const std::string pool = test::folder_of(name + "-pool", {6, 6}), folder = in_work(name);
  for (const char* class_name : {"a", "b"})
    for (int i = 0; i < 6; ++i) {
      const std::string to = folder + (i < 3 ? "/test/" : "/train/") + class_name + "/";
      std::filesystem::create_directories(to);
      const std::string file = std::to_string(i) + ".png";
      std::filesystem::rename(pool + "/" + class_name + "/" + file, to + file);
    }
  return folder;
}

test::Outcome explain(const std::string& data, const std::string& out,
                      const std::vector<std::string>& more) {
  return run("pellucid-explain", with({"--model", model(), "--data", data, "--out", in_work(out),
                                       "--device", test::device_name()},
                                      more));
}

std::vector<std::string> explained(const std::string& out) {
  std::vector<std::string> ids;
  for (const auto& entry : std::filesystem::directory_iterator(in_work(out)))
    if (entry.path().extension() == ".json") ids.push_back(entry.path().stem().string());
  std::sort(ids.begin(), ids.end());
  return ids;
}

}  // namespace

TEST_CASE("chosen pictures: those of other subsets, and of the subset those behind, are not read") {
  const std::string data = divided("chosen");
  REQUIRE(explain(data, "chosen-all", {}).code == 0);
  write_text_file(data + "/train/a/5.png", "no picture");
  write_text_file(data + "/test/a/2.png", "no picture");
  const test::Outcome outcome = explain(data, "chosen-two", {"--max-images", "2"});
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(explained("chosen-two") == std::vector<std::string>{"test.a.0", "test.b.0"});
  for (const char* id : {"test.a.0", "test.b.0"}) {
    CHECK(read_file(in_work("chosen-two/") + id + ".gradcam.npy") ==
          read_file(in_work("chosen-all/") + id + ".gradcam.npy"));
    CHECK(read_json_file(in_work("chosen-two/") + id + ".json")["input_md5"] ==
          read_json_file(in_work("chosen-all/") + id + ".json")["input_md5"]);
  }
  // What is asked about and cannot be used is told.
  const test::Outcome all = explain(data, "chosen-rest", {});
  CHECK(all.code == 3);
  CHECK(explained("chosen-rest").size() == 5);
  CHECK(holds(read_text_file(in_work("chosen-rest/failures.jsonl")), "test/a/2.png"));
}

TEST_CASE("chosen pictures: in place of one that cannot be used comes the next") {
  const std::string data = divided("chosen-next");
  write_text_file(data + "/test/a/0.png", "no picture");
  const test::Outcome outcome = explain(data, "chosen-next-maps", {"--max-images", "2"});
  CHECK(outcome.code == 3);
  CHECK(explained("chosen-next-maps") == std::vector<std::string>{"test.a.1", "test.b.0"});
  for (const char* class_name : {"a", "b"})
    for (const char* file : {"0", "1", "2"})
      write_text_file(data + "/test/" + class_name + "/" + file + ".png", "no picture");
  const test::Outcome none = explain(data, "chosen-none", {"--max-images", "1"});
  CHECK(none.code == 1);
  CHECK(holds(none.err, "error: " + data + "/test/a/0.png: "));
}

TEST_CASE("chosen pictures: --resume knows each by itself, whatever others there are") {
  const std::string data = divided("chosen-resume");
  REQUIRE(explain(data, "resumed", {"--max-images", "1"}).code == 0);
  // Another picture than those that were explained is a different one now.
  const std::string other = read_text_file(data + "/train/b/5.png");
  write_text_file(data + "/test/b/0.png", other);
  const test::Outcome outcome = explain(data, "resumed", {"--max-images", "2", "--resume"});
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(explained("resumed") == std::vector<std::string>{"test.a.0", "test.b.0"});
  // One of them is.
  write_text_file(data + "/test/a/0.png", other);
  const test::Outcome changed = explain(data, "resumed", {"--max-images", "2", "--resume"});
  CHECK(changed.code == 1);
  CHECK(holds(changed.err, "test.a.0.json: this image was explained otherwise: input_md5 was"));
}

TEST_CASE("chosen pictures: what is there twice is said of those that are read") {
  const std::string data = divided("chosen-twice");
  const std::string first = read_text_file(data + "/test/a/0.png");
  write_text_file(data + "/test/a/1.png", first);
  CHECK(holds(explain(data, "twice", {}).err, "note: 1 images show the same as an earlier one"));
  CHECK_FALSE(holds(explain(data, "once", {"--max-images", "2"}).err, "show the same"));
}
