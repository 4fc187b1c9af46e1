// A network that says a class of each place, through the programs, on the device under test.
#include <doctest/doctest.h>

#include "nn/data/codec/image_file.h"
#include "nn/train/checkpoint.h"
#include "runtime/file.h"
#include "runtime/formats/json.h"
#include "runtime/formats/npy.h"
#include "tests/apps/process.h"
#include "tests/support/device.h"

using namespace pellucid;
using test::run;

namespace {

const char* const kSegmenter = R"({"name": "segmenter", "input": [16, 12, 1], "outputs": "winners",
  "classes": ["ground", "spot"], "layers": [
  {"type": "conv2d", "name": "features", "filters": 5, "kernel": 3, "padding": "same"},
  {"type": "relu", "name": "relu"}, {"type": "max_pool2d", "window": 2},
  {"type": "conv2d", "name": "deep", "filters": 6, "kernel": 3, "padding": "same"},
  {"type": "conv2d", "filters": 2, "kernel": 1},
  {"type": "resize", "output": [16, 12, 2], "mode": "linear"}, {"type": "winner_sum"}]})";

void write_grey(const std::string& path, int width, int height, int left) {
  std::vector<std::uint8_t> pixels;
  for (int i = 0; i < width * height; ++i)
    pixels.push_back(i % width < left ? 0 : static_cast<std::uint8_t>(50 + i % 200));
  write_file(path, encode_png(width, height, 1, pixels));
}

Json record_of(const std::string& path) { return parse_json(read_text_file(path), path); }

}  // namespace

TEST_CASE("a segmenter is explained, where it wins and where it is asked") {
  const std::string folder = (test::work_folder() / "segmenter").string(),
                    model = folder + "/m.safetensors", picture = folder + "/picture.png",
                    where = folder + "/where.png";
  std::filesystem::create_directories(folder);
  save_checkpoint(test::stream(), Model(test::stream(), parse_json(kSegmenter, "m"), 3), {}, model);
  write_grey(picture, 12, 16, 0);
  write_grey(where, 12, 16, 9);
  const auto explain = [&](const std::string& out, std::vector<std::string> more) {
    more.insert(more.end(), {"--model", model, "--image", picture, "--device", test::device_name(),
                             "--target", "spot", "--out", folder + "/" + out});
    return run("pellucid-explain", more);
  };
  const test::Outcome own = explain("own",
                                    {"--method", "gradcam,saliency,lime", "--segmenter", "grid"}),
                      asked = explain("asked", {"--where", where});
  INFO(own.err);
  INFO(asked.err);
  REQUIRE(own.code == 0);
  REQUIRE(asked.code == 0);
  CHECK(asked.err.find("explaining 48 of 192 places, those of " + where) != std::string::npos);
  const Json before = record_of(folder + "/own/picture.json"),
             after = record_of(folder + "/asked/picture.json");
  CHECK(before["explanations"][0]["layer"] == "deep");
  CHECK(!before["settings"].contains("where"));
  CHECK(after["settings"]["where"] == where);
  CHECK(after["settings"]["where_md5"].get<std::string>().size() == 32);
  CHECK(read_npy(folder + "/own/picture.gradcam.npy").values !=
        read_npy(folder + "/asked/picture.gradcam.npy").values);

  const test::Outcome predicted = run("pellucid-predict", {picture, "--model", model, "--device",
                                                           test::device_name(), "--json", "-"});
  REQUIRE(predicted.code == 0);
  CHECK(parse_json(predicted.out, "predict")["images"][0]["probabilities"].empty());
  CHECK(test::is_error(explain("no", {"--score", "probability"}), 2,
                       "a segmenter's scores are sums over places"));
  write_grey(where, 11, 16, 9);
  CHECK(test::is_error(explain("no", {"--where", where}), 1,
                       "wrong size (found 11 x 16; expected 12 x 16, the network's places"));
  write_grey(where, 12, 16, 12);
  CHECK(test::is_error(explain("no", {"--where", where}), 1, "no place is asked about"));
}

TEST_CASE("--where belongs to segmenters") {
  const std::string folder = (test::work_folder() / "no-segmenter").string();
  std::filesystem::create_directories(folder);
  save_checkpoint(test::stream(), Model(test::stream(), load_model_description("tiny"), 3), {},
                  folder + "/m.safetensors");
  write_grey(folder + "/p.png", 64, 64, 9);
  CHECK(test::is_error(
      run("pellucid-explain",
          {"--model", folder + "/m.safetensors", "--image", folder + "/p.png", "--where",
           folder + "/p.png", "--device", test::device_name(), "--out", folder + "/maps"}),
      2, "--where belongs to segmenters: model tiny does not say a class of each place"));
}
