// pellucid-compare on records with known figures.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "nn/data/md5.h"
#include "runtime/formats/json.h"
#include "runtime/formats/npy.h"
#include "tests/apps/process.h"
#include "tests/apps/run_folder.h"

using namespace pellucid;
using test::in_work;
using test::is_error;
using test::run;

namespace {

struct Figures {
  std::string method;
  double seconds, deletion;
  bool hit;
};

Json record_of(const std::string& id, const std::string& group,
               const std::vector<Figures>& explanations, const std::string& model = "abc") {
  Json record = {{"id", id},
                 {"group", group},
                 {"settings", {{"model_md5", model}}},
                 {"prediction", {{"label", 0}, {"class", "normal"}, {"probabilities", {1.0}}}},
                 {"explanations", Json::array()}};
  for (const Figures& f : explanations)
    record["explanations"].push_back(
        {{"method", f.method},
         {"target", {{"class", "normal"}}},
         {"uniform", false},
         {"map", {{"height", 2}, {"width", 2}}},
         {"cost", {{"seconds", f.seconds}, {"forwards", 3}}},
         {"scores", {{"deletion_auc", f.deletion}, {"sensitivity_max", nullptr}}},
         {"localisation", {{"peak_in_lesion", f.hit}, {"lesion_share", 0.1}}}});
  return record;
}

// Apart from other tests' folders.
std::string in_place(const std::string& name) { return in_work("compare/" + name); }

// A folder of records, one an image.
std::string folder_of(const std::string& name, const std::vector<Json>& records) {
  const std::string folder = in_place(name);
  std::filesystem::create_directories(folder);
  for (const Json& record : records) {
    const std::string id = record["id"].get<std::string>();
    std::ofstream(folder + "/" + id + ".json") << record.dump();
    // LIME's maps are Grad-CAM's, two of four pixels exchanged.
    for (const Json& e : record.value("explanations", Json::array()))
      write_npy(
          folder + "/" + id + "." + e["method"].get<std::string>() + ".npy", {2, 2},
          e["method"] == "lime" ? std::vector<float>{1, 2, 4, 3} : std::vector<float>{1, 2, 3, 4});
  }
  return folder;
}

Json compared(std::vector<std::string> arguments) {
  arguments.insert(arguments.end(), {"--json", "-"});
  const test::Outcome outcome = run("pellucid-compare", arguments);
  REQUIRE(outcome.code == 0);
  return Json::parse(outcome.out);
}

// Four images of two women: within a woman no difference.
std::vector<Json> four(double shift, const std::string& model = "abc") {
  std::vector<Json> records;
  for (int i = 0; i < 4; ++i) {
    const double base = i < 2 ? 0.2 : 0.6;
    records.push_back(record_of(
        "image" + std::to_string(i), i < 2 ? "ann" : "eve",
        {{"gradcam", 0.5, base, i % 2 == 0}, {"lime", 2, base + 0.1 * i + shift, true}}, model));
  }
  return records;
}

}  // namespace

TEST_CASE("compare: the methods of a folder, each with the interval of its mean") {
  const Json result = compared({folder_of("maps", four(0))});
  REQUIRE(result["rows"].size() == 2);
  const Json &gradcam = result["rows"][0], &lime = result["rows"][1];
  CHECK(gradcam["method"] == "gradcam");
  CHECK(gradcam["images"] == 4);
  CHECK(gradcam["pointing_game"]["mean"] == 0.5);
  CHECK(gradcam["seconds"]["mean"] == 0.5);
  CHECK(gradcam["seconds"]["interval"][1] == 0.5);
  CHECK(gradcam["deletion_auc"]["mean"].get<double>() == doctest::Approx(0.4));
  // Of two women drawn twice, both are the same one in half of the draws.
  CHECK(gradcam["deletion_auc"]["interval"][0].get<double>() == doctest::Approx(0.2));
  CHECK(gradcam["deletion_auc"]["interval"][1].get<double>() == doctest::Approx(0.6));
  CHECK(lime["deletion_auc"]["mean"].get<double>() == doctest::Approx(0.55));
  CHECK(result["intervals"]["resampled"] == "groups");
  CHECK(result["intervals"]["units"] == 2);
  for (const Json& figure : result["figures"]) CHECK(figure["name"] != "sensitivity_max");
}

