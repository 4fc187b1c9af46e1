// A network with a residual block and batch normalisation through the programs, on the device under test.
#include <doctest/doctest.h>

#include <set>

#include "explain/explainer.h"
#include "runtime/file.h"
#include "runtime/formats/json.h"
#include "tests/apps/process.h"
#include "tests/support/device.h"

using namespace pellucid;
using test::run;

TEST_CASE("a residual network is trained, and every method explains it") {
  const std::string folder = (test::work_folder() / "residual").string();
  const test::Outcome trained =
      run("pellucid-train",
          {"--data", "phantom", "--phantom-count", "2,1,1", "--model", "tiny_residual", "--epochs",
           "1", "--batch", "6", "--seed", "3", "--device", test::device_name(), "--out", folder});
  INFO(trained.err);
  REQUIRE(trained.code == 0);
  const test::Outcome explained =
      run("pellucid-explain", {"--model",         folder + "/model.safetensors",
                               "--data",          "phantom",
                               "--phantom-count", "2,1,1",
                               "--subset",        "test",
                               "--max-images",    "1",
                               "--method",        "all",
                               "--segmenter",     "slic",
                               "--samples",       "60",
                               "--stride",        "8",
                               "--forward",       "shared",
                               "--device",        test::device_name(),
                               "--out",           folder + "/maps"});
  INFO(explained.err);
  REQUIRE(explained.code == 0);

  std::set<std::string> methods;
  for (const auto& entry : std::filesystem::directory_iterator(folder + "/maps")) {
    if (entry.path().extension() != ".json") continue;
    const Json record = parse_json(read_text_file(entry.path()), entry.path().string());
    for (const Json& each : record["explanations"]) {
      methods.insert(each["method"].get<std::string>());
      // What is behind the last addition; and masks share what lies before the first value that is read
      // twice.
      if (each.contains("layer")) CHECK(each["layer"] == "relu5");
      if (each.contains("forward")) CHECK(each["forward"]["shared_layers"] == 1);
    }
  }
  const std::vector<std::string> all = names_of(all_methods());
  CHECK(methods == std::set<std::string>(all.begin(), all.end()));
}
