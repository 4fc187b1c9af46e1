// pellucid-import, and what the other programs do with the file that it writes: as a stranger would, with a file
// that is made here.
#include <doctest/doctest.h>

#include <filesystem>

#include "nn/data/codec/image_file.h"
#include "nn/graph/onnx/onnx_file.h"
#include "runtime/file.h"
#include "runtime/formats/json.h"
#include "runtime/formats/npy.h"
#include "tests/apps/process.h"
#include "tests/apps/run_folder.h"

using namespace pellucid;
using test::in_work;
using test::is_error;
using test::run;

namespace {

OnnxAttribute integers(const char* name, std::vector<std::int64_t> values) {
  OnnxAttribute a;
  a.name = name;
  a.kind = OnnxAttribute::Kind::integers;
  a.integers = std::move(values);
  return a;
}

// Pictures of 3×16×16: a convolution, a ReLU, the mean of all places, two classes by a product.
std::string net(const std::string& name, const char* last = nullptr) {
  OnnxModel model;
  model.ir_version = 8;
  model.opsets[""] = 17;
  model.producer = "a test";
  model.graph_name = "net";
  const auto value = [](const char* id, std::vector<std::int64_t> shape) {
    OnnxValueInfo info{id, OnnxType::f32, true, {{-1, "N"}}};
    for (const std::int64_t extent : shape) info.shape.push_back({extent, ""});
    return info;
  };
  model.inputs.push_back(value("pictures", {3, 16, 16}));
  std::vector<float> filters(static_cast<std::size_t>(4 * 3 * 3 * 3));
  for (std::size_t i = 0; i < filters.size(); ++i)
    filters[i] = static_cast<float>(static_cast<int>(i * 7 % 11) - 5) / 16;
  model.initializers = {
      OnnxTensor::of("filters", {4, 3, 3, 3}, filters),
      OnnxTensor::of("classes", {2, 4}, std::vector<float>{1, -1, 2, 0, -1, 2, 0, 1})};
  model.nodes = {
      {"stem/Conv", "Conv", "", {"pictures", "filters"}, {"a"}, {integers("pads", {1, 1, 1, 1})}},
      {"stem/Relu", "Relu", "", {"a"}, {"b"}, {}},
      {"pool", "GlobalAveragePool", "", {"b"}, {"c"}, {}},
      {"flat", "Flatten", "", {"c"}, {"d"}, {}}};
  OnnxAttribute by_rows;
  by_rows.name = "transB";
  by_rows.kind = OnnxAttribute::Kind::integer;
  by_rows.integer = 1;
  model.nodes.push_back({"head", "Gemm", "", {"d", "classes"}, {"scores"}, {by_rows}});
  if (last) model.nodes.push_back({"last", last, "", {"scores"}, {"end"}, {}});
  model.outputs.push_back(value(last ? "end" : "scores", {2}));
  const std::string path = in_work(name + ".onnx");
  write_onnx(model, path);
  return path;
}

const std::string& picture() {
  static const std::string path = [] {
    std::vector<std::uint8_t> pixels(16 * 16 * 3);
    for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::uint8_t>(i * 5);
    write_png(in_work("dots.png"), 16, 16, 3, pixels);
    return in_work("dots.png");
  }();
  return path;
}

}  // namespace

