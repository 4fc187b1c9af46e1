// A file alone (--image) and in its folder (--data): the same tensor, to the bit, whatever its size and
// depth, for models of a folder and of mini-MIAS.
#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>

#include "apps/explain_inputs.h"
#include "nn/data/codec/image_file.h"
#include "nn/data/image_set.h"
#include "nn/data/source/load.h"
#include "runtime/file.h"
#include "runtime/formats/npy.h"
#include "runtime/random.h"
#include "tests/apps/process.h"
#include "tests/apps/run_folder.h"
#include "tests/nn/data/mias/films.h"
#include "tests/support/device.h"

using namespace pellucid;
using test::in_work;
using test::run;
using test::with;

namespace {

// What a network would read of a sample.
std::vector<float> tensor_of(const Sample& sample, const Checkpoint& checkpoint) {
  Stream& stream = test::stream();
  const ActivationShape& input = checkpoint.model.input();
  const ImageSet set(stream, {&sample, 1}, input.h, input.w, input.c, checkpoint.model.classes());
  return set.batch(stream, Tensor::from_host(stream, {1}, std::vector<std::int32_t>{0}))
      .to_host<float>(stream);
}

const Sample& sample_of(const Dataset& dataset, const std::string& id) {
  for (const std::string_view name : kSubsetNames)
    for (const Sample& sample : subset(dataset, name))
      if (sample.id == id) return sample;
  fail("no sample ", id);
}

Sample alone(const std::string& file, const std::string& circle, const Checkpoint& checkpoint,
             const std::string& noted) {
  const LoadedImage image = inputs_of_files({file}, circle, checkpoint)[0].load();
  CAPTURE(image.note);
  CHECK(image.note.find("prepared as the model's were in training") != std::string::npos);
  CHECK(image.note.find(noted) != std::string::npos);
  return image.sample;
}

// Maps and predictions of the programs, of a set and of files.
void check_programs(const std::string& model, const std::vector<std::string>& data,
                    const std::string& id, const std::vector<std::string>& image,
                    const std::string& out) {
  CAPTURE(id);
  const auto explain = [&](const std::vector<std::string>& what, const std::string& folder) {
    const test::Outcome outcome = run(
        "pellucid-explain",
        with({"--model", model, "--device", test::device_name(), "--out", in_work(folder)}, what));
    INFO(outcome.err);
    CHECK(outcome.code == 0);
  };
  explain(with(data, {"--subset", "all", "--ids", id}), out + "-data");
  explain(image, out + "-image");
  const std::string stem = std::filesystem::path(image[1]).stem().string();
  CHECK(read_npy(in_work(out + "-data/" + id + ".gradcam.npy")).values ==
        read_npy(in_work(out + "-image/" + stem + ".gradcam.npy")).values);
  CHECK(read_json_file(in_work(out + "-data/" + id + ".json"))["prediction"] ==
        read_json_file(in_work(out + "-image/" + stem + ".json"))["prediction"]);
}

std::string random_pgm(int width, int height, int white, std::uint64_t seed) {
  std::string text = concat("P5 ", width, " ", height, " ", white, "\n");
  for (int i = 0; i < width * height; ++i) {
    const std::uint32_t value = random_below({9, seed}, static_cast<std::uint64_t>(i / 7),
                                             static_cast<std::uint32_t>(white) + 1);
    if (white > 255) text += static_cast<char>(value >> 8);
    text += static_cast<char>(value & 0xFF);
  }
  return text;
}

void write_random_png(const std::string& file, int width, int height, int channels) {
  std::vector<std::uint8_t> pixels;
  for (int i = 0; i < width * height * channels; ++i)
    pixels.push_back(
        static_cast<std::uint8_t>(random_below({9, 5}, static_cast<std::uint64_t>(i / 7), 256)));
  write_png(file, width, height, channels, pixels);
}

// Two classes of pictures of 700 × 500 and others, of several depths.
std::string folder_of(const std::string& name, int channels) {
  const std::string folder = in_work(name);
  write_random_png(folder + "/one/eight.png", 700, 500, channels);
  write_text_file(folder + "/one/deep.pgm", random_pgm(700, 500, 65535, 1));
  write_text_file(folder + "/one/other.pgm", random_pgm(50, 90, 255, 2));
  write_text_file(folder + "/two/twelve.pgm", random_pgm(700, 500, 4095, 3));
  write_text_file(folder + "/two/a.pgm", random_pgm(64, 64, 255, 4));
  write_text_file(folder + "/two/b.pgm", random_pgm(63, 65, 15, 5));
  return folder;
}

}  // namespace

