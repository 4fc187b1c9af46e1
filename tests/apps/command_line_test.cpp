// What all programs have in common: help, version, errors, streams.
#include <doctest/doctest.h>

#include <cstdlib>

#include "runtime/error.h"
#include "runtime/formats/json.h"
#include "tests/apps/process.h"

using namespace pellucid;
using test::is_error;
using test::run;

namespace {

const std::vector<std::string> kPrograms = {
    "pellucid",         "pellucid-data",    "pellucid-train",   "pellucid-evaluate",
    "pellucid-explain", "pellucid-compare", "pellucid-inspect", "pellucid-study",
    "pellucid-again",   "pellucid-bench"};

void check_error(const test::Outcome& outcome, int code, const std::string& part) {
  CAPTURE(outcome.code);
  CAPTURE(outcome.out);
  CAPTURE(outcome.err);
  CHECK_MESSAGE(is_error(outcome, code, part), part);
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

}  // namespace

TEST_CASE("every program has help, a version and a completion script") {
  for (const std::string& program : kPrograms) {
    CAPTURE(program);
    const test::Outcome help = run(program, {"--help"});
    CHECK(help.code == 0);
    CHECK(help.err.empty());
    CHECK(holds(help.out, "Usage: " + program));
    CHECK(holds(help.out, "--version"));
    const test::Outcome version = run(program, {"--version"});
    CHECK(version.code == 0);
    CHECK(version.out.starts_with(program + " 0."));
    CHECK(holds(version.out, "CUDA"));
    const test::Outcome limits = run(program, {"--limits"});
    CHECK(limits.code == 0);
    CHECK(holds(limits.out, "side of a picture                          16384  pixels\n"));
    CHECK(limits.out == run("pellucid", {"--limits"}).out);
    const test::Outcome completion = run(program, {"--completion", "bash"});
    CHECK(completion.code == 0);
    CHECK(holds(completion.out, "complete -o filenames -F _pellucid"));
  }
  CHECK(holds(run("pellucid-train", {"--help"}).out, "(default: 50)"));
  CHECK(holds(run("pellucid-train", {"--completion", "bash"}).out, "auto cuda cpu emu"));
  CHECK(holds(run("pellucid", {"completion"}).out, "/pellucid-$_pellucid_verb --completion bash)"));
}

TEST_CASE("a mistyped option or verb is answered with the nearest right one") {
  check_error(run("pellucid-train", {"--epoch", "3"}), 2,
              "unknown option --epoch; did you mean --epochs?");
  check_error(run("pellucid-train", {"--epoch=3"}), 2, "did you mean --epochs?");
  check_error(run("pellucid-train", {"--colour", "red"}), 2, "unknown option --colour; see --help");
  check_error(run("pellucid", {"trian", "--data", "x"}), 2,
              "unknown verb 'trian'; did you mean train?");
  check_error(run("pellucid", {"devicse"}), 2, "did you mean devices?");
  check_error(run("pellucid-bench", {"emulatr"}), 2, "did you mean 'emulator'?");
  check_error(run("pellucid-bench", {}), 2, "known: counts, emulator, explainers");
}

TEST_CASE("a wrong value names the option, the value and what is expected") {
  check_error(run("pellucid-train", {"--epochs", "0"}), 2,
              "--epochs: expects a whole number from 1 to 100000, got '0'");
  check_error(run("pellucid-train", {"--epochs", "3x"}), 2, "got '3x'");
  check_error(run("pellucid-train", {"--lr", "nan"}), 2, "got 'nan'");
  check_error(run("pellucid-train", {"--seed", "-1"}), 2, "got '-1'");
  check_error(run("pellucid-train", {"--data", ""}), 2, "expects a value");
  check_error(run("pellucid-train", {"--data"}), 2, "--data");
  check_error(run("pellucid-train", {"--data", "phantom", "extra"}), 2,
              "unexpected argument 'extra'");
  check_error(run("pellucid-train", {}), 2, "--data is required");
  check_error(run("pellucid-train", {"--data", "phantom", "--device", "gpu"}), 2,
              "unknown device 'gpu' (known: auto, cuda, cpu, emu)");
  check_error(run("pellucid-train", {"--data", "phantom", "--device", "cpu:1"}), 2,
              "unknown device 'cpu:1': the cpu is one device, whatever its cores; take cpu");
  check_error(run("pellucid-train", {"--data", "phantom", "--device", "emu:x"}), 2,
              "unknown device 'emu:x': after 'emu:' comes a number from 0 to 999");
  check_error(run("pellucid-train", {"--data", "phantom", "--protocol", "fixed"}), 2,
              "unknown protocol 'fixed'");
  check_error(run("pellucid-train", {"--data", "phantom", "--split", "wife"}), 2,
              "unknown split 'wife'");
  check_error(run("pellucid-train", {"--data", "phantom", "--protocol", "fixed-scale"}), 2,
              "--protocol is for the folder of mini-MIAS only");
  check_error(run("pellucid-explain", {"--data", "phantom", "--method", "lme"}), 2,
              "unknown method 'lme', did you mean 'lime'?");
  check_error(run("pellucid-explain", {}), 2, "either --image FILE or --data");
  const auto scored = [](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"--data", "phantom", "--scores"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run("pellucid-explain", arguments);
  };
  check_error(scored({"--score-steps", "0"}), 2,
              "--score-steps: expects a whole number from 1 to 1024, got '0'");
  check_error(scored({"--score-steps", "1025"}), 2, "got '1025'");
  check_error(scored({"--score-sensitivity", "-1"}), 2, "got '-1'");
  for (const char* baseline : {"blak", "segment-mean", "1.5", "blur(0)", "blur(nan)"})
    check_error(scored({"--score-baseline", baseline}), 2,
                "known: black, image-mean, a grey level from 0 to 1");
  check_error(run("pellucid-explain", {"--data", "phantom", "--score-randomize"}), 2,
              "--score-randomize belongs to --scores");
  const std::vector<std::pair<std::vector<std::string>, const char*>> ignored = {
      {{"--method", "gradcam", "--samples", "9"}, "belongs to --method lime, kernelshap, rise"},
      {{"--method", "occlusion", "--samples", "9"}, "belongs to --method lime, kernelshap, rise"},
      {{"--method", "occlusion", "--until-se", "0.1"}, "belongs to --method lime, kernelshap"},
      {{"--method", "rise,scorecam", "--repeat", "2"}, "belongs to --method lime, kernelshap"},
      {{"--method", "rise", "--rng", "numpy"}, "belongs to --method lime, kernelshap"},
      {{"--method", "gradcam,rise", "--forward", "direct"},
       "belongs to --method lime, kernelshap, occlusion"},
      {{"--method", "lime", "--window", "8"}, "belongs to --method occlusion"},
      {{"--method", "lime", "--link", "logit"}, "belongs to --method kernelshap"},
      {{"--method", "kernelshap", "--alpha", "2"}, "belongs to --method lime"},
      {{"--method", "lime", "--rise-p", "0.1"}, "belongs to --method rise"},
      {{"--method", "gradcam", "--epsilon", "0.1"}, "belongs to --method gradcam++, xgradcam"},
      {{"--method", "lime", "--max-samples", "99"}, "--max-samples belongs to --until-se"}};
  for (auto [arguments, message] : ignored) {
    arguments.insert(arguments.end(), {"--data", "phantom"});
    check_error(run("pellucid-explain", arguments), 2, message);
  }
  check_error(run("pellucid-data", {"--data", "phantom", "--phantom-size", "20"}), 2,
              "--phantom-size");
  check_error(run("pellucid-data", {"--data", "phantom", "--phantom-count", "1,2"}), 2,
              "--phantom-count");
}

TEST_CASE("the last of a repeated option counts") {
  const test::Outcome outcome = run("pellucid-data", {"--data", "nothing-there", "--data",
                                                      "phantom", "--phantom-count", "1,1,1"});
  CHECK(outcome.code == 0);
}

TEST_CASE("devices are listed with their reasons") {
  const test::Outcome text = run("pellucid", {"devices"});
  CHECK(text.code == 0);
  for (const char* name : {"cuda", "cpu", "emu"}) CHECK(holds(text.out, name));
  const test::Outcome json = run("pellucid", {"devices", "--json"});
  const Json parsed = parse_json(json.out, "devices");
  const Json& devices = parsed["devices"];
  const std::size_t gpus = devices.size() - 2;
  REQUIRE(gpus >= 1);
  for (const Json& device : devices) CHECK_FALSE(device["description"].get<std::string>().empty());
  for (std::size_t i = 0; i < gpus; ++i)
    CHECK(devices[i]["name"] == (i == 0 ? "cuda" : concat("cuda:", i)));
  CHECK(devices[gpus]["name"] == "cpu");
  CHECK(devices[gpus]["available"] == true);
  CHECK(devices[gpus + 1]["name"] == "emu");
}

TEST_CASE(
    "a device by number: emu:1 runs and is in the record, a GPU that is not there is refused") {
  const test::Outcome outcome =
      run("pellucid-train",
          {"--data", "phantom", "--phantom-count", "1,1,1", "--model", "tiny", "--epochs", "1",
           "--device", "emu:1", "--json", "-", "--out", (test::work_folder() / "emu1").string()});
  CAPTURE(outcome.err);
  REQUIRE(outcome.code == 0);
  CHECK(holds(outcome.err, "device emu:1: the CUDA kernels on the host"));
  const Json record = parse_json(outcome.out, "run");
  CHECK(record["device"] == "emu:1");
  CHECK(record["device_description"].get<std::string>().starts_with("emu:1: "));
  check_error(run("pellucid-train", {"--data", "phantom", "--device", "cuda:99", "--out",
                                     (test::work_folder() / "cuda99").string()}),
              1, "--device cuda:99: ");
}

TEST_CASE("a verb runs the program beside it and hands over its exit code") {
  const test::Outcome outcome =
      run("pellucid", {"data", "--data", "phantom", "--phantom-count", "1,1,2"});
  CHECK(outcome.code == 0);
  CHECK(holds(outcome.out, "test"));
  check_error(run("pellucid", {"train", "--epochz", "3"}), 2, "did you mean --epochs?");
  check_error(run("pellucid", {"evaluate", "--data", "phantom", "--model", "/nowhere/m"}), 1,
              "/nowhere/m");
}

TEST_CASE("a stdout that takes nothing is an error, and no file is mistaken for it") {
  const std::vector<std::string> arguments = {"--data", "phantom", "--phantom-count", "1,0,0"};
  check_error(run("pellucid-data", arguments, "/dev/full"), 1, "cannot write to standard output");
  check_error(run("pellucid-data", arguments, "closed"), 1, "cannot write to standard output");
  check_error(run("pellucid", {"--help"}, "/dev/full"), 1, "cannot write to standard output");
}

// libgomp prints what it read when it was loaded; a program that started itself anew prints twice.
TEST_CASE("threads spin briefly, unless the user decides how they wait") {
  ::setenv("OMP_DISPLAY_ENV", "verbose", 1);
  const auto displayed = [] { return run("pellucid-data", {"--version"}).err; };
  const std::string by_itself = displayed();
  if (by_itself.find("GOMP_SPINCOUNT") != std::string::npos) {
    CHECK(by_itself.find("GOMP_SPINCOUNT = '3000'") != std::string::npos);
    ::setenv("GOMP_SPINCOUNT", "777", 1);
    const std::string by_user = displayed();
    ::unsetenv("GOMP_SPINCOUNT");
    CHECK(by_user.find("GOMP_SPINCOUNT = '777'") != std::string::npos);
    CHECK(by_user.find("'10000'") == std::string::npos);
  } else {
    MESSAGE("skipped: a build without libgomp");
  }
  ::unsetenv("OMP_DISPLAY_ENV");
}
