// What a training should not be silent about: classes without pictures, and that nothing was learnt.
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
using test::run;
using test::with;

namespace {

// A folder of `counts` pictures of 16 × 16 in classes a, b, …, and a file that divides them.
std::string folder_of(const std::string& name, const std::vector<int>& counts) {
  const std::string folder = in_work(name);
  for (std::size_t c = 0; c < counts.size(); ++c)
    for (int i = 0; i < counts[c]; ++i) {
      const std::string path =
          folder + "/" + static_cast<char>('a' + c) + "/" + std::to_string(i) + ".png";
      std::filesystem::create_directories(std::filesystem::path(path).parent_path());
      std::vector<std::uint8_t> pixels(256);
      for (std::size_t p = 0; p < 256; ++p)
        pixels[p] = static_cast<std::uint8_t>(p * (c + 1) + static_cast<std::size_t>(i));
      write_png(path, 16, 16, 1, pixels);
    }
  return folder;
}

test::Outcome train(const std::string& data, const std::string& split, const std::string& out,
                    const std::vector<std::string>& more = {}) {
  write_text_file(in_work(out + ".csv"), split);
  const std::string model = in_work("warned.json");
  // So many linear layers that a step too large blows up.
  std::string layers = R"({"type": "flatten"}, )";
  for (int i = 0; i < 6; ++i) layers += R"({"type": "linear", "outputs": 64}, )";
  write_text_file(model, concat(R"({"name": "warned", "input": [16, 16, 1], "layers": [)", layers,
                                R"({"type": "linear", "outputs": 3}]})"));
  return run("pellucid-train",
             with({"--data", data, "--size", "16", "--split", in_work(out + ".csv"), "--model",
                   model, "--epochs", "1", "--batch", "4", "--device", test::device_name(), "--out",
                   in_work(out)},
                  more));
}

}  // namespace

TEST_CASE(
    "training warns of classes that are not validated or tested, and refuses those not trained") {
  const std::string data = folder_of("classes", {3, 3, 3});
  const test::Outcome outcome =
      train(data, "id,split\na.0,train\nb.0,train\nc.0,train\na.1,valid\nb.1,valid\nb.2,test\n",
            "classes-run");
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  const std::string valid =
                        "the subset valid has no image of class c: its figures are of the others",
                    test =
                        "the subset test has no image of class a, c: its figures are of the "
                        "others";
  for (const std::string& warning : {valid, test}) {
    CHECK(outcome.err.find("warning: " + warning) != std::string::npos);
    CHECK(outcome.out.find("warning: " + warning) != std::string::npos);
  }
  const Json record = read_json_file(in_work("classes-run") + "/run.json");
  CHECK(record["warnings"][0] == valid);
  CHECK(record["warnings"][1] == test);

  const test::Outcome whole =
      train(data, "id,split\na.0,train\nb.0,train\nc.0,train\na.1,valid\nb.1,valid\nc.1,valid\n",
            "whole-run");
  REQUIRE(whole.code == 0);
  CHECK(whole.out.find("has no image") == std::string::npos);
}

TEST_CASE("training that learns nothing says so, in digits that can be read") {
  const std::string data = folder_of("lost", {2, 2, 2});
  const test::Outcome lost =
      train(data, "id,split\na.0,train\nb.0,train\nc.0,train\na.1,valid\nb.1,valid\nc.1,valid\n",
            "lost-run", {"--lr", "100", "--epochs", "3"});
  INFO(lost.err);
  REQUIRE(lost.code == 0);
  CHECK(lost.out.find("is above ln 3 = 1.099, that of equal probabilities: nothing was learnt") !=
        std::string::npos);
  CHECK(read_json_file(in_work("lost-run") + "/run.json")["warnings"].size() == 1);
  // No number of more than a dozen digits.
  int digits = 0;
  for (const char c : lost.err + lost.out) {
    digits = c >= '0' && c <= '9' ? digits + 1 : 0;
    CHECK(digits < 12);
  }
}
