// --variant and --precision: what runs, what the records say, and how a wrong name is answered.
#include <doctest/doctest.h>

#include <algorithm>

#include "runtime/error.h"
#include "runtime/file.h"
#include "runtime/formats/json.h"
#include "tests/apps/process.h"
#include "tests/apps/run_folder.h"
#include "tests/support/device.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

// A variant of any operator that the device under test has, as it is called behind the operator's
// name; of the fully connected layer not the default.
std::string here() { return device() == DeviceKind::cpu ? "cpu" : "v1_naive"; }
std::string elsewhere() { return device() == DeviceKind::cpu ? "v1_naive" : "cpu"; }

std::vector<std::string> training(const std::string& out,
                                  const std::vector<std::string>& more = {}) {
  return with({"--data", "phantom", "--phantom-count", "1,1,1", "--model", "tiny", "--epochs", "1",
               "--device", device_name(), "--out", in_work(out)},
              more);
}

Json json_of(const std::string& file) { return parse_json(read_text_file(file), file); }

bool ran(const Json& profile, const std::string& kernel) {
  const Json& kernels = profile["kernels"];
  return std::any_of(kernels.begin(), kernels.end(),
                     [&](const Json& one) { return one["name"] == kernel; });
}

void check_usage(const std::vector<std::string>& arguments, const std::string& message) {
  const Outcome outcome = run("pellucid-train", training("never", arguments));
  CHECK_EQ(outcome.code, 2);
  CHECK_EQ(outcome.err, "error: " + message + "\n");
}

}  // namespace

TEST_CASE("a forced variant runs, and the record, the model and the profile say so") {
  const std::string forced = "linear_" + here(), profile = in_work("policy-profile.json");
  const Outcome outcome =
      run("pellucid-train",
          training("policy", {"--variant", "linear=" + here(), "--variant", "slic=slic_" + here(),
                              "--precision", "exact", "--profile", profile}));
  CAPTURE(outcome.err);
  REQUIRE(outcome.code == 0);
  CHECK(outcome.err.find("--variant slic: this operator did not run\n") != std::string::npos);
  CHECK(outcome.err.find("--variant linear: ") == std::string::npos);
  const Json variants = {{"linear", forced}, {"slic", "slic_" + here()}};
  const Json record = json_of(in_work("policy/run.json")), trace = json_of(profile);
  for (const Json* one : {&record, &trace}) {
    CHECK((*one)["precision"] == "exact");
    CHECK((*one)["variants"] == variants);
  }
  CHECK(ran(trace, forced));
  CHECK_FALSE(ran(trace, "linear_v4_parts"));
  const std::string model = read_text_file(in_work("policy/model.safetensors"));
  CHECK(model.find(forced) != std::string::npos);

  const Outcome evaluated =
      run("pellucid-evaluate",
          {"--model", in_work("policy/model.safetensors"), "--data", "phantom", "--phantom-count",
           "1,1,1", "--device", device_name(), "--variant", "linear=" + here(), "--json", "-"});
  CAPTURE(evaluated.err);
  REQUIRE(evaluated.code == 0);
  CHECK(parse_json(evaluated.out, "stdout")["variants"] == Json{{"linear", forced}});
}

TEST_CASE("a variant that the device does not have is refused with those that it has") {
  const Outcome outcome =
      run("pellucid-train", training("never", {"--variant", "relu=" + elsewhere()}));
  CHECK(is_error(
      outcome, 2,
      concat("--variant relu=", elsewhere(), ": does not run on ", device_name(),
             " in this build (there: ",
             device() == DeviceKind::cpu ? "relu_cpu" : "relu_v2_vector, relu_v1_naive", ")")));
}

TEST_CASE("without --variant a record names the precision alone; --resume refuses another policy") {
  const std::vector<std::string> data = {"--data", "phantom", "--phantom-count", "1,1,1"};
  REQUIRE(run("pellucid-train", training("plain")).code == 0);
  const Json record = json_of(in_work("plain/run.json"));
  CHECK(record["precision"] == "exact");
  CHECK_FALSE(record.contains("variants"));
  const std::string model = read_text_file(in_work("plain/model.safetensors"));
  CHECK(model.find("precision") == std::string::npos);

  const auto explain = [&](const std::vector<std::string>& more) {
    return run("pellucid-explain",
               with(with(data, {"--model", in_work("plain/model.safetensors"), "--max-images", "2",
                                "--device", device_name(), "--out", in_work("plain-maps")}),
                    more));
  };
  const std::string forced = "linear_" + here();
  REQUIRE(explain({"--variant", "linear=" + forced}).code == 0);
  CHECK(explain({"--variant", "linear=" + here(), "--resume"}).code == 0);
  const Outcome refused = explain({"--resume"});
  CAPTURE(refused.err);
  CHECK(is_error(refused, 1, concat("variants.linear was \"", forced, "\", is null")));
}

TEST_CASE("a wrong --variant or --precision is answered by what there is, before anything runs") {
  check_usage({"--precision", "bf16"}, "unknown precision 'bf16' (known: exact)");
  check_usage({"--variant", "linear"}, "--variant expects OPERATOR=NAME, got 'linear'");
  check_usage({"--variant", "linear=v1_naive", "--variant", "linear=linear_cpu"},
              "--variant names a variant of linear twice");
  const Outcome unknown = run("pellucid-train", training("never", {"--variant", "linaer=cpu"}));
  CHECK(is_error(unknown, 2,
                 "unknown operator 'linaer', did you mean 'linear'? (known: activation, activation_backward, adam, "));
  const Outcome variant = run("pellucid-train", training("never", {"--variant", "relu=v2_vectro"}));
  CHECK(
      is_error(variant, 2,
               "unknown variant of relu 'v2_vectro', did you mean 'v2_vector'? (known: v2_vector, "
               "v1_naive, cpu)"));
  CHECK(is_error(run("pellucid-train", training("never", {"--variant", "relu="})), 2,
                 "unknown variant of relu ''"));
  const Outcome bench = run("pellucid-bench", {"kernels", "--variant", "relu=cpu"});
  CHECK(is_error(bench, 2, "--variant and --precision are for explainers and training"));
  const Outcome completion = run("pellucid-train", {"--completion", "bash"});
  CHECK(completion.out.find("--variant --precision") != std::string::npos);
  CHECK(completion.out.find("--precision) COMPREPLY=($(compgen -W \"exact\"") != std::string::npos);
}
