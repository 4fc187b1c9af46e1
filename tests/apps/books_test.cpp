// Honest books about a user's own pictures: names, sizes, layouts, leaks, and single pictures that fail.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <functional>

#include "nn/data/codec/image_file.h"
#include "runtime/file.h"
#include "runtime/formats/csv.h"
#include "runtime/formats/json.h"
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

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// A grey picture of `side`: stripes that lie or stand, with noise of its own.
void write_picture(const std::string& file, int side, bool lying, std::uint64_t seed) {
  std::vector<std::uint8_t> pixels;
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x)
      pixels.push_back(static_cast<std::uint8_t>(
          ((lying ? y : x) / 8 % 2) * 120 + 40 +
          random_below({21, seed}, static_cast<std::uint64_t>(y * side + x), 30)));
  write_png(file, side, side, 1, pixels);
}

// Two classes of `count` pictures each.
std::string stripes(const std::string& name, int count, int side = 64, std::uint64_t seed = 0) {
  const std::string folder = in_work(name);
  for (int i = 0; i < count; ++i)
    for (const bool lying : {false, true})
      write_picture(folder + (lying ? "/lying/" : "/standing/") + std::to_string(i) + ".png", side,
                    lying, seed + 2 * static_cast<std::uint64_t>(i) + lying);
  return folder;
}

std::vector<std::string> on_device(std::vector<std::string> arguments) {
  return with(std::move(arguments), {"--device", test::device_name()});
}

// Trained once on the stripes.
const std::string& trained() {
  static const std::string model = [] {
    REQUIRE(
        run("pellucid-train", on_device({"--data", stripes("books", 6), "--size", "64", "--model",
                                         "tiny", "--epochs", "2", "--out", in_work("books-run")}))
            .code == 0);
    return in_work("books-run/model.safetensors");
  }();
  return model;
}

Json evaluated(const std::vector<std::string>& data, int code = 0) {
  const test::Outcome outcome =
      run("pellucid-evaluate", on_device(with({"--model", trained(), "--json", "-"}, data)));
  INFO(outcome.err);
  REQUIRE(outcome.code == code);
  return parse_json(outcome.out, "stdout");
}

Json predicted(const std::vector<std::string>& pictures, int code = 0) {
  const test::Outcome outcome =
      run("pellucid-predict",
          on_device(with(with({}, pictures), {"--model", trained(), "--json", "-"})));
  INFO(outcome.err);
  REQUIRE(outcome.code == code);
  return parse_json(outcome.out, "stdout");
}

}  // namespace

TEST_CASE(
    "books: what a model was trained on is known again in a grown folder, new ones are not (F02)") {
  trained();
  const std::string grown = in_work("books-grown");
  std::filesystem::copy(in_work("books"), grown, std::filesystem::copy_options::recursive);
  write_picture(grown + "/lying/new.png", 64, true, 900);
  const Json all = evaluated({"--data", grown, "--subset", "all"});
  CHECK(all["seen"]["images"] == 13);
  const Json run_counts = read_json_file(in_work("books-run/run.json"))["data"]["samples_by_class"];
  const int trained_on = run_counts["train"][0].get<int>() + run_counts["train"][1].get<int>();
  CHECK(all["seen"]["trained_on"] == trained_on);
  CHECK(all["seen"]["validated_on"].get<int>() ==
        run_counts["valid"][0].get<int>() + run_counts["valid"][1].get<int>());

  const Json fresh = evaluated({"--data", stripes("books-fresh", 3, 64, 5000), "--subset", "all"});
  CHECK(fresh["seen"]["trained_on"] == 0);
  CHECK(fresh["seen"]["note"] == "0 of 6 images were trained on, 0 validated on");
}

TEST_CASE("books: fewer phantoms are not those that were trained on (F01)") {
  const std::vector<std::string> phantoms = {"--data", "phantom", "--phantom-count"};
  REQUIRE(run("pellucid-train", on_device(with(phantoms, {"6,2,2", "--epochs", "1", "--out",
                                                          in_work("books-phantom")})))
              .code == 0);
  const test::Outcome outcome = run(
      "pellucid-evaluate",
      on_device(with(phantoms, {"1,1,6", "--model", in_work("books-phantom/model.safetensors")})));
  CHECK(outcome.code == 0);
  CHECK(says(outcome.out, "0 of 18 images were trained on, 0 validated on"));
}

