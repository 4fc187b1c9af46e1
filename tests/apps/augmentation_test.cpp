// The seed of augmentation, through pellucid-train.
#include <doctest/doctest.h>

#include "nn/data/source/packed.h"
#include "runtime/file.h"
#include "runtime/formats/json.h"
#include "runtime/random.h"
#include "tests/apps/process.h"
#include "tests/apps/run_folder.h"

using namespace pellucid;
using test::in_work;
using test::run;

namespace {

// Pictures of noise that pass for prepared ones of mini-MIAS, which alone are augmented.
std::string packed_noise() {
  constexpr int kSide = 8;
  Dataset set;
  set.height = set.width = kSide;
  set.channels = 1;
  set.class_names = {"normal", "benign", "malignant"};
  set.source = "mini-MIAS";
  set.protocol = "paper";
  set.split = "paper";
  set.preprocessing = "{}";
  for (int n = 0; n < 15; ++n) {
    Sample sample;
    sample.id = "noise" + std::to_string(n);
    sample.label = n < 9 ? n % 2 : 2;  // the third class is the largest: it is undersampled
    for (std::uint64_t i = 0; i < kSide * kSide; ++i)
      sample.pixels.bytes().push_back(
          static_cast<std::uint8_t>(random_below({7, static_cast<std::uint64_t>(n)}, i, 256)));
    set.train.push_back(sample);
    set.valid.push_back(sample);
  }
  const std::string path = in_work("noise.safetensors");
  pack_dataset(set, path);
  return path;
}

}  // namespace

TEST_CASE("augmentation is drawn by --data-seed") {
  const std::string data = packed_noise(), model = in_work("noise-model.json");
  write_text_file(model, R"({"name": "flat", "input": [8, 8, 1], "layers": [
    {"type": "flatten"}, {"type": "linear", "outputs": 3}]})");
  // Of the same weights, over the training pictures of the only epoch.
  const auto loss = [&](const std::string& data_seed, const std::string& out) {
    const test::Outcome outcome =
        run("pellucid-train",
            {"--data", data, "--model", model, "--epochs", "1", "--lr", "1e-12", "--out",
             in_work(out), "--seed", "1", "--data-seed", data_seed, "--json", "-"});
    INFO(outcome.err);
    REQUIRE(outcome.code == 0);
    const Json record = parse_json(outcome.out, "stdout");
    CHECK(record["training_images"] == 3 * 4 * 16);
    return record["best"]["loss"].get<double>();
  };
  const double first = loss("0", "noise-first");
  CHECK(loss("0", "noise-again") == first);
  CHECK(loss("1", "noise-other") != first);
}
