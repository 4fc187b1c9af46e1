// What an explanation of only some methods, or from too little, leaves and says.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

#include "runtime/file.h"
#include "runtime/formats/json.h"
#include "runtime/formats/npy.h"
#include "tests/apps/process.h"
#include "tests/apps/run_folder.h"

using namespace pellucid;
using test::in_work;
using test::run;

namespace {

// Trained once, used by both cases.
const std::string& trained_model() {
  static const std::string model = [] {
    const test::Outcome outcome =
        run("pellucid-train",
            {"--data", "phantom", "--phantom-count", "2,1,1", "--epochs", "1", "--batch", "6",
             "--device", test::device_name(), "--out", in_work("partly-run")});
    INFO(outcome.err);
    REQUIRE(outcome.code == 0);
    return in_work("partly-run") + "/model.safetensors";
  }();
  return model;
}

}  // namespace

TEST_CASE(
    "a method that fails leaves the others of its picture, a line of failures.jsonl and exit 3") {
  const std::string folder = in_work("partly"), failures = folder + "/failures.jsonl";
  const auto explain = [&](const std::string& methods, const std::string& labels) {
    return run("pellucid-explain",
               {"--model", trained_model(), "--data", "phantom", "--phantom-count", "2,1,1",
                "--max-images", "1", "--method", methods, "--segmenter", labels, "--samples", "20",
                "--device", test::device_name(), "--resume", "--out", folder});
  };
  const std::string small = in_work("small.npy");
  write_npy(small, {2, 2}, std::vector<float>{1, 2, 3, 4});
  const test::Outcome partly = explain("lime,gradcam,kernelshap", small);
  INFO(partly.err);
  CHECK(partly.code == 3);
  CHECK(partly.err.find("failed: lime, kernelshap of phantom") != std::string::npos);
  CHECK(partly.out.find("1 explained, 0 failed (failures.jsonl") != std::string::npos);
  const Json line = parse_json(read_text_file(failures), failures);
  CHECK(line["methods"] == Json{"lime", "kernelshap"});
  CHECK(line["error"].get<std::string>().find("label image is 2 x 2") != std::string::npos);
  const std::string id = line["id"];
  CHECK(std::filesystem::exists(folder + "/" + id + ".gradcam.npy"));
  CHECK_FALSE(std::filesystem::exists(folder + "/" + id + ".lime.npy"));
  const auto methods_of_record = [&] {
    std::vector<std::string> names;
    const Json record = read_json_file(folder + "/" + id + ".json");
    for (const Json& e : record["explanations"]) names.push_back(e["method"]);
    return names;
  };
  CHECK(methods_of_record() == std::vector<std::string>{"gradcam"});

  // The missing ones by another segmenter join the record; nothing is left to complain about.
  const test::Outcome rest = explain("lime,kernelshap", "grid");
  INFO(rest.err);
  CHECK(rest.code == 0);
  CHECK(methods_of_record() == std::vector<std::string>{"gradcam", "lime", "kernelshap"});
  CHECK_FALSE(std::filesystem::exists(failures));

  const test::Outcome none =
      run("pellucid-explain", {"--model", trained_model(), "--data", "phantom", "--phantom-count",
                               "2,1,1", "--max-images", "2", "--method", "lime", "--segmenter",
                               small, "--device", test::device_name(), "--out", in_work("none")});
  CHECK(none.code == 1);
  CHECK(none.err.find("error: all 2 images failed; the first: the label image is 2 x 2") !=
        std::string::npos);
  const std::string lines = read_text_file(in_work("none") + "/failures.jsonl");
  CHECK(std::count(lines.begin(), lines.end(), '\n') == 2);
}

