// A user's own images: a folder with a sub-folder a class, grey and in colour, through the programs.
#include <doctest/doctest.h>

#include <filesystem>

#include "nn/data/codec/image_file.h"
#include "runtime/file.h"
#include "runtime/formats/json.h"
#include "runtime/formats/npy.h"
#include "runtime/random.h"
#include "tests/apps/process.h"
#include "tests/apps/run_folder.h"
#include "tests/support/device.h"

using namespace pellucid;
using test::in_work;
using test::is_error;
using test::run;
using test::with;

namespace {

bool quick() { return test::device() == DeviceKind::emu || test::kSmallShapesOnly; }

// Two classes of 40 × 40 pictures that only their colour tells apart: a disc that is redder or greener
// than the ground, at a place of its own, of the same luminance.
const std::string& colour_folder() {
  static const std::string folder = [] {
    const std::string path = in_work("colours");
    const int images = quick() ? 8 : 24;
    for (int n = 0; n < 2 * images; ++n) {
      const bool red = n % 2 == 0;
      const RandomKey key{5, static_cast<std::uint64_t>(n)};
      const int cx = 12 + static_cast<int>(random_below(key, 0, 16)),
                cy = 12 + static_cast<int>(random_below(key, 1, 16));
      std::vector<std::uint8_t> pixels;
      for (int y = 0; y < 40; ++y)
        for (int x = 0; x < 40; ++x) {
          const bool disc = (x - cx) * (x - cx) + (y - cy) * (y - cy) < 64;
          const auto noise =
              static_cast<int>(random_below(key, 2 + static_cast<std::uint64_t>(40 * y + x), 20));
          const int strength = disc ? (red ? 50 : -50) : 0;
          for (const int value : {120 + strength + noise, 120 - strength / 2 + noise, 120 + noise})
            pixels.push_back(static_cast<std::uint8_t>(value));
        }
      write_png(path + (red ? "/red/" : "/green/") + "image " + std::to_string(n) + ".png", 40, 40,
                3, pixels);
    }
    return path;
  }();
  return folder;
}

std::vector<std::string> training(const std::string& out) {
  return {"--data",     colour_folder(),
          "--channels", "3",
          "--size",     "64",
          "--model",    "tiny",
          "--epochs",   quick() ? "1" : "40",
          "--batch",    "8",
          "--lr",       "0.003",
          "--patience", "0",
          "--split",    "6/1/1",
          "--device",   test::device_name(),
          "--out",      in_work(out)};
}

}  // namespace

TEST_CASE("a folder in colour: counted, packed, trained on, evaluated, explained by every method") {
  const std::string packed = in_work("colours.safetensors"), sheet = in_work("colours.png");
  const test::Outcome data =
      run("pellucid-data", {"--data", colour_folder(), "--channels", "3", "--size", "64", "--out",
                            packed, "--sheet", sheet, "--split", "6/1/1", "--json", "-"});
  INFO(data.err);
  REQUIRE(data.code == 0);
  const Json counts = parse_json(data.out, "stdout");
  CHECK(counts["class_names"] == Json({"green", "red"}));
  CHECK(counts["colour"] == true);
  CHECK(counts["samples_by_class"]["test"] == (quick() ? Json({1, 1}) : Json({3, 3})));
  const std::array<GreyImage, 3> shown = read_rgb_image(sheet);
  CHECK(shown[0].pixels != shown[1].pixels);

  const test::Outcome trained = run("pellucid-train", training("colour-run"));
  INFO(trained.err);
  REQUIRE(trained.code == 0);
  const std::string model = in_work("colour-run/model.safetensors");
  // The packed file gives the same data, and so does the folder, which now follows the model.
  for (const std::string& source : {packed, colour_folder()}) {
    const test::Outcome evaluated = run(
        "pellucid-evaluate", {"--model", model, "--data", source, "--split", "6/1/1", "--subset",
                              "all", "--device", test::device_name(), "--json", "-"});
    INFO(evaluated.err);
    REQUIRE(evaluated.code == 0);
    const Json figures = parse_json(evaluated.out, "stdout");
    CHECK(figures["data"]["content_hash"] == counts["content_hash"]);
    if (!quick()) CHECK(figures["balanced_accuracy"].get<double>() > 0.9);
  }

  const std::string out = in_work("colour-maps");
  const test::Outcome explained = run("pellucid-explain", {"--model",
                                                           model,
                                                           "--data",
                                                           packed,
                                                           "--split",
                                                           "6/1/1",
                                                           "--subset",
                                                           "test",
                                                           "--method",
                                                           "gradcam,lime,kernelshap",
                                                           "--segmenter",
                                                           "slic",
                                                           "--segments",
                                                           "12",
                                                           "--samples",
                                                           "60",
                                                           "--max-images",
                                                           "2",
                                                           "--scores",
                                                           "--score-sensitivity",
                                                           "1",
                                                           "--device",
                                                           test::device_name(),
                                                           "--out",
                                                           out,
                                                           "--json",
                                                           "-"});
  INFO(explained.err);
  REQUIRE(explained.code == 0);
  const Json summary = parse_json(explained.out, "stdout");
  REQUIRE(summary["images"].size() == 6);
  for (const Json& image : summary["images"]) {
    const std::string stem =
        out + "/" + image["id"].get<std::string>() + "." + image["method"].get<std::string>();
    CHECK(read_npy(stem + ".npy").shape == std::vector<std::int64_t>{64, 64});
    const std::array<GreyImage, 3> picture = read_rgb_image(stem + ".png");
    CHECK(picture[0].pixels != picture[1].pixels);
  }
  for (const char* method : {"gradcam", "lime", "kernelshap"}) {
    const Json& scores = summary["methods"][method]["scores"];
    CHECK(scores["deletion_auc"]["images"] == scores["sensitivity_max"]["images"]);
    CHECK(scores["mass_accuracy"]["images"] == 0);  // no lesion is annotated
  }

  // A file of the model's size is explained as it is.
  std::vector<std::uint8_t> pixels(64 * 64 * 3, 120);
  for (std::size_t i = 0; i < pixels.size(); i += 3) pixels[i] = 180;
  write_png(in_work("one.png"), 64, 64, 3, pixels);
  CHECK(run("pellucid-explain", {"--model", model, "--image", in_work("one.png"), "--device",
                                 test::device_name(), "--out", in_work("colour-one")})
            .code == 0);
  write_png(in_work("small.png"), 40, 40, 3, std::vector<std::uint8_t>(40 * 40 * 3, 9));
  CHECK(is_error(
      run("pellucid-explain", {"--model", model, "--image", in_work("small.png"), "--device",
                               test::device_name(), "--out", in_work("colour-other")}),
      1, "wrong size (found 40 x 40; expected 64 x 64"));
}

