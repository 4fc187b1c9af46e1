// pellucid-inspect: what it says of every kind of file that the programs leave, and its pictures of layers.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

#include "apps/inspect/file_kind.h"
#include "nn/data/codec/image_file.h"
#include "nn/data/md5.h"
#include "nn/graph/onnx/onnx_file.h"
#include "nn/train/checkpoint.h"
#include "runtime/error.h"
#include "runtime/file.h"
#include "runtime/formats/npy.h"
#include "runtime/formats/safetensors.h"
#include "tests/apps/process.h"
#include "tests/apps/run_folder.h"
#include "tests/support/device.h"

using namespace pellucid;
using test::in_work;
using test::is_error;
using test::run;

namespace {

const std::vector<std::string> kData = {"--data", "phantom", "--phantom-count", "4,2,2"};

// A folder with everything that the programs write: a training, its evaluation, explanations of one image.
const std::string& work() {
  static const std::string folder = [] {
    const std::string at = in_work("inspected"), model = at + "/model.safetensors";
    const auto done = [](const char* program, const std::vector<std::string>& options) {
      const test::Outcome outcome = run(program, test::with(kData, options));
      INFO(outcome.err);
      REQUIRE(outcome.code == 0);
    };
    const std::string device = test::device_name();
    done("pellucid-train", {"--model", "tiny", "--epochs", "2", "--out", at, "--device", device});
    done("pellucid-evaluate",
         {"--model", model, "--device", device, "--json", at + "/evaluation.json", "--predictions",
          at + "/predictions.csv", "--plots", at + "/plots"});
    done("pellucid-explain", {"--model", model, "--device", device, "--max-images", "1", "--subset",
                              "test", "--method", "gradcam,gradcam++", "--out", at + "/maps",
                              "--json", at + "/summary.json", "--profile", at + "/profile.json"});
    const test::Outcome compared = run("pellucid-compare", {at + "/maps", "--figures", "forwards",
                                                            "--json", at + "/compared.json"});
    REQUIRE(compared.code == 0);
    done("pellucid-data", {"--out", at + "/packed.safetensors", "--csv", at + "/data.csv", "--json",
                           at + "/data.json"});
    return at;
  }();
  return folder;
}

std::string file_of(const std::string& name) { return work() + "/" + name; }

// The first file of the folder of maps that ends so.
std::string map_file(const std::string& ending) {
  for (const auto& entry : std::filesystem::directory_iterator(file_of("maps")))
    if (entry.path().string().ends_with(ending)) return entry.path().string();
  FAIL("no ", ending);
  return "";
}

Json facts_of(const std::string& file) {
  const test::Outcome outcome = run("pellucid-inspect", {file, "--json", "-"});
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  return parse_json(outcome.out, "stdout");
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("inspect: of every file that the programs leave it says what it is, with its MD5") {
  write_text_file(file_of("split.csv"), "id,split\na,train\nb,train\nc,\n");
  write_text_file(file_of("list.csv"),
                  "id,image,class,split\n1,a.png,cat,test\n2,b.png,dog,\n3,c.png,dog,test\n");
  write_text_file(file_of("failures.jsonl"), "{\"id\":\"a\",\"error\":\"b\"}\n");
  write_text_file(file_of("net.json"), to_text(load_model_description("tiny_residual")));
  write_text_file(file_of("Info.txt"), "mdb001 G CIRC B 535 425 197\nmdb003 D NORM\n");
  write_text_file(file_of("new.json"), R"({"program": "pellucid-future", "value": 3})");
  SafetensorsWriter writer;
  writer.add<float>("w", {2}, std::vector<float>{1, 2});
  writer.write(file_of("weights.safetensors"));
  writer.set_metadata(
      {{"format", "pellucid training run, version 1"}, {"training", R"({"epoch": 3})"}});
  writer.write(file_of("checkpoint.safetensors"));
  OnnxModel onnx;
  onnx.ir_version = 8;
  onnx.opsets[""] = 17;
  onnx.inputs.push_back({"x", OnnxType::f32, true, {{-1, "N"}, {1, ""}, {8, ""}, {8, ""}}});
  onnx.nodes.push_back({"r", "Relu", "", {"x"}, {"y"}, {}});
  onnx.outputs.push_back({"y", OnnxType::f32, true, {{-1, "N"}, {1, ""}, {8, ""}, {8, ""}}});
  write_onnx(onnx, file_of("net.onnx"));
  const std::vector<std::pair<std::string, std::string>> kinds = {
      {file_of("net.onnx"), "onnx"},
      {file_of("weights.safetensors"), "tensors"},
      {file_of("checkpoint.safetensors"), "training run"},
      {file_of("model.safetensors"), "model"},
      {file_of("packed.safetensors"), "packed data"},
      {file_of("run.json"), "training record"},
      {file_of("history.jsonl"), "history"},
      {file_of("training.svg"), "drawing"},
      {file_of("evaluation.json"), "evaluation"},
      {file_of("predictions.csv"), "predictions"},
      {file_of("summary.json"), "summary"},
      {file_of("profile.json"), "profile"},
      {file_of("compared.json"), "comparison"},
      {file_of("data.csv"), "data table"},
      {file_of("data.json"), "data record"},
      {file_of("split.csv"), "split"},
      {file_of("list.csv"), "image list"},
      {file_of("failures.jsonl"), "failures"},
      {file_of("net.json"), "network"},
      {file_of("Info.txt"), "mini-MIAS labels"},
      {file_of("new.json"), "result"},
      {map_file(".gradcam.png"), "image"},
      {map_file(".gradcam.npy"), "array"},
      {map_file(".json"), "record"},
  };
  for (const auto& [file, kind] : kinds) {
    CAPTURE(file);
    const Json facts = facts_of(file);
    CHECK(facts["kind"] == kind);
    const InspectedFile inspected = read_inspected(file);
    const auto& table = all_file_kinds();
    CHECK(std::count_if(table.begin(), table.end(),
                        [&](const FileKind* each) { return each->recognises(inspected); }) == 1);
    CHECK(facts["md5"] == md5_hex(read_file(file)));
    CHECK(facts["bytes"] == std::filesystem::file_size(file));
    const test::Outcome text = run("pellucid-inspect", {file});
    CHECK(text.code == 0);
    CHECK(text.err.empty());
    CHECK(text.out == inspection_text(facts));
    CHECK(holds(text.out, "kind: " + kind + "\n"));
  }
  CHECK(kinds.size() == all_file_kinds().size());  // each has been seen
}

TEST_CASE("inspect: a model's layers, weights, classes, preparation and training") {
  const Json facts = facts_of(file_of("model.safetensors"));
  CHECK(facts["name"] == "tiny");
  CHECK(facts["input"] == "64x64x1");
  CHECK(facts["classes"] == Json({"normal", "benign", "malignant"}));
  CHECK(facts["map_layer"] == "relu3");
  CHECK(facts["preparation"]["source"] == "phantom");
  CHECK(facts["training"]["settings"]["epochs"] == 2);
  const Json data = parse_json(read_text_file(file_of("data.json")), "data.json");
  CHECK(facts["training"]["data"]["content_hash"] == data["content_hash"]);
  std::int64_t parameters = 0;
  for (const Json& layer : facts["layers"]) parameters += layer["parameters"].get<std::int64_t>();
  CHECK(facts["parameters"] == parameters);
  const Json& conv = facts["layers"][0];
  CHECK(conv["name"] == "conv1");
  CHECK(conv["output"] == "64x64x8");
  CHECK(conv["parameters"] == 8 * 25 + 8);
  CHECK(conv["weights"] == "conv1.weight (8, 1, 5, 5), conv1.bias (8)");
  CHECK(facts["tensors"][0]["name"] == "conv1.weight");
  CHECK(facts["tensors"][0]["least"].get<float>() < facts["tensors"][0]["greatest"].get<float>());
  // What does not read the layer before it alone names what it reads.
  write_text_file(file_of("residual.json"), to_text(load_model_description("tiny_residual")));
  const Json layers = facts_of(file_of("residual.json"))["layers"];
  const auto add = std::find_if(layers.begin(), layers.end(),
                                [](const Json& layer) { return layer["type"] == "add"; });
  REQUIRE(add != layers.end());
  CHECK((*add)["inputs"].size() == 2);
}

TEST_CASE("inspect: what is in data, tables, pictures and maps") {
  const Json packed = facts_of(file_of("packed.safetensors"));
  CHECK(
      packed["subsets"][0] ==
      Json({{"subset", "train"}, {"images", 12}, {"normal", 4}, {"benign", 4}, {"malignant", 4}}));
  CHECK(facts_of(file_of("split.csv"))["by_split"] == Json({{"(none)", 1}, {"train", 2}}));
  CHECK(facts_of(file_of("list.csv"))["by_class"] == Json({{"cat", 1}, {"dog", 2}}));
  CHECK(facts_of(file_of("predictions.csv"))["by_true"]["benign"] == 2);
  CHECK(facts_of(file_of("history.jsonl"))["epochs"] == 2);

  // The settings that an overlay carries.
  const Json overlay = facts_of(map_file(".gradcam.png"));
  CHECK(overlay["format"] == "PNG");
  CHECK(overlay["text"]["method"] == "gradcam,gradcam++");
  CHECK(overlay["text"]["gradcam.layer"] == "relu3");
  CHECK(overlay["text"]["model_md5"] == md5_hex(read_file(file_of("model.safetensors"))));
  const Json record = facts_of(map_file(".json"));
  CHECK(record["explanations"].size() == 2);
  CHECK(record["explanations"][0]["map_md5"] == md5_hex(read_file(map_file(".gradcam.npy"))));

  write_npy(file_of("small.npy"), {2, 3}, std::vector<float>{0, 1, 2, 9, -4, 5});
  const Json map = facts_of(file_of("small.npy"));
  CHECK(map["shape"] == "(2, 3)");
  CHECK(map["least"] == -4);
  CHECK(map["greatest"] == 9);
  CHECK(map["greatest_at"] == Json({{"row", 1}, {"column", 0}}));
  write_text_file(file_of("deep.pgm"), "P5 2 1 1000\n" + std::string("\0\7\3\xE8", 4));
  const Json deep = facts_of(file_of("deep.pgm"));
  CHECK(deep["white"] == 1000);
  CHECK(deep["width"] == 2);
  CHECK(deep["greatest"] == 1000);
}

TEST_CASE("inspect: damaged, unknown and hostile files") {
  const auto refused = [](const std::string& name, std::string_view content,
                          const std::string& part) {
    write_text_file(file_of(name), content);
    const test::Outcome outcome = run("pellucid-inspect", {file_of(name)});
    INFO(outcome.err);
    return is_error(outcome, 1, part);
  };
  CHECK(refused("empty", "", "of no known kind (found nothing in it; expected "));
  CHECK(refused("notes.txt", "just words", "a model of pellucid-train; "));
  CHECK(refused("notes.csv", "a,b\n1,2\n", "of no known kind"));
  CHECK(refused("bad.json", "{\"a\": }", "bad.json"));
  CHECK(refused("bad.jsonl", "{\"epoch\": 1, \"val_loss\": 2}\n{\n", "bad.jsonl:2"));
  CHECK(refused("other.json", "{\"a\": 1}", "of no known kind"));
  CHECK(refused("cut.safetensors", read_text_file(file_of("model.safetensors")).substr(0, 4000),
                "cut.safetensors"));
  CHECK(refused("cut.png", read_text_file(map_file(".gradcam.png")).substr(0, 500), "cut.png"));
  CHECK(refused("record.json", R"({"program": "pellucid-explain", "explanations": 3})",
                "record.json"));
  CHECK(is_error(run("pellucid-inspect", {file_of("none")}), 1, "cannot be read"));
  CHECK(is_error(run("pellucid-inspect", {}), 2, "FILE is required"));
  // Nothing that a terminal would obey; keys of a document do not replace what is known of the file.
  write_text_file(
      file_of("escape.json"),
      "{\"program\": \"pellucid-x\", \"kind\": \"model\", \"a\\u001b[2J\": \"b\\u001b[2J\"}");
  const test::Outcome outcome = run("pellucid-inspect", {file_of("escape.json")});
  CHECK(outcome.code == 0);
  CHECK_FALSE(holds(outcome.out, "\x1b"));
  CHECK(holds(outcome.out, "kind: result\n"));
  // A NaN in a weight makes a file no model, here as everywhere.
  std::string model = read_text_file(file_of("model.safetensors"));
  model.replace(model.size() - 4, 4, "\xff\xff\xff\x7f");
  CHECK(refused("nan.safetensors", model, "a weight is not finite"));
}

TEST_CASE("inspect: text of tables, long lists and nothing at all") {
  Json list = Json::array();
  for (int i = 0; i < 20; ++i) list.push_back(i);
  CHECK(inspection_text(
            {{"long_list", list}, {"empty", Json::object()}, {"none", nullptr}, {"on", true}}) ==
        "long list: 0, 1, 2, 3, 4, 5, … (20 in all)\nempty: none\nnone: -\non: yes\n");
  CHECK(inspection_text({{"rows", {{{"a", "é"}, {"b", 1}}, {{"a", "xyz"}, {"c", {1, 2}}}}}}) ==
        "rows:\n  a    b  c\n  é    1\n  xyz     1, 2\n");
  CHECK(inspection_text({{"matrix", {{1, 2}, {3, 4}}}}) == "matrix:\n  1, 2\n  3, 4\n");
}

TEST_CASE("inspect: a layer's filters and feature maps as a picture") {
  const std::string model = file_of("model.safetensors"), image = file_of("image.png");
  std::vector<std::uint8_t> pixels;
  for (int i = 0; i < 64 * 64; ++i) pixels.push_back(static_cast<std::uint8_t>(i % 251));
  write_png(image, 64, 64, 1, pixels);
  const auto drawn = [&](const std::string& layer, const std::string& name, bool with_image) {
    std::vector<std::string> options = {model,         "--layer", layer, "--out",
                                        file_of(name), "--json",  "-"};
    if (with_image) options.insert(options.end(), {"--image", image});
    const test::Outcome outcome = run("pellucid-inspect", options);
    INFO(outcome.err);
    REQUIRE(outcome.code == 0);
    return parse_json(outcome.out, "stdout")["layer_picture"];
  };
  // A first layer: each filter a picture, on one scale.
  const Json first = drawn("conv1", "conv1.png", false);
  CHECK(first["filters"]["shown"] == 8);
  CHECK(first["filters"]["as_pictures"] == true);
  const Json weights = facts_of(model)["tensors"][0];
  const float most = std::max(-weights["least"].get<float>(), weights["greatest"].get<float>());
  CHECK(first["filters"]["scale"][1].get<float>() == most);
  CHECK_FALSE(first.contains("feature_maps"));

  // A deeper one: rows and columns of slices; and what it makes of an image.
  const Json deeper = drawn("conv2", "conv2.png", true);
  CHECK(deeper["filters"]["as_pictures"] == false);
  CHECK(deeper["filters"]["channels_shown"] == 8);
  CHECK(deeper["feature_maps"]["shape"] == "32x32x16");
  CHECK(deeper["feature_maps"]["shown"] == 16);
  CHECK(drawn("relu1", "relu1.png", true)["feature_maps"]["scale"][0] == 0);  // where ReLU cuts
  CHECK(drawn("fc1", "fc1.png", true)["feature_maps"]["of"] == 3);
  // With the image it is larger; twice the same bytes; its text says what it shows.
  const Image without = read_image(file_of("conv1.png"));
  drawn("conv1", "again.png", true);
  CHECK(read_image(file_of("again.png")).height > without.height);
  drawn("conv1", "again.png", false);
  CHECK(read_file(file_of("again.png")) == read_file(file_of("conv1.png")));
  const Json text = facts_of(file_of("conv2.png"))["text"];
  CHECK(text["layer"] == "conv2");
  CHECK(text["feature_maps"] == deeper["feature_maps"]);
  CHECK(text["model_md5"] == md5_hex(read_file(model)));

  const auto refused = [&](const std::vector<std::string>& options, int code,
                           const std::string& part) {
    return is_error(run("pellucid-inspect", test::with({model}, options)), code, part);
  };
  const std::string out = file_of("none.png");
  CHECK(refused({"--layer", "relu1", "--out", out}, 1, "has no filters to draw; --image FILE"));
  CHECK(refused({"--layer", "conv9", "--out", out}, 1, "no layer 'conv9', did you mean 'conv1'?"));
  CHECK(refused({"--layer", "conv1"}, 2, "--layer needs --out"));
  CHECK(refused({"--out", out}, 2, "--out is for --layer"));
  CHECK(refused({"--layer", "conv1", "--out", out, "--circle", "1,2,3"}, 2,
                "--circle is for --image"));
  CHECK(is_error(run("pellucid-inspect", {file_of("run.json"), "--layer", "conv1", "--out", out}),
                 1, "has no layers to draw"));
  CHECK_FALSE(std::filesystem::exists(out));
}