TEST_CASE("what a reader should not overlook is told at the end of a run, and in records") {
  const std::string folder = in_work("warned");
  const auto explain = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {
        "--model",     trained_model(), "--data",   "phantom",           "--phantom-count",
        "2,1,1",       "--max-images",  "2",        "--method",          "kernelshap",
        "--segmenter", "grid",          "--device", test::device_name(), "--samples",
        "6",           "--out",         folder};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run("pellucid-explain", arguments);
  };
  const std::string warning = "fewer masks than superpixels: the values are one of many fits";
  const test::Outcome outcome = explain({});
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  CHECK(outcome.out.find("kernelshap: warning: " + warning + " (2 of 2 images)") !=
        std::string::npos);
  const Json summary = parse_json(explain({"--resume", "--json", "-"}).out, "stdout");
  CHECK(summary["methods"]["kernelshap"]["warnings"][warning] == 2);
  const Json record =
      read_json_file(folder + "/" + summary["images"][0]["id"].get<std::string>() + ".json");
  CHECK(record["explanations"][0]["warnings"] == Json{warning});
}

TEST_CASE("--pictures draws overlays of the first images, of all or of none") {
  const std::string folder = in_work("pictured");
  const auto explain = [&](const std::string& pictures, const std::vector<std::string>& more) {
    return run(
        "pellucid-explain",
        test::with({"--model", trained_model(), "--data", "phantom", "--phantom-count", "2,1,1",
                    "--device", test::device_name(), "--out", folder, "--pictures", pictures},
                   more));
  };
  const auto count = [&](const std::string& extension) {
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
      files += entry.path().extension() == extension;
    return files;
  };
  const test::Outcome one = explain("1", {});
  INFO(one.err);
  REQUIRE(one.code == 0);
  CHECK(count(".png") == 1);
  CHECK(count(".npy") == 3);
  CHECK(count(".json") == 3);
  CHECK(explain("all", {"--resume"}).code == 0);  // which leaves what is explained
  CHECK(count(".png") == 1);
  const test::Outcome none = explain("none", {});
  CHECK(none.code == 0);
  CHECK(count(".png") == 0);
  CHECK(none.out.find(".png") == std::string::npos);
  CHECK(explain("some", {}).code == 2);
  CHECK(explain("-1", {}).code == 2);
}

TEST_CASE("each of the likeliest classes has a record of its own, which a longer list resumes") {
  const std::string folder = in_work("ranked");
  const auto explain = [&](const char* target) {
    return run("pellucid-explain",
               {"--model", trained_model(), "--data", "phantom", "--phantom-count", "2,1,1",
                "--max-images", "1", "--target", target, "--pictures", "none", "--device",
                test::device_name(), "--resume", "--out", folder});
  };
  const test::Outcome two = explain("top2");
  INFO(two.err);
  REQUIRE(two.code == 0);
  CHECK(two.out.find("2 explained, 0 failed") != std::string::npos);
  const std::string id = two.out.substr(0, two.out.find(".top1"));
  const auto record = [&](int rank) {
    return read_json_file(concat(folder, "/", id, ".top", rank, ".json"));
  };
  const Json first = record(1), second = record(2);
  CHECK(first["settings"]["target"] == "top1");
  CHECK(second["explanations"][0]["target"]["kind"] == "top2");
  CHECK(first["explanations"][0]["target"]["label"] == first["prediction"]["label"]);
  CHECK(first["explanations"][0]["target"]["label"] !=
        second["explanations"][0]["target"]["label"]);
  CHECK(first["group"] == second["group"]);
  CHECK_FALSE(first["group"].get<std::string>().empty());
  const std::string written = read_text_file(folder + "/" + id + ".top2.json");
  const test::Outcome three = explain("top3");
  REQUIRE(three.code == 0);
  CHECK(read_text_file(folder + "/" + id + ".top2.json") == written);  // its cost holds times
  CHECK(record(3)["settings"]["target"] == "top3");
  const test::Outcome compared = run("pellucid-compare", {folder});
  INFO(compared.err);
  CHECK(compared.code == 0);
  CHECK(test::is_error(explain("top4"), 2, "the network has 3 outputs (expected top1 to top3)"));
}
