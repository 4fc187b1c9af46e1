// A user's own images: a folder with a sub-folder a class, grey and in colour, through the programs.
#include <doctest/doctest.h>

#include <array>
#include <filesystem>

#include "apps/data_source.h"
#include "nn/data/codec/image_file.h"
#include "nn/data/mias/mias.h"
#include "nn/train/checkpoint.h"
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

// Whether a pixel of a picture has more red than green.
bool shows_colour(const std::string& file) {
  const Image image = with_planes(read_image(file), 3);
  for (std::size_t i = 0; i < image.pixels.size(); i += 3)
    if (image.pixels[i] > image.pixels[i + 1]) return true;
  return false;
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
  CHECK(shows_colour(sheet));

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
    CHECK(shows_colour(stem + ".png"));
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
  const test::Outcome other =
      run("pellucid-explain", {"--model", model, "--image", in_work("small.png"), "--device",
                               test::device_name(), "--out", in_work("colour-other")});
  CHECK(other.code == 0);
  CHECK(other.err.find("note: prepared as the model's were in training: "
                       "resized to 64 x 64") != std::string::npos);
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
                 "--size is for a folder of images or a table of them only"));
  const test::Outcome grey = run("pellucid-data", {"--data", colour_folder()});
  CHECK(grey.code == 0);
  CHECK(grey.err.find(" images: colour made grey (BT.601 luma)") != std::string::npos);
  CHECK(is_error(run("pellucid-evaluate",
                     {"--model", in_work("grey-folds/fold1/model.safetensors"), "--data",
                      colour_folder(), "--channels", "3", "--device", test::device_name()}),
                 1, "the data do not fit the model"));
}

TEST_CASE("an image of any size, alone, is explained as the same file in a folder is") {
  const std::string folder = in_work("sizes");
  const auto write = [&](const std::string& name, int width, int height, std::uint64_t seed) {
    std::vector<std::uint8_t> pixels;
    for (int i = 0; i < width * height; ++i)
      pixels.push_back(static_cast<std::uint8_t>(
          random_below({8, seed}, static_cast<std::uint64_t>(i / 50), 250)));
    write_png(folder + "/" + name, width, height, 1, pixels);
  };
  write("one/wide.png", 700, 500, 1);
  write("one/b.png", 64, 64, 2);
  write("one/c.png", 90, 64, 3);
  write("two/tall.png", 33, 190, 4);
  write("two/b.png", 64, 64, 5);
  write("two/c.png", 65, 63, 6);
  const std::vector<std::string> common = {"--device", test::device_name()};
  REQUIRE(run("pellucid-train",
              with({"--data", folder, "--model", "tiny", "--size", "64x72", "--epochs", "1",
                    "--split", "1/1/1", "--out", in_work("sizes-run")},
                   common))
              .code == 0);
  const auto explain = [&](const std::vector<std::string>& what, const std::string& out) {
    const test::Outcome outcome = run(
        "pellucid-explain",
        with(with({"--model", in_work("sizes-run/model.safetensors"), "--out", in_work(out)}, what),
             common));
    INFO(outcome.err);
    CHECK(outcome.code == 0);
    return outcome.err;
  };
  explain({"--data", folder, "--split", "1/1/1", "--subset", "all"}, "sizes-maps");
  for (const auto& [id, file] :
       {std::array<std::string, 2>{"one.wide", "one/wide.png"}, {"two.tall", "two/tall.png"}}) {
    const std::string out = "sizes-" + id, stem = std::filesystem::path(file).stem().string();
    const std::string said = explain({"--image", folder + "/" + file}, out);
    CHECK(said.find("note: prepared as the model's were in training: resized to 72 x 64") !=
          std::string::npos);
    CHECK(read_npy(in_work(out + "/" + stem + ".gradcam.npy")).values ==
          read_npy(in_work("sizes-maps/" + id + ".gradcam.npy")).values);
    CHECK(read_json_file(in_work(out + "/" + stem + ".json"))["prediction"] ==
          read_json_file(in_work("sizes-maps/" + id + ".json"))["prediction"]);
  }
}

TEST_CASE("an image of any size, for a model made for films; a model that says nothing") {
  const auto model_of = [](const std::string& name, const Json& preprocessing) {
    Stream stream(DeviceKind::cpu);
    const Json description = {
        {"name", "small"},
        {"input", {224, 224, 3}},
        {"layers",
         {{{"type", "conv2d"}, {"filters", 2}, {"kernel", {5, 5}}, {"stride", {4, 4}}},
          {{"type", "relu"}},
          {{"type", "flatten"}},
          {{"type", "linear"}, {"outputs", 3}}}}};
    save_checkpoint(stream, Model(stream, description, 1, name),
                    {.preprocessing = preprocessing, .provenance = Json::object()}, in_work(name));
  };
  std::vector<std::uint8_t> pixels;
  for (int y = 0; y < 500; ++y)
    for (int x = 0; x < 700; ++x)
      pixels.push_back(static_cast<std::uint8_t>(
          (x - 350) * (x - 350) + (y - 250) * (y - 250) < 200 * 200 ? 100 + (x + y) % 90 : 5));
  write_png(in_work("wide.png"), 700, 500, 1, pixels);
  const auto explain = [](const std::string& model, const std::vector<std::string>& more) {
    return run("pellucid-explain",
               with({"--model", in_work(model), "--image", in_work("wide.png"), "--device",
                     test::device_name(), "--out", in_work(model + "-maps")},
                    more));
  };
  for (const MiasProtocol protocol : {MiasProtocol::paper, MiasProtocol::fixed_scale}) {
    const std::string name = std::string(to_string(protocol)) + ".safetensors";
    model_of(name, describe_preprocessing(mias_dataset({}, {protocol, 0})));
    const test::Outcome middle = explain(name, {}),
                        circle = explain(name, {"--circle", "300,240,40"});
    INFO(middle.err);
    CHECK(middle.code == 0);
    CHECK(middle.err.find("in the middle, for want of a circle") != std::string::npos);
    CHECK(circle.code == 0);
    CHECK(circle.err.find("around the circle") != std::string::npos);
    CHECK(is_error(explain(name, {"--circle", "5,5,400"}), 1, "the circle leaves the film"));
  }
  model_of("unknown.safetensors", Json::object());
  CHECK(is_error(explain("unknown.safetensors", {}), 1,
                 "wide.png: wrong size (found 700 x 500; expected 224 x 224"));
  model_of("newer.safetensors", {{"steps", {{"mean", {0.5}}}}});
  CHECK(is_error(explain("newer.safetensors", {}), 1, "unknown step of the preparation"));
}
