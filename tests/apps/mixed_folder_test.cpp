// A stranger's pictures as they come: four formats, names in many scripts, patients, copies, a broken file.
#include <doctest/doctest.h>

#include <filesystem>
#include <set>

#include "nn/data/codec/image_file.h"
#include "nn/data/image.h"
#include "runtime/file.h"
#include "runtime/formats/csv.h"
#include "runtime/formats/json.h"
#include "runtime/random.h"
#include "tests/apps/process.h"
#include "tests/apps/run_folder.h"
#include "tests/support/device.h"

using namespace pellucid;
using test::in_work;
using test::run;
using test::with;

namespace {

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string fixture(const std::string& name) {
  return std::string(PELLUCID_TEST_DATA) + "/" + name;
}

// The table of a folder with twelve pictures of two classes, two patients' and others' own; of them one is broken,
// one a JPEG that was saved again as PNG, and one a plain copy.
std::string mixed_table() {
  const std::string folder = in_work("mixed");
  const std::string longest = std::string(190, 'w') + ".png";
  const auto copy = [&](const std::string& from, const std::string& name) {
    std::filesystem::create_directories(folder);
    std::filesystem::copy_file(fixture(from), folder + "/" + name);
  };
  const auto noise = [&](const std::string& name, std::uint64_t seed) {
    std::vector<std::uint8_t> pixels;
    for (std::uint64_t i = 0; i < 40 * 40; ++i)
      pixels.push_back(static_cast<std::uint8_t>(random_below({31, seed}, i, 256)));
    write_png(folder + "/" + name, 40, 40, 1, pixels);
  };
  copy("images/grey.jpg", "снимок.jpg");
  copy("images/grey16.png", "صورة.png");
  copy("images/lzw.tif", "正常 (1).tif");
  copy("dicom/byte.dcm", "😀.dcm");
  noise(longest, 1);
  noise("plain.png", 2);
  noise("other.png", 3);
  noise("third.png", 4);
  noise("fourth.png", 5);
  const Image jpeg = read_image(folder + "/снимок.jpg");
  write_png(folder + "/saved again.png", jpeg.width, jpeg.height, jpeg.planes, jpeg.pixels.bytes());
  std::filesystem::copy_file(folder + "/plain.png", folder + "/plain copy.png");
  write_text_file(folder + "/truncated.png", read_text_file(folder + "/plain.png").substr(0, 200));
  write_text_file(folder + "/Thumbs.db", "x");

  const std::vector<std::vector<std::string>> rows = {
      {"снимок.jpg", "a", "p1"},      {"صورة.png", "a", "p1"},     {"正常 (1).tif", "b", "p1"},
      {"😀.dcm", "b", "p2"},           {longest, "a", "p2"},        {"plain.png", "b", ""},
      {"other.png", "a", ""},         {"third.png", "b", ""},      {"fourth.png", "a", ""},
      {"saved again.png", "a", "p1"}, {"plain copy.png", "a", ""}, {"truncated.png", "b", ""}};
  std::string csv = csv_line({"path", "label", "group"});
  for (const auto& row : rows) csv += csv_line(row);
  write_text_file(folder + "/table.csv", csv);
  return folder + "/table.csv";
}

}  // namespace

TEST_CASE(
    "a mixed folder trains, evaluates, predicts and explains; the broken file is the only "
    "failure") {
  const std::string table = mixed_table(), out = in_work("mixed-run");
  const std::string model = out + "/model.safetensors";
  const auto on_device = [](const std::vector<std::string>& arguments) {
    return with({"--device", test::device_name()}, arguments);
  };
  const auto check = [](const test::Outcome& outcome) {
    INFO(outcome.err);
    CHECK(outcome.code == 3);
    const std::string& said = outcome.err;
    CHECK(says(said, "failed: "));
    CHECK(said.find("failed: ") == said.rfind("failed: "));
    CHECK(says(said, "truncated.png: "));
  };
  const test::Outcome trained =
      run("pellucid-train", on_device({"--data", table, "--size", "64", "--model", "tiny",
                                       "--epochs", "1", "--split", "2/1/1", "--out", out}));
  check(trained);
  CHECK(says(trained.err, "2 images show the same as an earlier one"));
  CHECK(says(trained.err, "1 of them are in another class than the one that they repeat"));
  const Json record = read_json_file(out + "/run.json");
  CHECK(record["failures"].size() == 1);
  CHECK(record["failures"][0]["id"] == "truncated");

  const test::Outcome evaluated =
      run("pellucid-evaluate", on_device({"--data", table, "--model", model, "--subset", "all",
                                          "--json", in_work("mixed-evaluation.json"),
                                          "--predictions", in_work("mixed-predictions.csv")}));
  check(evaluated);
  const Json figures = read_json_file(in_work("mixed-evaluation.json"));
  CHECK(figures["samples"] == 11);
  const int seen =
      figures["seen"]["trained_on"].get<int>() + figures["seen"]["validated_on"].get<int>();
  CHECK(seen >= 6);
  CHECK(says(evaluated.out, figures["seen"]["note"].get<std::string>()));

  const std::string folder = in_work("mixed");
  const test::Outcome predicted = run(
      "pellucid-predict", on_device({folder, "--model", model, "--json", in_work("mixed.json")}));
  check(predicted);
  CHECK(says(predicted.err, "1 file is no image and left out (table.csv;"));
  const Json all = read_json_file(in_work("mixed.json"));
  CHECK(all["images"].size() == 12);
  std::set<std::string> ids, contents;
  for (const Json& image : all["images"]) {
    ids.insert(image["id"].get<std::string>());
    if (image.contains("content_hash")) contents.insert(image["content_hash"].get<std::string>());
  }
  CHECK(ids.size() == 12);
  CHECK(contents.size() == 9);  // but for the copies
  for (const char* id : {"снимок", "صورة", "正常__1_", "😀", "saved_again"}) CHECK(ids.contains(id));

  const std::string maps = in_work("mixed-maps");
  check(run("pellucid-explain",
            on_device({"--data", table, "--model", model, "--subset", "all", "--out", maps})));
  for (const char* id : {"снимок", "صورة", "正常__1_", "😀", "plain_copy"})
    CHECK(std::filesystem::exists(maps + "/" + std::string(id) + ".gradcam.png"));
  CHECK(read_json_file(maps + "/😀.json")["group"] == "p2");
  CHECK(read_json_file(maps + "/снимок.json")["seen"] ==
        read_json_file(maps + "/saved_again.json")["seen"]);
}