TEST_CASE("compare: two methods over the images that both have") {
  std::vector<Json> fewer = four(0.05, "def");
  fewer.pop_back();
  const std::string a = folder_of("left", four(0)), b = folder_of("right", fewer);
  const Json methods = compared({a + ":gradcam", a + ":lime", "--figures", "deletion_auc,seconds"});
  REQUIRE(methods["rows"].size() == 1);
  const Json& row = methods["rows"][0];
  CHECK(row["images"] == 4);
  CHECK(row["deletion_auc"]["difference"].get<double>() == doctest::Approx(0.15));
  CHECK(row["deletion_auc"]["interval"][0].get<double>() == doctest::Approx(0.05));
  CHECK(row["deletion_auc"]["interval"][1].get<double>() == doctest::Approx(0.25));
  CHECK(row["seconds"]["difference"].get<double>() == doctest::Approx(1.5));
  CHECK_FALSE(row.contains("pointing_game"));
  CHECK(row["spearman"]["mean"].get<double>() == doctest::Approx(0.8));  // 1 − 6 · 2 / (4 · 15)

  const Json models = compared({a, b});
  REQUIRE(models["rows"].size() == 2);
  CHECK(models["rows"][0]["deletion_auc"]["difference"].get<double>() == doctest::Approx(0));
  CHECK(models["rows"][1]["images"] == 3);
  CHECK(models["rows"][1]["spearman"]["mean"].get<double>() == doctest::Approx(1));
  CHECK(models["rows"][1]["deletion_auc"]["difference"].get<double>() == doctest::Approx(0.05));
}

TEST_CASE("compare: pictures are paired by what they show, not by their names") {
  const auto records = [](const std::vector<std::pair<std::string, std::string>>& images) {
    std::vector<Json> out;
    for (const auto& [id, content] : images) {
      out.push_back(record_of(id, "", {{"lime", 1, 0.5, true}}));
      if (!content.empty()) out.back()["content_hash"] = content;
    }
    return out;
  };
  const std::string left =
      folder_of("shown", records({{"p1", "a"}, {"p2", "b"}, {"p3", "c"}, {"p4", ""}}));
  const std::string right =
      folder_of("shown2", records({{"p1", "a"}, {"p2", "x"}, {"q3", "c"}, {"p4", "d"}}));
  const Json row = compared({left, right})["rows"][0];
  CHECK(row["images"] == 3);  // p1, p3 as q3, and p4, of which one record does not tell
  CHECK(row["refused"] == Json{"p2"});
  const test::Outcome text = run("pellucid-compare", {left, right});
  CHECK(text.out.find("1 left out, whose ids name different pictures (the first: p2)") !=
        std::string::npos);
  CHECK(is_error(run("pellucid-compare", {folder_of("shown3", records({{"p1", "a"}})),
                                          folder_of("shown4", records({{"p1", "b"}}))}),
                 1, "1 have one id, as p1, but show different pictures"));
}

TEST_CASE("compare: images whose names begin alike are all found in both") {
  // As files, "p-b.json" comes before "p.json".
  const auto records = [](const std::vector<std::string>& ids) {
    std::vector<Json> out;
    for (const std::string& id : ids) out.push_back(record_of(id, "", {{"lime", 1, 0.5, true}}));
    return out;
  };
  const Json both = compared({folder_of("alike", records({"p", "p-b", "p.c", "p0"})),
                              folder_of("alike2", records({"p", "p.c", "p0"}))});
  CHECK(both["rows"][0]["images"] == 3);
}

TEST_CASE("compare: a table for people and a figure") {
  const std::string folder = folder_of("drawn", four(0)), plot = in_place("drawn.svg");
  const test::Outcome outcome = run("pellucid-compare", {folder, "--plot", plot});
  CHECK(outcome.code == 0);
  CHECK(outcome.out.find("deletion AUC (-)") != std::string::npos);
  CHECK(outcome.out.find("0.55 [") != std::string::npos);
  std::ifstream file(plot);
  const std::string svg{std::istreambuf_iterator<char>(file), {}};
  CHECK(svg.find("</svg>") != std::string::npos);
  CHECK(svg.find("pointing game") != std::string::npos);
  CHECK(svg.find(">lime<") != std::string::npos);
}

