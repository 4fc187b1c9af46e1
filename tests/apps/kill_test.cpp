// Runs that are killed or interrupted at random moments and resumed end with the bytes of one that
// was left alone. PELLUCID_KILLS: how many kills of each program (by default a few).
#include <doctest/doctest.h>

#include <signal.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "runtime/error.h"
#include "runtime/random.h"
#include "tests/apps/process.h"
#include "tests/apps/run_folder.h"
#include "tests/support/device.h"

using namespace pellucid;
using test::contents_of;
using test::in_work;
using test::Outcome;
using test::run;
using test::Running;
using test::with;

namespace {

bool quick() { return test::device() == DeviceKind::emu || test::kSmallShapesOnly; }

int kills() {
  const char* asked = std::getenv("PELLUCID_KILLS");
  return asked ? std::atoi(asked) : quick() ? 1 : 6;
}

std::vector<std::string> training(const std::string& out) {
  return {"--data",          "phantom",
          "--phantom-count", quick() ? "2,1,1" : "24,4,4",
          "--epochs",        quick() ? "1" : "4",
          "--batch",         "6",
          "--seed",          "3",
          "--device",        test::device_name(),
          "--out",           in_work(out)};
}

std::vector<std::string> explaining(const std::string& model, const std::string& out) {
  return {"--model",         in_work(model) + "/model.safetensors",
          "--data",          "phantom",
          "--method",        "gradcam,lime",
          "--samples",       "40",
          "--segmenter",     "grid",
          "--phantom-count", quick() ? "2,1,1" : "2,1,6",
          "--device",        test::device_name(),
          "--out",           in_work(out)};
}

// Kills the program at a moment within `seconds` and resumes it, so many times; then to the end.
Outcome through_kills(const std::string& program, const std::vector<std::string>& arguments,
                      double seconds, int times) {
  for (int kill = 0; kill < times; ++kill) {
    Running running(program, with(arguments, {"--resume"}));
    const double moment = seconds * random_uniform({42, program.size()}, std::uint64_t(kill));
    std::this_thread::sleep_for(std::chrono::duration<double>(moment));
    running.signal(SIGKILL);
    running.wait();
  }
  return run(program, with(arguments, {"--resume"}));
}

double seconds_of(const std::string& program, const std::vector<std::string>& arguments) {
  const auto start = std::chrono::steady_clock::now();
  const Outcome outcome = run(program, arguments);
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

bool fails(const Outcome& outcome, const char* why) {
  return outcome.code == 1 && outcome.err.find(why) != std::string::npos;
}

}  // namespace

TEST_CASE("killed at random moments and resumed, training and explaining end with the same bytes") {
  const double train_seconds = seconds_of("pellucid-train", training("undisturbed"));
  const auto model = contents_of("undisturbed");
  CHECK(model.size() == 2);  // model.safetensors, run.json
  // A resumed run starts where the last kill left it, so that kills come ever nearer to the end;
  // rounds from the beginning keep them spread over the whole.
  for (int left = kills(), round = 0; left > 0; left -= 3, ++round) {
    CAPTURE(round);
    const std::string folder = concat("killed", round);
    const Outcome outcome =
        through_kills("pellucid-train", training(folder), train_seconds, std::min(left, 3));
    INFO(outcome.err);
    REQUIRE(outcome.code == 0);
    CHECK(contents_of(folder) == model);
    std::filesystem::remove_all(in_work(folder));
  }
  CHECK(run("pellucid-train", with(training("undisturbed"), {"--resume"}))
            .err.find("nothing to resume") != std::string::npos);

  const double explain_seconds = seconds_of("pellucid-explain", explaining("undisturbed", "maps"));
  const auto maps = contents_of("maps");
  for (int left = kills(), round = 0; left > 0; left -= 3, ++round) {
    CAPTURE(round);
    const std::string folder = concat("killed-maps", round);
    const Outcome outcome = through_kills("pellucid-explain", explaining("undisturbed", folder),
                                          explain_seconds, std::min(left, 3));
    INFO(outcome.err);
    REQUIRE(outcome.code == 0);
    CHECK(contents_of(folder) == maps);
    std::filesystem::remove_all(in_work(folder));
  }
  CHECK(is_error(
      run("pellucid-explain", with(explaining("undisturbed", "maps"), {"--resume", "--seed", "5"})),
      1, "explained otherwise: settings.seed was 0, is 5"));
}

TEST_CASE("SIGINT and SIGTERM save the run within a batch") {
  const std::vector<std::string> endless =
      with(training("interrupted"), {"--epochs", "100000", "--patience", "0"});
  for (const int signal : {SIGINT, SIGTERM}) {
    CAPTURE(signal);
    Running running("pellucid-train", with(endless, {"--resume"}));
    std::this_thread::sleep_for(std::chrono::milliseconds(signal == SIGINT ? 1500 : 700));
    CHECK(fails(run("pellucid-train", with(endless, {"--resume"})),
                "another process is writing there"));
    running.signal(signal);
    const Outcome outcome = running.wait();
    CHECK(outcome.code == 128 + signal);
    CHECK(std::filesystem::exists(in_work("interrupted/checkpoint.safetensors")));
  }
  CHECK(fails(run("pellucid-train", endless), "an unfinished run is there"));
  CHECK(fails(run("pellucid-train", with(endless, {"--resume", "--batch", "4"})),
              "settings.batch was 6, is 4"));
}
