// --profile of the programs: a timeline that is a valid Chrome trace, and a table that adds up.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "runtime/file.h"
#include "runtime/formats/json.h"
#include "tests/apps/process.h"
#include "tests/apps/run_folder.h"
#include "tests/support/device.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

// The profile that `program` writes, after checking what holds for any.
Json profile_of(const std::string& program, const std::vector<std::string>& arguments) {
  const std::string file = in_work(program + "-profile.json");
  const Outcome outcome = run(program, with(arguments, {"--profile", file}));
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  CHECK(outcome.err.find("GFLOP/s") != std::string::npos);
  Json profile = parse_json(read_text_file(file), file);
  double share = 0, seconds = 0;
  std::size_t calls = 0, slices = 0;
  for (const Json& kernel : profile["kernels"]) {
    share += kernel["share"].get<double>();
    seconds += kernel["seconds"].get<double>();
    calls += kernel["calls"].get<std::size_t>();
  }
  CHECK(std::abs(share - 1) < 1e-9);
  CHECK(std::abs(seconds - profile["kernel_seconds"].get<double>()) < 1e-9);
  CHECK(seconds <= profile["seconds"].get<double>());
  double before = -1;
  for (const Json& event : profile["traceEvents"]) {
    if (event["ph"] == "M") continue;
    CHECK(event["ph"] == "X");
    CHECK(event["dur"].get<double>() >= 0);
    if (event["pid"] != 2) continue;
    ++slices;
    CHECK(event["args"]["grid"].size() == 3);
    CHECK(event["ts"].get<double>() >= before);  // one stream: one after the other
    before = event["ts"].get<double>();
  }
  CHECK(slices == calls);
  return profile;
}

bool has(const Json& totals, const std::string& name) {
  return std::any_of(totals.begin(), totals.end(),
                     [&](const Json& total) { return total["name"] == name; });
}

}  // namespace

TEST_CASE("--profile: training and explaining, kernel by kernel, with the same results") {
  const std::vector<std::string> training = {"--data",   "phantom",    "--phantom-count", "2,1,1",
                                             "--epochs", "1",          "--batch",         "6",
                                             "--device", device_name()};
  const Json trained = profile_of("pellucid-train", with(training, {"--out", in_work("profiled")}));
  for (const char* scope : {"step", "forward", "backward", "optimizer", "validation", "conv1"})
    CHECK_MESSAGE(has(trained["scopes"], scope), scope);
  REQUIRE(run("pellucid-train", with(training, {"--out", in_work("unprofiled")})).code == 0);
  CHECK(contents_of("profiled") == contents_of("unprofiled"));

  const Json explained =
      profile_of("pellucid-explain",
                 {"--model", in_work("profiled/model.safetensors"), "--data", "phantom",
                  "--phantom-count", "2,1,1", "--method", "all", "--segmenter", "grid", "--samples",
                  "60", "--device", device_name(), "--out", in_work("profiled-maps")});
  for (const char* scope : {"cam", "forwards", "solve", "files", "fc1"})
    CHECK_MESSAGE(has(explained["scopes"], scope), scope);
  CHECK(has(explained["kernels"],
            device_name() == "cpu" ? "conv2d_relu_pool_cpu" : "conv2d_relu_pool_v3_rows"));
}
