// What makes an explanation worth having, on phantoms, where the truth is known: a trained
// network's Grad-CAM finds the lesion, that of the same network with drawn weights does not.
#include <doctest/doctest.h>

#include "runtime/formats/json.h"
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

  // Over held-out abnormal phantoms, for the true class: the share whose map peaks in the lesion, and
  // the mean share of the map's mass that lies in it.
  struct InLesion {
    double peaks, mass;
  };
  const auto in_lesion = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"--model",  folder + "/model.safetensors",
                                          "--data",   "phantom",
                                          "--subset", "test",
                                          "--target", "true",
                                          "--device", test::device_name(),
                                          "--out",    folder + "/maps",
                                          "--scores", "--json",
                                          "-"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const test::Outcome outcome = run("pellucid-explain", arguments);
    INFO(outcome.err);
    REQUIRE(outcome.code == 0);
    const Json result = parse_json(outcome.out, "stdout")["methods"]["gradcam"];
    const Json& peaks = result["pointing_game"];
    REQUIRE(peaks["lesions"].get<int>() >= 100);
    CHECK(peaks["mean_lesion_share"].get<double>() <= 0.10);
    const Json& mass = result["scores"]["mass_accuracy"];
    REQUIRE(mass["images"].get<int>() >= 20);  // a map of drawn weights may be 0 everywhere
    return InLesion{peaks["hit_rate"].get<double>(), mass["mean"].get<double>()};
  };
  const InLesion with_trained = in_lesion({});
  const InLesion with_drawn = in_lesion({"--randomize-weights", "--seed", "1"});
  MESSAGE("Grad-CAM's mass in the lesion: ", with_trained.mass, " trained, ", with_drawn.mass,
          " with drawn weights");
  CHECK(with_trained.peaks >= 0.70);
  CHECK(with_drawn.peaks <= 0.30);
  CHECK(with_trained.mass >= 2 * with_drawn.mass);
}
