// Every call that can fail is made to fail, one at a time, in a short training and a short
// explanation: each ends in one clear line, leaves no half-written file, and can be resumed to the
// same bytes. PELLUCID_ALL_FAULTS=1: every call of the device's points too, not every 23rd.
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>

#include "runtime/error.h"
#include "runtime/fault.h"
#include "runtime/file.h"
#include "runtime/formats/json.h"
#include "tests/apps/process.h"
#include "tests/apps/run_folder.h"
#include "tests/support/device.h"

using namespace pellucid;
using test::in_work;
using test::Outcome;
using test::run;
using test::with;

namespace {

// Something that writes a folder.
struct Subject {
  std::function<Outcome(const std::string& folder, const std::string& plan)> run;
  std::function<Outcome(const std::string& folder)> resume;
  std::map<std::string, std::string> expected;  // contents of an undisturbed folder
};

Subject program(const std::string& name,
                const std::function<std::vector<std::string>(const std::string&)>& arguments) {
  const Outcome undisturbed = run(name, arguments("undisturbed-" + name));
  INFO(undisturbed.err);
  REQUIRE(undisturbed.code == 0);
  return {
      [=](const std::string& folder, const std::string& plan) {
        ::setenv("PELLUCID_FAULT", plan.c_str(), 1);
        const Outcome outcome = run(name, arguments(folder));
        ::unsetenv("PELLUCID_FAULT");
        return outcome;
      },
      [=](const std::string& folder) { return run(name, with(arguments(folder), {"--resume"})); },
      test::contents_of("undisturbed-" + name)};
}

const Subject& training() {
  static const Subject subject =
      program("pellucid-train", [](const std::string& folder) -> std::vector<std::string> {
        return {"--data", "phantom",  "--phantom-count",   "1,1,1", "--epochs",     "2", "--batch",
                "2",      "--device", test::device_name(), "--out", in_work(folder)};
      });
  return subject;
}

Subject explaining() {
  training();  // leaves the model
  return program("pellucid-explain", [](const std::string& folder) -> std::vector<std::string> {
    return {"--model",         in_work("undisturbed-pellucid-train") + "/model.safetensors",
            "--data",          "phantom",
            "--phantom-count", "1,1,1",
            "--max-images",    "2",
            "--method",        "gradcam,lime",
            "--samples",       "10",
            "--segmenter",     "grid",
            "--grid",          "3",
            "--device",        test::device_name(),
            "--out",           in_work(folder)};
  });
}

// Whether a record is another but for explanations that it lacks: of methods that failed.
bool lacks_only_methods(const std::string& text, const std::string& whole) {
  Json part = Json::parse(text), all = Json::parse(whole);
  std::size_t found = 0;
  for (const Json& each : all["explanations"])
    if (found < part["explanations"].size() && part["explanations"][found] == each) ++found;
  if (found == 0 || found < part["explanations"].size()) return false;
  part.erase("explanations");
  all.erase("explanations");
  return part == all;
}

// What is wrong with how the subject took a fault; "" if nothing. reached: whether it came to it.
std::string complaint(const Subject& subject, const std::string& plan, bool resume, bool& reached) {
  const std::string folder = "faulty";
  std::filesystem::remove_all(in_work(folder));
  const Outcome outcome = subject.run(folder, plan);
  int errors = 0;
  std::istringstream lines(outcome.err);
  for (std::string line; std::getline(lines, line);) errors += line.starts_with("error: ");
  reached = outcome.err.find("planned fault: ") != std::string::npos;
  if (!reached) return outcome.code == 0 ? "" : concat("without a fault, code ", outcome.code);
  if (outcome.code != 1 && outcome.code != 3)
    return concat("went on as if nothing had happened, code ", outcome.code);
  if (errors != (outcome.code == 1)) return concat(errors, " error lines: ", outcome.err);
  if (std::filesystem::exists(in_work(folder)))
    for (const auto& [name, text] : test::contents_of(folder)) {
      const auto expected = subject.expected.find(name);
      const bool of_its_own = name == "checkpoint.safetensors" || name == "failures.jsonl";
      if (of_its_own) continue;
      if (expected != subject.expected.end() && outcome.code == 3 && name.ends_with(".json") &&
          lacks_only_methods(text, expected->second))
        continue;
      if (expected == subject.expected.end() || expected->second != text)
        return name + " is not what it should be";
    }
  if (!resume) return "";
  const Outcome resumed = subject.resume(folder);
  if (resumed.code != 0) return "cannot be resumed: " + resumed.err;
  return test::contents_of(folder) == subject.expected ? "" : "resumed to other bytes";
}

// Fails call 1, 1 + stride, … of a point until it is not reached any more.
std::vector<std::string> complaints(const Subject& subject, const std::string& point,
                                    const std::string& error, int stride, int& tried) {
  std::vector<std::string> found;
  bool reached = true;
  for (tried = 0; reached; ++tried) {
    const std::string plan = concat(point, ":", tried * stride, ":1:", error);
    const std::string what = complaint(subject, plan, stride == 1, reached);
    if (!what.empty()) found.push_back(plan + ": " + what);
    REQUIRE(tried < 100000);
  }
  return found;
}

void check_all(const Subject& subject) {
  const char* all = std::getenv("PELLUCID_ALL_FAULTS");
  const int device_stride = all ? 1 : 23;
  struct Point {
    const char *name, *error;
    int stride;
  };
  for (const Point& point :
       {Point{"open", "EACCES", 1}, Point{"write", "short", 1}, Point{"write", "EIO", 1},
        Point{"fsync", "EIO", 1}, Point{"close", "ENOSPC", 1}, Point{"rename", "EIO", 1},
        Point{"allocate", "oom", device_stride}, Point{"copy", "failed", device_stride},
        Point{"launch", "failed", device_stride}, Point{"launch", "illegal", device_stride}}) {
    CAPTURE(std::string(point.name));
    int tried = 0;
    CHECK(complaints(subject, point.name, point.error, point.stride, tried) ==
          std::vector<std::string>{});
    CHECK(tried > 1);
    MESSAGE(concat(point.name, " ", point.error, ": ", tried - 1, " faults"));
  }
}

// A writer with one of three faults of its own, through the same seam.
enum class Bug { in_place, goes_on, leaves_temporary };

Subject careless(Bug bug) {
  const std::string text(1000, 'x');
  const auto write = [=](const std::string& folder) {
    const std::string path = in_work(folder) + "/model.safetensors";
    std::filesystem::create_directories(in_work(folder));
    std::size_t arriving = text.size();
    const int error = fault::file("write", &arriving);
    std::ofstream(bug == Bug::in_place ? path : path + ".1.tmp")
        << text.substr(0, error ? arriving : text.size());
    if (error && bug != Bug::goes_on) return Outcome{1, "", "planned fault: x\nerror: no space\n"};
    if (bug != Bug::in_place) std::filesystem::rename(path + ".1.tmp", path);
    return Outcome{0, "", error ? "planned fault: x\n" : ""};
  };
  return {[=](const std::string& folder, const std::string& plan) {
            plan_fault(plan);
            const Outcome outcome = write(folder);
            plan_fault("");
            return outcome;
          },
          write,
          {{"model.safetensors", text}}};
}

}  // namespace

// Hundreds of runs of the programs, one after the other, which take the emulator minutes. CTest runs the
// two beside each other.
TEST_SUITE("faults") {
  TEST_CASE(
      "every fault of training ends in one line, leaves nothing half-written and loses nothing") {
    if (test::kSmallShapesOnly || test::device() != DeviceKind::cpu) return;
    check_all(training());
  }

  TEST_CASE(
      "every fault of explaining ends in one line, leaves nothing half-written and loses nothing") {
    if (test::kSmallShapesOnly || test::device() != DeviceKind::cpu) return;
    check_all(explaining());
  }
}

TEST_CASE("the search for faults that are taken badly finds planted ones") {
  int tried = 0;
  const auto found = [&](Bug bug) {
    const auto all = complaints(careless(bug), "write", "short", 1, tried);
    return all.empty() ? "" : all.front();
  };
  CHECK(found(Bug::in_place) == "write:0:1:short: model.safetensors is not what it should be");
  CHECK(found(Bug::goes_on) == "write:0:1:short: went on as if nothing had happened, code 0");
  CHECK(found(Bug::leaves_temporary) ==
        "write:0:1:short: model.safetensors.1.tmp is not what it should be");
}
