// Runs that are killed or interrupted at random moments and resumed end with the bytes of one that
// was left alone. PELLUCID_KILLS: how many kills of each program (by default a few).
#include <doctest/doctest.h>

#include <signal.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <thread>

#include "runtime/error.h"
#include "runtime/formats/safetensors.h"
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
  return {"--model",
          in_work(model) + "/model.safetensors",
          "--data",
          "phantom",
          "--method",
          "gradcam,lime",
          "--samples",
          "40",
          "--segmenter",
          "grid",
          "--scores",
          "--phantom-count",
          quick() ? "2,1,1" : "2,1,6",
          "--device",
          test::device_name(),
          "--out",
          in_work(out)};
}

// Rounds of at most three kills, each at a random moment of an undisturbed run's `seconds`: a resumed
// run starts where the last kill left it, so that more would all come near the end. Each round ends
// with the bytes of the undisturbed folder.
void kill_and_resume(const std::string& program, const std::string& undisturbed, double seconds,
                     const std::function<std::vector<std::string>(const std::string&)>& arguments) {
  const auto expected = contents_of(undisturbed);
  const std::string folder = "killed";
  const int all = kills();
  int in_time = 0;  // before the program had ended by itself
  for (int kill = 0; kill < all;) {
    CAPTURE(kill);
    const int round_ends = std::min(kill + 3, all);
    for (; kill < round_ends; ++kill) {
      Running running(program, with(arguments(folder), {"--resume"}));
      const double moment = seconds * random_uniform({42, program.size()}, std::uint64_t(kill));
      std::this_thread::sleep_for(std::chrono::duration<double>(moment));
      running.signal(SIGKILL);
      in_time += running.wait().code == 128 + SIGKILL;
    }
    const Outcome outcome = run(program, with(arguments(folder), {"--resume"}));
    INFO(outcome.err);
    REQUIRE(outcome.code == 0);
    CHECK(contents_of(folder) == expected);
    std::filesystem::remove_all(in_work(folder));
  }
  MESSAGE(program, ": ", in_time, " of ", all, " kills met a run under way");
  if (all > 1) CHECK(in_time > 0);
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
  CHECK(contents_of("undisturbed").size() == 3);  // model.safetensors, run.json, training.svg
  kill_and_resume("pellucid-train", "undisturbed", train_seconds, training);
  CHECK(run("pellucid-train", with(training("undisturbed"), {"--resume"}))
            .err.find("nothing to resume") != std::string::npos);

  const double explain_seconds = seconds_of("pellucid-explain", explaining("undisturbed", "maps"));
  kill_and_resume("pellucid-explain", "maps", explain_seconds,
                  [](const std::string& folder) { return explaining("undisturbed", folder); });
  CHECK(fails(
      run("pellucid-explain", with(explaining("undisturbed", "maps"), {"--resume", "--seed", "5"})),
      "explained otherwise: settings.seed was 0, is 5"));
}

namespace {

// Of history.jsonl: epochs that a run in `folder` has ended.
std::ptrdiff_t epochs_of(const std::string& folder) {
  std::ifstream history(in_work(folder + "/history.jsonl"));
  return std::count(std::istreambuf_iterator<char>(history), {}, '\n');
}

// Waits, on a busy machine for long, until the run that was just started has ended an epoch.
void wait_for_epoch(const std::string& folder, std::ptrdiff_t before) {
  for (int turn = 0; turn < 60000 && epochs_of(folder) <= before; ++turn)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  REQUIRE(epochs_of(folder) > before);
}

}  // namespace

TEST_CASE("SIGINT and SIGTERM save the run within a batch") {
  const std::vector<std::string> endless =
      with(training("interrupted"), {"--epochs", "100000", "--patience", "0"});
  for (const int signal : {SIGINT, SIGTERM}) {
    CAPTURE(signal);
    const std::ptrdiff_t epochs = epochs_of("interrupted");
    Running running("pellucid-train", with(endless, {"--resume"}));
    wait_for_epoch("interrupted", epochs);
    CHECK(fails(run("pellucid-train", with(endless, {"--resume"})),
                "another process is writing there"));
    running.signal(signal);
    const Outcome outcome = running.wait();
    CHECK(outcome.code == 128 + signal);
    CHECK(std::filesystem::exists(in_work("interrupted/checkpoint.safetensors")));
    CHECK(outcome.err.find("interrupted/model.safetensors: the model of epoch") !=
          std::string::npos);
    CHECK_FALSE(std::filesystem::exists(in_work("interrupted/run.json")));  // it is not finished
  }
  // What it leaves can be used meanwhile, and says what it is.
  const std::string model = in_work("interrupted/model.safetensors");
  const Json provenance =
      SafetensorsFile::read(model).metadata_json("provenance", "a model of Pellucid");
  CHECK(provenance["interrupted"]["epoch"].get<int>() > provenance["best_epoch"].get<int>());
  const Outcome evaluated =
      run("pellucid-evaluate", {"--model", model, "--data", "phantom", "--phantom-count", "2,1,1",
                                "--device", test::device_name()});
  INFO(evaluated.err);
  CHECK(evaluated.code == 0);
  CHECK(fails(run("pellucid-train", endless), "an unfinished run is there"));
  CHECK(fails(run("pellucid-train", with(endless, {"--resume", "--batch", "4"})),
              "settings.batch was 6, is 4"));
}