TEST_CASE("compare: what cannot be compared is one line") {
  const std::string folder = folder_of("sound", four(0));
  const auto fails = [](const std::vector<std::string>& arguments, int code,
                        const std::string& part) {
    const test::Outcome outcome = run("pellucid-compare", arguments);
    CAPTURE(outcome.err);
    CHECK_MESSAGE(is_error(outcome, code, part), part);
  };
  fails({}, 2, "one or two folders of maps are needed, got 0");
  fails({folder, folder, folder}, 2, "got 3");
  fails({folder + ":grdcam"}, 2, "has no maps of 'grdcam', did you mean 'gradcam'?");
  fails({folder, "--figures", "deletion"}, 2, "unknown figure 'deletion'");
  fails({folder, "--figures", "sensitivity_max"}, 1, "none of the figures is in the maps");
  fails({in_place("nowhere")}, 1, "cannot be read as a folder");
  std::filesystem::create_directories(in_place("empty"));
  fails({in_place("empty")}, 1, "no record of pellucid-explain");
  fails({folder + ":lime", folder_of("other", {record_of("z", "", {{"lime", 1, 1, true}})})}, 1,
        "have no image in common");
  fails({folder + ":lime",
         folder_of("one", {record_of("image0", "", {{"rise", 1, 1, true}})}) + ":gradcam"},
        2, "has no maps of 'gradcam'");

  std::vector<Json> mixed = four(0);
  mixed[2]["settings"]["model_md5"] = "other";
  fails({folder_of("mixed", mixed)}, 1,
        "not of the same run as the records before: settings.model_md5");
  std::vector<Json> broken = four(0);
  broken[1]["explanations"][0]["cost"]["seconds"] = "long";
  fails({folder_of("broken", broken)}, 1, "explanations[0].cost.seconds");
  std::filesystem::remove(folder + "/image2.lime.npy");
  fails({folder + ":gradcam", folder + ":lime"}, 1, "image2.lime.npy");
  broken[1].erase("explanations");
  const std::string renamed = folder_of("renamed", four(0));
  std::filesystem::rename(renamed + "/image3.json", renamed + "/image4.json");
  fails({renamed}, 1, "image4.json: id: the record of another image (found 'image3'");
  fails({folder_of("lacking", broken)}, 1, "explanations");
}

TEST_CASE("compare: records of several runs, each of other methods, are one set a method") {
  std::vector<Json> records = four(0);
  for (Json& record : records)
    record["settings"].update({{"seed", 1}, {"fill", "blur(2)"}, {"method", "gradcam,lime"}});
  // Of one image LIME is missing yet, and so are its settings.
  records[2]["explanations"].erase(1);
  records[2]["settings"].erase("fill");
  records[2]["settings"]["method"] = "gradcam";
  const Json result = compared({folder_of("half", records)});
  CHECK(result["rows"][0]["images"] == 4);
  CHECK(result["rows"][1]["images"] == 3);
  // What acts on the method still has to be the same.
  records[0]["settings"]["fill"] = "image-mean";
  CHECK(is_error(run("pellucid-compare", {folder_of("filled", records)}), 1,
                 "image1.json: not of the same run as the records before: settings.fill was "
                 "\"image-mean\", is \"blur(2)\""));
  records[0]["settings"]["fill"] = "blur(2)";
  records[3]["settings"]["seed"] = 2;
  CHECK(is_error(run("pellucid-compare", {folder_of("seeded", records)}), 1, "settings.seed"));
}

TEST_CASE("compare: a map that is not the one its record tells of is refused") {
  std::vector<Json> records = four(0);
  for (Json& record : records)
    for (Json& e : record["explanations"])
      e["files"] = {{"map_md5", md5_hex(encode_npy({2, 2}, e["method"] == "lime"
                                                               ? std::vector<float>{1, 2, 4, 3}
                                                               : std::vector<float>{1, 2, 3, 4}))},
                    {"picture_md5", ""}};
  const std::string folder = folder_of("hashed", records);
  CHECK(run("pellucid-compare", {folder + ":gradcam", folder + ":lime"}).code == 0);
  write_npy(folder + "/image1.lime.npy", {2, 2}, std::vector<float>{1, 2, 3, 4});
  CHECK(is_error(run("pellucid-compare", {folder + ":gradcam", folder + ":lime"}), 1,
                 "image1.lime.npy: not the map that the record tells of"));
}