TEST_CASE("a folder in grey: three classes, a network with as many outputs, folds") {
  const std::string folder = in_work("greys");
  for (int n = 0; n < 18; ++n) {
    std::vector<std::uint8_t> pixels;
    for (std::uint64_t i = 0; i < 32 * 32; ++i)
      pixels.push_back(static_cast<std::uint8_t>(
          60 * (n % 3) + random_below({7, static_cast<std::uint64_t>(n)}, i, 40)));
    write_png(folder + "/class" + std::to_string(n % 3) + "/" + std::to_string(n) + ".png", 32, 32,
              1, pixels);
  }
  std::filesystem::create_directories(folder + "/class3");
  write_png(folder + "/class3/a.png", 32, 32, 1, std::vector<std::uint8_t>(32 * 32, 250));
  write_png(folder + "/class3/b.png", 32, 32, 1, std::vector<std::uint8_t>(32 * 32, 240));
  write_png(folder + "/class3/c.png", 32, 32, 1, std::vector<std::uint8_t>(32 * 32, 245));
  const test::Outcome trained =
      run("pellucid-train",
          {"--data", folder, "--model", "tiny", "--epochs", "1", "--folds", "3", "--device",
           test::device_name(), "--out", in_work("grey-folds"), "--json", "-"});
  INFO(trained.err);
  REQUIRE(trained.code == 0);
  const Json figures = parse_json(trained.out, "stdout");
  CHECK(figures["samples"] == 21);
  CHECK(figures["class_names"].size() == 4);
  CHECK(figures["intervals"]["resampled"] == "images");

  CHECK(is_error(run("pellucid-data", {"--data", folder, "--protocol", "paper"}), 2,
                 "--protocol is for the folder of mini-MIAS only"));
  CHECK(is_error(run("pellucid-data", {"--data", folder, "--split", "woman"}), 2,
                 "it is not known whose picture class0.0 is"));
  CHECK(is_error(run("pellucid-data", {"--data", folder, "--split", "paper"}), 2,
                 "split paper is of mini-MIAS"));
  CHECK(is_error(run("pellucid-data", {"--data", folder, "--channels", "2"}), 2, "1 or 3, got 2"));
  CHECK(is_error(run("pellucid-data", {"--data", folder, "--size", "0x5"}), 2, "--size"));
  CHECK(is_error(run("pellucid-data", {"--data", "phantom", "--size", "64"}), 2,
                 "--size is for a folder with a sub-folder a class only"));
  CHECK(is_error(run("pellucid-data", {"--data", colour_folder()}), 1, "--channels 3"));
  CHECK(is_error(run("pellucid-evaluate",
                     {"--model", in_work("grey-folds/fold1/model.safetensors"), "--data",
                      colour_folder(), "--channels", "3", "--device", test::device_name()}),
                 1, "the data do not fit the model"));
}