TEST_CASE(
    "books: a file alone, of any size and name, is prepared, known again and explained (F03, "
    "F04)") {
  trained();
  const std::string odd = in_work("benign (1) größer.png");
  write_picture(odd, 100, true, 42);
  const std::string out = in_work("books-alone");
  const test::Outcome outcome =
      run("pellucid-explain", on_device({"--model", trained(), "--image", odd,
                                         in_work("books/lying/0.png"), "--out", out}));
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  CHECK(says(outcome.err, "prepared as the model's were in training: resized to 64 x 64"));
  CHECK(std::filesystem::exists(out + "/benign__1__größer.gradcam.png"));
  const Json record = read_json_file(out + "/benign__1__größer.json");
  CHECK(record["prepared"] == Json{"resized to 64 x 64"});
  CHECK(record["seen"] == "");
  const std::string seen = read_json_file(out + "/0.json")["seen"];
  CHECK(says(outcome.out, seen.empty()      ? "0 of 2 images were trained on, 0 validated on"
                          : seen == "train" ? "1 of 2 images were trained on, 0 validated on"
                                            : "0 of 2 images were trained on, 1 validated on"));
}

TEST_CASE(
    "books: names in any script, long ones, strangers and a broken file, through every program "
    "(F05, F06, F15)") {
  const std::string folder = in_work("books-names"), longest(200, 'n');
  const std::vector<std::string> names = {
      "正常/снимок 1.png", "正常/صورة.png", "正常/😀.png", "正常/" + longest + ".png",
      "異常/снимок 1.png", "異常/b.png",    "異常/c.png", "異常/d.png"};
  for (std::size_t i = 0; i < names.size(); ++i)
    write_picture(folder + "/" + names[i], 64, i < 4, 100 + i);
  write_text_file(folder + "/正常/Thumbs.db", "x");
  write_text_file(folder + "/異常/readme.txt", "x");
  write_text_file(folder + "/異常/broken.png",
                  read_text_file(folder + "/異常/b.png").substr(0, 300));
  const std::string model = in_work("books-names-run");
  const test::Outcome training =
      run("pellucid-train", on_device({"--data", folder, "--size", "64", "--model", "tiny",
                                       "--epochs", "1", "--split", "2/1/1", "--out", model}));
  INFO(training.err);
  CHECK(training.code == 3);
  CHECK(says(training.err, "1 file is no image and left out ("));
  CHECK(says(training.err, "failed: " + folder + "/異常/broken.png: "));
  CHECK(read_json_file(model + "/run.json")["failures"].size() == 1);
  const std::string out = in_work("books-names-maps");
  const test::Outcome explained =
      run("pellucid-explain", on_device({"--model", model + "/model.safetensors", "--data", folder,
                                         "--subset", "all", "--out", out}));
  INFO(explained.err);
  CHECK(explained.code == 3);
  CHECK(says(explained.out, "8 explained, 1 failed"));
  for (const char* id : {"正常.снимок_1", "異常.снимок_1", "正常.صورة", "正常.😀"})
    CHECK(std::filesystem::exists(out + "/" + std::string(id) + ".gradcam.npy"));
  CHECK(says(read_text_file(out + "/failures.jsonl"), "broken.png"));
  CHECK(run("pellucid-compare", {out}).code == 0);
  const test::Outcome evaluation = run(
      "pellucid-evaluate",
      on_device({"--model", model + "/model.safetensors", "--data", folder, "--subset", "all"}));
  CHECK(evaluation.code == 3);
  CHECK(says(evaluation.out, "4 of 8 images were trained on, 2 validated on"));
  // A Latin-1 folder is refused when it is read (F14).
  write_picture(folder + "/Gr\xF6\xDF/a.png", 64, true, 1);
  CHECK(is_error(run("pellucid-data", {"--data", folder}), 1, "which is not UTF-8"));
}

TEST_CASE("books: all of a small folder is evaluated without a division (F12)") {
  const Json figures = evaluated({"--data", stripes("books-two", 1, 64, 77), "--subset", "all"});
  CHECK(figures["samples"] == 2);
  CHECK(figures["data"]["split"] == "");
}