TEST_CASE("import: two commands from an ONNX file to Grad-CAM and LIME, and nothing is guessed") {
  const std::string file = net("plain"), named = in_work("named.onnx");
  const std::string device = test::device_name();
  CHECK(is_error(run("pellucid-explain", {"--model", file, "--image", picture(), "--device", device,
                                          "--out", in_work("refused")}),
                 1, "how pictures become its input is not known"));
  write_text_file(in_work("names.txt"), "cat\ndog\n");
  const test::Outcome imported =
      run("pellucid-import", {file, "--preset", "zero-one", "--names", in_work("names.txt"),
                              "--out", named, "--device", device});
  CHECK(imported.code == 0);
  CHECK(imported.out.find("map of  stem/Relu (16x16x4)") != std::string::npos);
  const test::Outcome explained = run(
      "pellucid-explain", {"--model", named, "--image", picture(), "--method",
                           "gradcam,lime,ig,scorecam", "--samples", "60", "--ig-steps", "8",
                           "--target", "dog", "--device", device, "--out", in_work("imported")});
  INFO(explained.err);
  CHECK(explained.code == 0);
  for (const char* method : {"gradcam", "lime", "ig", "scorecam"})
    CHECK(std::filesystem::exists(in_work("imported") + "/dots." + method + ".png"));
  const Json record = read_json_file(in_work("imported") + "/dots.json");
  CHECK(record["class_names"] == Json({"cat", "dog"}));
  CHECK(record["seen"].is_null());  // not recorded

  const test::Outcome predicted =
      run("pellucid-predict", {picture(), "--model", named, "--device", device, "--json", "-"});
  CHECK(predicted.code == 0);
  CHECK(parse_json(predicted.out, "stdout")["class_names"] == Json({"cat", "dog"}));
  const test::Outcome inspected = run("pellucid-inspect", {named, "--json", "-"});
  const Json facts = parse_json(inspected.out, "stdout");
  CHECK(facts["kind"] == "onnx");
  CHECK(facts["map_layer"] == "stem/Relu");
  CHECK(facts["pellucid"]["output"]["names"] == Json({"cat", "dog"}));
}

TEST_CASE("import: labels have probabilities each for itself") {
  const std::string labels = in_work("labels.onnx"), device = test::device_name();
  const test::Outcome imported =
      run("pellucid-import",
          {net("sigmoid", "Sigmoid"), "--preset", "bytes", "--out", labels, "--device", device});
  CHECK(imported.out.find("labels x 2") != std::string::npos);
  const test::Outcome predicted =
      run("pellucid-predict", {picture(), "--model", labels, "--device", device, "--json", "-"});
  const Json image = parse_json(predicted.out, "stdout")["images"][0];
  for (std::size_t c = 0; c < 2; ++c)
    CHECK(image["probabilities"][c].get<double>() ==
          doctest::Approx(1 / (1 + std::exp(-image["logits"][c].get<double>()))).epsilon(1e-5));
}

TEST_CASE("import: what another runtime gave is compared, and a difference is an error") {
  const std::string file = net("verified"), device = test::device_name();
  // All black: the convolution gives 0 everywhere, and so does the product.
  write_npy(in_work("x.npy"), {1, 3, 16, 16}, std::vector<float>(3 * 16 * 16, 0.0f));
  write_npy(in_work("y.npy"), {1, 2}, std::vector<float>{0, 0});
  write_npy(in_work("z.npy"), {1, 2}, std::vector<float>{1, 0});
  const auto verify = [&](const char* expected) {
    return run("pellucid-import",
               {file, "--device", device, "--verify", in_work("x.npy"), in_work(expected)});
  };
  CHECK(verify("y.npy").code == 0);
  CHECK(is_error(verify("z.npy"), 1, "the output differs from"));
}

TEST_CASE("import: mistakes are told in a line") {
  const std::string file = net("mistaken"), device = test::device_name();
  CHECK(is_error(run("pellucid-import", {file, "--preset", "torch", "--device", device}), 2,
                 "unknown preset 'torch'"));
  CHECK(is_error(run("pellucid-import",
                     {file, "--preset", "zero-one", "--channels", "grey", "--device", device}),
                 1, "wrong channels"));
  CHECK(is_error(run("pellucid-import", {file, "--size", "8,8", "--device", device}), 1,
                 "pictures of another size (found 16; expected 8, as asked)"));
  write_text_file(in_work("three.txt"), "a\nb\nc\n");
  CHECK(run("pellucid-import", {file, "--names", in_work("three.txt"), "--device", device}).code ==
        1);
  write_text_file(in_work("not.onnx"), "no network");
  CHECK(run("pellucid-import", {in_work("not.onnx"), "--device", device}).code == 1);
}