TEST_CASE("a file alone and in its folder: one tensor, grey and in colour, of 8, 12 and 16 bits") {
  for (const int channels : {1, 3}) {
    CAPTURE(channels);
    const std::string name = channels == 1 ? "deep-grey" : "deep-colour",
                      folder = folder_of(name, channels), size = "64x72";
    const std::vector<std::string> data = {"--data", folder, "--split", "1/1/1"};
    REQUIRE(
        run("pellucid-train", with(data, {"--channels", std::to_string(channels), "--model", "tiny",
                                          "--size", size, "--epochs", "1", "--device",
                                          test::device_name(), "--out", in_work(name + "-run")}))
            .code == 0);
    const std::string model = in_work(name + "-run/model.safetensors");
    const Checkpoint checkpoint = load_checkpoint(test::stream(), model);
    DatasetOptions options;
    options.data = folder;
    options.pictures = {64, 72, channels, channels == 3};
    const Dataset dataset = load_dataset(options);
    for (const auto& [id, file, white] : {std::tuple{"one.eight", "/one/eight.png", 255},
                                          {"one.deep", "/one/deep.pgm", 65535},
                                          {"two.twelve", "/two/twelve.pgm", 4095}}) {
      CAPTURE(id);
      const Sample sample = alone(folder + file, "", checkpoint, "resized to 72 x 64");
      const Sample& in_folder = sample_of(dataset, id);
      CHECK(in_folder.pixels.white() == white);
      CHECK(sample.pixels == in_folder.pixels);
      CHECK(tensor_of(sample, checkpoint) == tensor_of(in_folder, checkpoint));
    }
    check_programs(model, data, "one.deep", {"--image", folder + "/one/deep.pgm"}, name);
    check_programs(model, data, "one.eight", {"--image", folder + "/one/eight.png"}, name + "8");
  }
}

TEST_CASE("a film alone and in a folder of mini-MIAS: one tensor, by both protocols") {
  const std::string folder = in_work("films");
  test::write_films(folder);
  const Circle circle = test::circle_of_mdb002();
  const std::string circle_text = concat(circle.x, ",", circle.y, ",", circle.radius);
  for (const MiasProtocol protocol : {MiasProtocol::paper, MiasProtocol::fixed_scale}) {
    const std::string name(to_string(protocol)), model = in_work(name + "-films.safetensors");
    CAPTURE(name);
    DatasetOptions options;
    options.data = folder;
    options.protocol = name;
    const Dataset dataset = load_dataset(options);
    {
      Stream stream(DeviceKind::cpu);
      const Json description = {
          {"name", "small"},
          {"input", {224, 224, 3}},
          {"layers",
           {{{"type", "conv2d"}, {"filters", 2}, {"kernel", {5, 5}}, {"stride", {4, 4}}},
            {{"type", "relu"}},
            {{"type", "flatten"}},
            {{"type", "linear"}, {"outputs", 3}}}}};
      const Json steps = parse_json(dataset.preprocessing, "preprocessing");
      save_checkpoint(stream, Model(stream, description, 1, name),
                      {.preprocessing = {{"steps", steps}}, .provenance = Json::object()}, model);
    }
    const Checkpoint checkpoint = load_checkpoint(test::stream(), model);
    const auto check = [&](const std::string& id, const std::string& file,
                           const std::string& circle_of, const std::string& noted) {
      CAPTURE(id);
      const Sample sample = alone(folder + file, circle_of, checkpoint, noted),
                   in_folder = sample_of(dataset, id);
      CHECK(sample.pixels == in_folder.pixels);
      CHECK(tensor_of(sample, checkpoint) == tensor_of(in_folder, checkpoint));
    };
    check("mdb002", "/mdb002.pgm", circle_text,
          "reduced to 8 bits, as CLAHE takes them, from 65536 levels");
    // At fixed scale the place on a normal is drawn in training: alone it is the middle.
    if (protocol == MiasProtocol::fixed_scale) continue;
    check("mdb001", "/mdb001.png", "", "in the middle, for want of a circle");
    const std::vector<std::string> data = {"--data", folder, "--split", "70/15/15"};
    check_programs(model, data, "mdb001", {"--image", folder + "/mdb001.png"}, "films8");
    check_programs(model, data, "mdb002",
                   {"--image", folder + "/mdb002.pgm", "--circle", circle_text}, "films16");
    const test::Outcome said = run("pellucid-data", with(data, {"--json", "-"}));
    CHECK(said.code == 0);
    // What is said of the films; then that they are copies of each other.
    const Json notes = parse_json(said.out, "stdout")["notes"];
    REQUIRE(notes.size() == dataset.notes.size() + 2);
    for (std::size_t i = 0; i < dataset.notes.size(); ++i) CHECK(notes[i] == dataset.notes[i]);
    CHECK(said.err.find("note: 320 of 322 films are not of 1024 x 1024 pixels") !=
          std::string::npos);
    CHECK(said.err.find("note: 3 of 322 films are not of 8 bits") != std::string::npos);
  }
}