TEST_CASE("books: folders that are divided already, flat ones and links in circles (F16)") {
  const std::string divided = in_work("books-divided");
  for (const char* name : {"train/a/1.png", "train/a/2.png", "train/b/1.png", "train/b/2.png",
                           "val/a/1.png", "val/b/1.png", "test/a/1.png", "test/b/1.png"})
    write_picture(divided + "/" + name, 64, says(name, "/a/"), std::hash<std::string>()(name));
  const test::Outcome data =
      run("pellucid-data", {"--data", divided, "--size", "64", "--json", "-"});
  REQUIRE(data.code == 0);
  const Json counts = parse_json(data.out, "stdout");
  CHECK(counts["split"] == "folders");
  CHECK(counts["samples_by_class"]["train"] == Json{2, 2});
  CHECK(counts["samples_by_class"]["test"] == Json{1, 1});

  std::filesystem::create_directory_symlink(divided, divided + "/train/a/loop");
  CHECK(says(run("pellucid-data", {"--data", divided, "--size", "64"}).err, "1 file is no image"));

  const std::string flat = in_work("books/lying");
  trained();
  const test::Outcome counted =
      run("pellucid-data", {"--data", flat, "--size", "64", "--sheet", in_work("books-flat.png")});
  CHECK(counted.code == 0);
  CHECK(is_error(run("pellucid-train", on_device({"--data", flat, "--out", in_work("books-none")})),
                 1, "training needs the classes of the pictures"));
  CHECK(is_error(run("pellucid-evaluate", on_device({"--data", flat, "--model", trained()})), 1,
                 "an evaluation needs the classes of the pictures"));
  const std::string out = in_work("books-flat-maps");
  CHECK(run("pellucid-explain", on_device({"--data", flat, "--model", trained(), "--out", out}))
            .code == 0);
  CHECK(read_json_file(out + "/3.json")["true_class"].is_null());
}

TEST_CASE("books: a table brings splits, groups, and lesions that the pointing game uses") {
  trained();
  std::string csv = "path,label,split,group,box\n";
  for (int i = 0; i < 6; ++i)
    for (const char* name : {"lying", "standing"})
      csv += csv_line({"books/" + std::string(name) + "/" + std::to_string(i) + ".png", name,
                       i < 4    ? "train"
                       : i == 4 ? "valid"
                                : "test",
                       "p" + std::to_string(i), "8 8 40 40"});
  const std::string table = in_work("books.csv"), out = in_work("books-table-maps");
  write_text_file(table, csv);
  const test::Outcome explained =
      run("pellucid-explain",
          on_device({"--data", table, "--model", trained(), "--out", out, "--json", "-"}));
  INFO(explained.err);
  REQUIRE(explained.code == 0);
  const Json summary = parse_json(explained.out, "stdout");
  CHECK(summary["explained"] == 2);
  CHECK(summary["methods"]["gradcam"]["pointing_game"]["lesions"] == 2);
  const Json record = read_json_file(out + "/books.lying.5.json");
  CHECK(record["group"] == "p5");
  CHECK(record["explanations"][0]["localisation"]["lesion_share"] == 0.25);
  // Divided anew, groups stay together.
  const std::string packed = in_work("books-packed.safetensors");
  REQUIRE(
      run("pellucid-data", {"--data", table, "--size", "64", "--split", "group", "--out", packed})
          .code == 0);
}

