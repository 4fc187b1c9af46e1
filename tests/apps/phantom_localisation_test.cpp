// What makes an explanation worth having, on phantoms, where the truth is known: a trained
// network's Grad-CAM finds the lesion, that of the same network with drawn weights does not.
#include <doctest/doctest.h>

#include "nn/json.h"
#include "tests/apps/process.h"
#include "tests/support/device.h"

using namespace pellucid;
using test::run;

TEST_CASE("Grad-CAM's peak lies in the lesion, and not by chance") {
  if (test::device() == DeviceKind::emu || test::kSmallShapesOnly) return;  // minutes there
  const std::string folder = (test::work_folder() / "localisation").string();
  const test::Outcome trained = run(
      "pellucid-train", {"--data", "phantom", "--model", "tiny", "--epochs", "24", "--lr", "0.003",
                         "--seed", "1", "--device", test::device_name(), "--out", folder});
  INFO(trained.err);
  REQUIRE(trained.code == 0);

  // The share of held-out abnormal phantoms whose map peaks in the lesion, for the true class.
  const auto peaks_in_lesion = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"--model",  folder + "/model.safetensors",
                                          "--data",   "phantom",
                                          "--subset", "test",
                                          "--target", "true",
                                          "--device", test::device_name(),
                                          "--out",    folder + "/maps",
                                          "--json",   "-"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const test::Outcome outcome = run("pellucid-explain", arguments);
    INFO(outcome.err);
    REQUIRE(outcome.code == 0);
    const Json result = parse_json(outcome.out, "stdout")["methods"]["gradcam"]["pointing_game"];
    REQUIRE(result["lesions"].get<int>() >= 100);
    CHECK(result["mean_lesion_share"].get<double>() <= 0.10);
    return result["hit_rate"].get<double>();
  };
  CHECK(peaks_in_lesion({}) >= 0.70);
  CHECK(peaks_in_lesion({"--randomize-weights", "--seed", "1"}) <= 0.30);
}
