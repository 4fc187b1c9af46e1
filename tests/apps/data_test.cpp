// pellucid-data, and the data every program accepts.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>

#include "nn/data/phantom/phantom.h"
#include "nn/data/source/packed.h"
#include "runtime/error.h"
#include "runtime/file.h"
#include "runtime/formats/json.h"
#include "tests/apps/process.h"
#include "tests/apps/run_folder.h"

using namespace pellucid;
using test::is_error;
using test::run;

namespace {

std::string in_work(const char* name) { return (test::work_folder() / name).string(); }

}  // namespace

TEST_CASE("a packed set is the set that was packed") {
  PhantomOptions options;
  options.size = 32;
  options.channels = 3;
  options.train_per_class = 2;
  options.valid_per_class = 1;
  options.test_per_class = 0;
  const Dataset dataset = make_phantom(options, 4);
  const std::string file = in_work("packed.safetensors");
  pack_dataset(dataset, file);
  const Dataset again = unpack_dataset(file);
  CHECK(content_hash(again) == content_hash(dataset));
  CHECK(again.preprocessing == dataset.preprocessing);
  CHECK(again.source == dataset.source);
  CHECK(again.train[0].lesion_mask.empty());
  CHECK(again.train[1].annotation == dataset.train[1].annotation);
  CHECK(again.test.empty());

  const std::vector<std::byte> bytes = read_file(file);
  const std::string second = in_work("packed-again.safetensors");
  pack_dataset(again, second);
  CHECK(read_file(second) == bytes);

  std::vector<std::byte> damaged = bytes;
  damaged[damaged.size() - 5] ^= std::byte{1};
  write_file(second, damaged);
  CHECK_THROWS_AS(unpack_dataset(second), Error);
  damaged.resize(damaged.size() / 2);
  write_file(second, damaged);
  CHECK_THROWS_AS(unpack_dataset(second), Error);
}

TEST_CASE("pellucid-data writes table, sheet, set and counts") {
  const std::string csv = in_work("phantom.csv"), sheet = in_work("phantom.png"),
                    out = in_work("phantom.safetensors");
  const test::Outcome made =
      run("pellucid-data", {"--data", "phantom", "--phantom-count", "3,2,1", "--phantom-size", "32",
                            "--csv", csv, "--sheet", sheet, "--out", out, "--json", "-"});
  REQUIRE(made.code == 0);
  const Json counts = parse_json(made.out, "stdout");
  CHECK(counts["samples_by_class"]["train"] == Json({3, 3, 3}));
  CHECK(counts["samples_by_class"]["test"] == Json({1, 1, 1}));
  const std::string table = read_text_file(csv);
  CHECK(std::count(table.begin(), table.end(), '\n') == 1 + 18);
  const std::string header = table.substr(0, table.find('\n'));
  const std::string row =
      table.substr(header.size() + 1, table.find('\n', header.size() + 1) - header.size() - 1);
  CHECK(std::count(header.begin(), header.end(), ',') == std::count(row.begin(), row.end(), ','));
  CHECK(read_file(sheet).size() > 1000);

  const test::Outcome again = run("pellucid-data", {"--data", out, "--json", "-"});
  CHECK(parse_json(again.out, "stdout")["content_hash"] == counts["content_hash"]);
  CHECK(run("pellucid-data", {"--data", out}).out.find("malignant") != std::string::npos);
}

TEST_CASE("data that cannot be used give one line, exit 1, and nothing is written") {
  const std::string out = in_work("refused.safetensors"), folder = in_work("empty-folder"),
                    text = in_work("text.safetensors");
  std::filesystem::create_directories(folder);
  write_text_file(text, "this is not a data set");
  CHECK(is_error(run("pellucid-data", {"--data", "/nowhere", "--out", out}), 1, "/nowhere"));
  CHECK(is_error(run("pellucid-data", {"--data", folder, "--out", out}), 1, "no images"));
  CHECK(is_error(run("pellucid-data", {"--data", text, "--out", out}), 1, "text.safetensors"));
  CHECK_FALSE(std::filesystem::exists(out));
  CHECK(is_error(run("pellucid-data", {"--data", text, "--phantom-seed", "3"}), 2,
                 "--phantom-seed is for --data phantom only"));
  CHECK(is_error(run("pellucid-data", {"--data", "phantom", "--phantom-count", "1,0,0", "--sheet",
                                       in_work("none.png"), "--sheet-subset", "test"}),
                 1, "subset test has no images"));
}

TEST_CASE("the table of mini-MIAS is the golden one, byte for byte") {
  const char* folder = std::getenv("PELLUCID_MIAS");
  if (folder == nullptr) {
    MESSAGE("skipped this case: $PELLUCID_MIAS does not name the folder of the real images");
    return;
  }
  const std::string csv = in_work("mias.csv");
  const test::Outcome outcome = run("pellucid-data", {"--data", folder, "--csv", csv});
  CHECK(outcome.code == 0);
  CHECK(read_text_file(csv) ==
        read_text_file(std::string(PELLUCID_TEST_DATA) + "/mias-golden.csv"));
}

TEST_CASE("mini-MIAS at fixed scale: packed, it is divided as the folder is") {
  const char* folder = std::getenv("PELLUCID_MIAS");
  if (folder == nullptr) {
    MESSAGE("skipped this case: $PELLUCID_MIAS does not name the folder of the real images");
    return;
  }
  const std::string packed = in_work("fixed-scale.safetensors"), csv = in_work("fixed-scale.csv");
  const std::vector<std::string> fixed = {"--data", folder, "--protocol", "fixed-scale"};
  REQUIRE(run("pellucid-data", test::with(fixed, {"--out", packed})).code == 0);
  const std::vector<std::vector<std::string>> divisions = {
      {"--split", "paper"},
      {"--split", "woman"},
      {"--split", "woman", "--folds", "5", "--fold", "4", "--data-seed", "0"}};
  for (const auto& division : divisions) {
    const auto counts = [&](const std::vector<std::string>& data) {
      const test::Outcome outcome =
          run("pellucid-data", test::with(test::with(data, division), {"--json", "-"}));
      INFO(outcome.err);
      REQUIRE(outcome.code == 0);
      return parse_json(outcome.out, "stdout");
    };
    CHECK(counts({"--data", packed}) == counts(fixed));
  }
  REQUIRE(run("pellucid-data", test::with(fixed, {"--split", "woman", "--csv", csv})).code == 0);
  const std::string table = read_text_file(csv);
  CHECK(std::count(table.begin(), table.end(), '\n') == 323);
}