TEST_CASE("predict: files and folders, what was assumed, what failed, as lines, CSV and JSON") {
  const std::string flat = in_work("books-predict");
  write_picture(flat + "/a, b.png", 64, true, 7001);
  write_picture(flat + "/deeper/c.png", 90, false, 7002);
  write_text_file(flat + "/broken.png", "\x89PNG\r\n\x1a\n");
  const std::string alone = in_work("books-predict-alone.png");
  write_picture(alone, 64, false, 7003);
  const Json all = predicted({flat, alone}, 3);
  REQUIRE(all["images"].size() == 4);
  CHECK(all["failed"] == 1);
  CHECK(all["images"][0]["id"] == "a__b");
  CHECK(all["images"][0]["notes"].empty());
  CHECK(says(all["images"][1]["error"], "broken.png"));
  CHECK(all["images"][2]["id"] == "deeper.c");
  CHECK(all["images"][2]["notes"] == Json{"resized to 64 x 64"});
  CHECK(all["seen"]["trained_on"] == 0);

  // The same as an evaluation says.
  const std::string predictions = in_work("books-predictions.csv");
  evaluated({"--data", in_work("books"), "--subset", "all", "--predictions", predictions});
  const CsvTable table = parse_csv(read_text_file(predictions), predictions);
  const Json again = predicted({in_work("books")});
  CHECK(again["images"].size() == table.rows.size());
  for (const CsvTable::Row& row : table.rows)
    for (const Json& image : again["images"])
      if (image["id"] == row.fields[0]) CHECK(image["predicted"] == row.fields[3]);
  CHECK(again["seen"]["trained_on"] > 0);

  const std::string csv = in_work("books-predict.csv");
  const test::Outcome lines =
      run("pellucid-predict", on_device({flat + "/a, b.png", "--model", trained(), "--csv", csv}));
  CHECK(lines.code == 0);
  CHECK(says(lines.out, "1 predicted, 0 failed; 0 of 1 images were trained on"));
  const CsvTable written = parse_csv(read_text_file(csv), csv);
  CHECK(written.rows.at(0).fields.at(1) == flat + "/a, b.png");
  CHECK(written.column("logit_standing").has_value());
  CHECK(is_error(run("pellucid-predict", on_device({"--model", trained()})), 2, "no pictures"));
  const test::Outcome broken =
      run("pellucid-predict", on_device({flat + "/broken.png", "--model", trained()}));
  CHECK(broken.code == 1);
  CHECK(says(broken.err,
             "error: none of 1 pictures can be used; the first: " + flat + "/broken.png"));
}

TEST_CASE(
    "books: --anonymous-ids keeps the names of files and patients out of all that is written") {
  const std::string folder = in_work("books-hidden"), work = in_work("books-hidden-out");
  std::string csv = "path,label,group\n";
  for (int i = 0; i < 8; ++i) {
    const std::string name = "DOE_JANE_" + std::to_string(i) + ".png";
    write_picture(folder + "/" + name, 64, i % 2 == 0, 8000 + static_cast<std::uint64_t>(i));
    csv +=
        csv_line({name, i % 2 == 0 ? "lying" : "standing", "DOE_PATIENT_" + std::to_string(i / 2)});
  }
  write_text_file(folder + "/DOE_JANE_8.png", "broken");
  csv += "DOE_JANE_8.png,lying,DOE_PATIENT_4\n";
  write_text_file(folder + "/table.csv", csv);
  std::filesystem::create_directories(work);
  const std::vector<std::string> data = {"--data", folder + "/table.csv", "--anonymous-ids"};
  const std::string model = work + "/run/model.safetensors";
  std::string told;
  const auto tell = [&](const std::string& program, const std::vector<std::string>& arguments) {
    const test::Outcome outcome = run(program, arguments);
    INFO(outcome.err);
    CHECK(outcome.code == 3);
    told += outcome.out + outcome.err;
  };
  tell("pellucid-data", with(data, {"--size", "64", "--csv", work + "/data.csv", "--out",
                                    work + "/packed.safetensors", "--json", work + "/data.json"}));
  tell("pellucid-train", on_device(with(data, {"--size", "64", "--model", "tiny", "--epochs", "1",
                                               "--split", "2/1/1", "--out", work + "/run"})));
  tell("pellucid-evaluate",
       on_device(with(data, {"--model", model, "--subset", "all", "--predictions",
                             work + "/predictions.csv", "--json", work + "/evaluation.json"})));
  tell("pellucid-explain", on_device(with(data, {"--model", model, "--subset", "all",
                                                 "--max-images", "2", "--out", work + "/maps"})));
  tell("pellucid-explain",
       on_device({"--model", model, "--image", folder + "/DOE_JANE_0.png",
                  folder + "/DOE_JANE_8.png", "--anonymous-ids", "--out", work + "/alone"}));
  tell("pellucid-predict", on_device({folder, "--model", model, "--anonymous-ids", "--csv",
                                      work + "/predict.csv", "--json", work + "/predict.json"}));
  const test::Outcome drawn =
      run("pellucid-inspect",
          {model, "--layer", "conv1", "--image", folder + "/DOE_JANE_0.png", "--anonymous-ids",
           "--out", work + "/layer.png", "--json", work + "/layer.json"});
  INFO(drawn.err);
  CHECK(drawn.code == 0);
  CHECK(says(read_text_file(work + "/layer.png"), "a file"));
  told += drawn.out + drawn.err;
  CHECK_FALSE(says(told, "DOE"));
  CHECK(says(told, "a file: "));  // the broken one, without its name
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(work)) {
    CAPTURE(entry.path().string());
    CHECK_FALSE(says(entry.path().string(), "DOE"));
    if (entry.is_regular_file() && ++files) CHECK_FALSE(says(read_text_file(entry.path()), "DOE"));
  }
  CHECK(files > 15);
}

