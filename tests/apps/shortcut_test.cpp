// A shortcut that was planted is found by every explainer, and by none where the network could not
// learn it: the check that explanations follow the model and not the picture.
#include <doctest/doctest.h>

#include <algorithm>

#include "nn/data/phantom/phantom.h"
#include "runtime/file.h"
#include "runtime/formats/json.h"
#include "runtime/formats/npy.h"
#include "tests/apps/process.h"
#include "tests/support/device.h"

using namespace pellucid;
using test::run;

namespace {

std::string in_work(const std::string& name) { return (test::work_folder() / name).string(); }

std::string train(const std::string& out, const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {
      "--data", "phantom", "--model", "tiny",     "--epochs",          "24",    "--lr",
      "0.003",  "--seed",  "1",       "--device", test::device_name(), "--out", in_work(out)};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const test::Outcome outcome = run("pellucid-train", arguments);
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  return in_work(out) + "/model.safetensors";
}

// Of the held-out abnormal phantoms with markers: how many maps have their maximum on the marker.
struct Found {
  int images = 0, gradcam = 0, lime = 0, kernelshap = 0;
};

Found explain(const std::string& model, const std::string& out) {
  const test::Outcome outcome = run("pellucid-explain", {"--model",
                                                         model,
                                                         "--data",
                                                         "phantom",
                                                         "--phantom-count",
                                                         "200,50,26",
                                                         "--shortcut",
                                                         "--method",
                                                         "gradcam,lime,kernelshap",
                                                         "--target",
                                                         "true",
                                                         "--fill",
                                                         "image-mean",
                                                         "--segmenter",
                                                         "grid",
                                                         "--grid",
                                                         "8",
                                                         "--samples",
                                                         "400",
                                                         "--device",
                                                         test::device_name(),
                                                         "--out",
                                                         in_work(out),
                                                         "--json",
                                                         "-"});
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  Found found;
  const Json summary = parse_json(outcome.out, "stdout");
  for (const Json& image : summary["images"]) {
    const std::string id = image["id"], method = image["method"], truth = image["true_class"];
    if (truth == "normal") continue;
    const std::uint64_t index = 2 * kPhantomsApart + std::stoull(id.substr(id.size() - 6));
    const GreyImage marker = phantom_marker(64, 0, index, truth == "benign" ? 1 : 2);
    const NpyArray map = read_npy(in_work(out) + "/" + id + "." + method + ".npy");
    const float largest = *std::max_element(map.values.begin(), map.values.end());
    // A superpixel carries the marker if it holds it all; Grad-CAM's map is coarser than the bar,
    // so its peak must lie in the marker's cell of the 8 × 8 grid.
    int on_marker = 0, marked = 0;
    bool peak_in_cell = false;
    for (int i = 0; i < 64 * 64; ++i) {
      const bool top = map.values[static_cast<std::size_t>(i)] == largest;
      if (marker.pixels[static_cast<std::size_t>(i)] != 0) {
        ++marked;
        on_marker += top;
        const int cell = i / 64 / 8 * 8 + i % 64 / 8;
        for (int p = 0; p < 64 * 64; ++p)
          peak_in_cell |= p / 64 / 8 * 8 + p % 64 / 8 == cell &&
                          map.values[static_cast<std::size_t>(p)] == largest;
      }
    }
    const bool hit = method == "gradcam" ? peak_in_cell : on_marker == marked;
    found.images += method == "gradcam";
    (method == "gradcam" ? found.gradcam : method == "lime" ? found.lime : found.kernelshap) += hit;
  }
  return found;
}

}  // namespace

TEST_CASE("a planted shortcut carries the explanations, where the network learned it") {
  if (test::device() == DeviceKind::emu || test::kSmallShapesOnly) return;  // minutes there
  const Found with = explain(train("shortcut", {"--shortcut"}), "with-shortcut");
  const Found without = explain(train("no-shortcut", {}), "without-shortcut");
  REQUIRE(with.images >= 50);
  MESSAGE("on the marker, of ", with.images, " with the shortcut: Grad-CAM ", with.gradcam,
          ", LIME ", with.lime, ", Kernel SHAP ", with.kernelshap, "; without: ", without.gradcam,
          ", ", without.lime, ", ", without.kernelshap);
  for (const int count : {with.gradcam, with.lime, with.kernelshap})
    CHECK(count >= 0.9 * with.images);
  for (const int count : {without.gradcam, without.lime, without.kernelshap})
    CHECK(count <= 0.1 * without.images);
}