TEST_CASE("books: inputs that fail have a line beside the results of every program") {
  const std::string folder = stripes("books-failed", 4, 64, 7000);
  write_text_file(folder + "/lying/broken.png", "no picture");
  const auto lines_in = [](const std::string& file) {
    const std::string text = std::filesystem::exists(file) ? read_text_file(file) : "";
    return std::count(text.begin(), text.end(), '\n');
  };
  const std::vector<std::string> data = {"--data", folder, "--size", "64"};
  const std::string base = in_work("failed-"), run_folder = in_work("books-failed-run");
  CHECK(run("pellucid-data", with(data, {"--csv", base + "data.csv"})).code == 3);
  CHECK(lines_in(base + "data.failures.jsonl") == 1);
  const std::vector<std::string> training =
      on_device(with(data, {"--model", "tiny", "--epochs", "1", "--split", "2/1/1"}));
  CHECK(run("pellucid-train", with(training, {"--out", run_folder})).code == 3);
  CHECK(lines_in(run_folder + "/failures.jsonl") == 1);
  const std::vector<std::string> all =
      on_device({"--model", trained(), "--data", folder, "--subset", "all"});
  CHECK(run("pellucid-evaluate", with(all, {"--predictions", base + "eval.csv", "--plots",
                                            base + "plots", "--json", "-"}))
            .code == 3);
  CHECK(lines_in(base + "eval.failures.jsonl") == 1);
  CHECK(lines_in(base + "plots/failures.jsonl") == 1);
  const std::vector<std::string> predicting =
      on_device({"--model", trained(), folder, "--json", base + "predict.json"});
  CHECK(run("pellucid-predict", predicting).code == 3);
  REQUIRE(lines_in(base + "predict.failures.jsonl") == 1);
  const Json line = parse_json(read_text_file(base + "predict.failures.jsonl"), "a line");
  CHECK(line["id"] == "lying.broken");
  CHECK(line["input"] == folder + "/lying/broken.png");
  CHECK(says(line["error"], "broken.png: "));
  CHECK(run("pellucid-inspect", {base + "predict.failures.jsonl"}).code == 0);
  // None are left of an earlier run.
  std::filesystem::remove(folder + "/lying/broken.png");
  CHECK(run("pellucid-predict", predicting).code == 0);
  CHECK_FALSE(std::filesystem::exists(base + "predict.failures.jsonl"));
}

TEST_CASE("books: a cross-validation goes on without a file that cannot be used, and says so") {
  const std::string folder = stripes("books-folds", 4, 64, 8000), out = in_work("books-folds-run");
  write_text_file(folder + "/standing/broken.png", "no picture");
  const std::vector<std::string> training =
      on_device({"--data", folder, "--size", "64", "--model", "tiny", "--epochs", "1", "--folds",
                 "3", "--out", out});
  const test::Outcome outcome = run("pellucid-train", training);
  INFO(outcome.err);
  CHECK(outcome.code == 3);
  CHECK(says(outcome.err, "failed: " + folder + "/standing/broken.png: "));
  CHECK(says(read_text_file(out + "/failures.jsonl"), "standing/broken.png"));
  const std::string predictions = read_text_file(out + "/predictions.csv");
  CHECK(std::count(predictions.begin(), predictions.end(), '\n') == 1 + 8);
  CHECK(run("pellucid-evaluate",
            on_device({"--data", folder, "--folds", "3", "--model", out, "--json", "-"}))
            .code == 3);
}

TEST_CASE("books: a class that a subset lacks is said where the set is looked at") {
  const std::string folder = in_work("books-lacking");
  for (const char* name : {"train/a/1.png", "train/b/1.png", "valid/a/2.png", "test/a/3.png"})
    write_picture(folder + "/" + name, 16, name[6] == 'a', static_cast<std::uint64_t>(name[8]));
  const test::Outcome outcome = run("pellucid-data", {"--data", folder});
  CHECK(outcome.code == 0);
  for (const char* subset : {"valid", "test"})
    CHECK(says(outcome.err, std::string("warning: the subset ") + subset +
                                " has no image of class b: its figures are of the others"));
  CHECK_FALSE(says(outcome.err, "subset train"));
}
