#include "nn/graph/onnx/onnx_file.h"

#include <doctest/doctest.h>

#include "runtime/error.h"
#include "runtime/file.h"
#include "runtime/formats/protobuf.h"
#include "tests/nn/data/support.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

OnnxAttribute attribute(const std::string& name, OnnxAttribute::Kind kind) {
  OnnxAttribute made;
  made.name = name;
  made.kind = kind;
  return made;
}

// A node of every kind of attribute that is written, tensors, values with and without a shape.
OnnxModel full_model() {
  using Kind = OnnxAttribute::Kind;
  OnnxModel model;
  model.ir_version = 8;
  model.opsets = {{"", 17}, {"com.example", 1}};
  model.producer = "pellucid";
  model.producer_version = "0.1";
  model.graph_name = "net";
  OnnxNode node{"first", "Conv", "", {"x", "w", ""}, {"y"}, {}};
  node.attributes = {attribute("alpha", Kind::real),   attribute("group", Kind::integer),
                     attribute("mode", Kind::text),    attribute("value", Kind::tensor),
                     attribute("scales", Kind::reals), attribute("pads", Kind::integers),
                     attribute("names", Kind::texts),  attribute("none", Kind::integers)};
  node.attributes[0].real = 0.25f;
  node.attributes[1].integer = -3;
  node.attributes[2].text = "reflect";
  node.attributes[3].tensor = std::make_shared<OnnxTensor>(
      OnnxTensor::of("", {}, std::vector<std::int64_t>{-9'000'000'000}));
  node.attributes[4].reals = {1, -0.5f};
  node.attributes[5].integers = {0, -1, 1 << 30};
  node.attributes[6].texts = {"a", "", std::string("\xFF\0", 2)};
  model.nodes = {node, {"", "Custom", "com.example", {"y"}, {"z", ""}, {}}};
  model.initializers = {OnnxTensor::of("w", {2, 1}, std::vector<float>{1.5f, -2}),
                        OnnxTensor::of("d", {1}, std::vector<double>{1e300}),
                        OnnxTensor::of("empty", {0, 3}, std::vector<float>{})};
  model.inputs = {{"x", OnnxType::f32, true, {{-1, "batch"}, {3, ""}, {-1, ""}, {0, ""}}}};
  model.outputs = {{"z", OnnxType::f32, true, {}}};
  model.value_info = {{"y", OnnxType::f16, false, {}}, {"s", OnnxType::undefined, false, {}}};
  model.metadata = {{"author", "müller"}, {"", ""}};
  return model;
}

void check_same(const OnnxModel& a, const OnnxModel& b) {
  CHECK_EQ(encode_onnx(a), encode_onnx(b));
  CHECK_EQ(a.ir_version, b.ir_version);
  CHECK(a.opsets == b.opsets);
  CHECK(a.metadata == b.metadata);
  REQUIRE_EQ(a.nodes.size(), b.nodes.size());
  for (std::size_t i = 0; i < a.nodes.size(); ++i) {
    CHECK(a.nodes[i].inputs == b.nodes[i].inputs);
    CHECK(a.nodes[i].outputs == b.nodes[i].outputs);
    CHECK_EQ(a.nodes[i].op, b.nodes[i].op);
    CHECK_EQ(a.nodes[i].domain, b.nodes[i].domain);
    REQUIRE_EQ(a.nodes[i].attributes.size(), b.nodes[i].attributes.size());
    for (std::size_t k = 0; k < a.nodes[i].attributes.size(); ++k) {
      const OnnxAttribute &p = a.nodes[i].attributes[k], &q = b.nodes[i].attributes[k];
      CHECK_EQ(p.name, q.name);
      CHECK(p.kind == q.kind);
      CHECK_EQ(p.real, q.real);
      CHECK_EQ(p.integer, q.integer);
      CHECK_EQ(p.text, q.text);
      CHECK(p.reals == q.reals);
      CHECK(p.integers == q.integers);
      CHECK(p.texts == q.texts);
      REQUIRE_EQ(p.tensor != nullptr, q.tensor != nullptr);
      if (p.tensor) CHECK(p.tensor->integers() == q.tensor->integers());
    }
  }
  REQUIRE_EQ(a.initializers.size(), b.initializers.size());
  for (std::size_t i = 0; i < a.initializers.size(); ++i) {
    CHECK_EQ(a.initializers[i].name, b.initializers[i].name);
    CHECK(a.initializers[i].shape == b.initializers[i].shape);
    CHECK(a.initializers[i].doubles() == b.initializers[i].doubles());
  }
}

const std::filesystem::path kConformance = "/usr/share/libonnx-testdata/data";

bool conformance_is_there() {
  if (std::filesystem::exists(kConformance / "node")) return true;
  MESSAGE("not checked: libonnx-testdata is not installed");
  return false;
}

}  // namespace

TEST_CASE("ONNX: what is written is read, to the bit") {
  const TemporaryFolder folder;
  const OnnxModel model = full_model();
  write_onnx(model, folder / "net.onnx");
  const OnnxModel again = read_onnx(folder / "net.onnx");
  check_same(model, again);
  CHECK_EQ(again.path, folder / "net.onnx");
  CHECK_EQ(again.producer, "pellucid");
  CHECK_EQ(again.producer_version, "0.1");
  CHECK_EQ(again.graph_name, "net");
  REQUIRE_EQ(again.inputs.size(), 1);
  CHECK_EQ(again.inputs[0].shape[0].symbol, "batch");
  CHECK_EQ(again.inputs[0].shape[0].extent, -1);
  CHECK_EQ(again.inputs[0].shape[1].extent, 3);
  CHECK_EQ(again.inputs[0].shape[2].extent, -1);
  CHECK_EQ(again.inputs[0].shape[3].extent, 0);
  CHECK(again.outputs[0].has_shape);
  CHECK(again.outputs[0].shape.empty());
  CHECK_FALSE(again.value_info[0].has_shape);
  CHECK(again.value_info[1].type == OnnxType::undefined);
  CHECK(again.nodes[0].find("pads")->integers == std::vector<std::int64_t>{0, -1, 1 << 30});
  CHECK(again.nodes[0].find("nothing") == nullptr);
  CHECK(again.notes == std::vector<std::string>{"1 initializer in float64"});
  CHECK(again.functions.empty());
}

TEST_CASE("ONNX: what cannot be written is said") {
  OnnxModel model = full_model();
  model.functions = {"a:b"};
  CHECK_EQ(message_of([&] { encode_onnx(model); }),
           "cannot write ONNX: the model brings functions, which are not read");
  model = full_model();
  model.nodes[0].attributes[0].kind = OnnxAttribute::Kind::graph;
  check_fragments(message_of([&] { encode_onnx(model); }), {"cannot write ONNX", "alpha"});
  model = full_model();
  model.metadata = {{"a", "b"}, {"a", "c"}};
  check_fragments(message_of([&] { encode_onnx(model); }), {"\"a\"", "twice"});
  model.metadata = {{"a", "\xFF"}};
  check_fragments(message_of([&] { encode_onnx(model); }), {"\"a\"", "UTF-8"});
  CHECK_FALSE(message_of([&] { OnnxTensor::of("w", {3}, std::vector<float>{1, 2}); }).empty());
}

TEST_CASE(
    "ONNX: every model of Debian's conformance cases is read, and written again where it can be") {
  if (!conformance_is_there()) return;
  int models = 0, written = 0, tensors = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kConformance)) {
    const std::string path = entry.path().string();
    CAPTURE(path);
    if (entry.path().extension() != ".onnx") continue;
    const OnnxModel model = read_onnx(entry.path());
    ++models;
    std::string bytes;
    try {
      bytes = encode_onnx(model);
    } catch (const Error& error) {  // subgraphs, functions, text
      continue;
    }
    ++written;
    CHECK_EQ(encode_onnx(parse_onnx(bytes, "again")), bytes);
    if (entry.path().parent_path().parent_path().filename() != "node") continue;
    // A node's case: its inputs as the model declares them.
    for (std::size_t i = 0; i < model.inputs.size(); ++i) {
      const auto data = entry.path().parent_path() / "test_data_set_0" / concat("input_", i, ".pb");
      if (model.inputs[i].type == OnnxType::undefined || !std::filesystem::exists(data)) continue;
      const OnnxTensor tensor = read_onnx_tensor(data);
      // onnx 1.12 wrote bfloat16 as the integers of its bits.
      if (model.inputs[i].type != OnnxType::bf16) CHECK(tensor.type == model.inputs[i].type);
      ++tensors;
    }
  }
  MESSAGE(models, " models, ", written, " written again, ", tensors, " tensors");
  CHECK(models >= 900);
  CHECK(10 * written >= 9 * models);
  CHECK(tensors >= models);
}

TEST_CASE("ONNX: a model in parts is the model") {
  const OnnxModel model = full_model();
  const std::string bytes = encode_onnx(model);
  // Every field as a model of its own, one behind the other: what protobuf takes for the whole.
  OnnxModel head = model, tail;
  head.initializers.clear();
  head.outputs.clear();
  head.metadata.clear();
  tail.ir_version = 8;
  tail.graph_name = "net";
  tail.initializers = model.initializers;
  tail.outputs = model.outputs;
  tail.metadata = model.metadata;
  check_same(parse_onnx(encode_onnx(head) + encode_onnx(tail), "parts"), model);
}

TEST_CASE("ONNX: other metadata, and all else as it was") {
  const TemporaryFolder folder;
  OnnxModel model = full_model();
  std::string unknown;
  protozero::pbf_writer(unknown).add_string(77, "kept");
  const std::string bytes = encode_onnx(model) + unknown;
  write_text_file(folder / "net.onnx", bytes);
  model.metadata.clear();
  const std::string bare = encode_onnx(model) + unknown;
  write_onnx_with_metadata(folder / "net.onnx", {}, folder / "net.onnx");
  CHECK_EQ(read_text_file(folder / "net.onnx"), bare);
  const OnnxMetadata metadata{{"pellucid", R"({"classes":["ä","b"]})"}, {"author", "müller"}};
  write_onnx_with_metadata(folder / "net.onnx", metadata, folder / "net.onnx");
  const std::string with = read_text_file(folder / "net.onnx");
  CHECK(with.starts_with(bare));
  CHECK(read_onnx(folder / "net.onnx").metadata == metadata);
  CHECK_EQ(onnx_with_metadata(with, metadata, "again"), with);
  CHECK_EQ(onnx_with_metadata(bytes, metadata, "again"), with);
  CHECK_EQ(onnx_with_metadata(with, {}, "again"), bare);
  check_fragments(message_of([&] {
                    onnx_with_metadata(with, {{"a", ""}, {"a", ""}}, "again");
                  }),
                  {"twice"});
  write_text_file(folder / "net.onnx", "no model");
  CHECK_FALSE(message_of([&] {
                write_onnx_with_metadata(folder / "net.onnx", {}, folder / "out.onnx");
              }).empty());
  CHECK_FALSE(std::filesystem::exists(folder / "out.onnx"));
}

TEST_CASE("ONNX: a file whose name does not say what it is") {
  CHECK(looks_like_onnx(encode_onnx(full_model())));
  CHECK(looks_like_onnx(std::string_view("\x08\x0A\x12\x07pytorch", 11)));
  for (const std::string_view other :
       {std::string_view("\x08\x0A", 2), std::string_view("\x08\0\0\0\0\0\0\0{", 9),
        std::string_view("\x89PNG\r\n", 6), std::string_view("{\"a\":1}"),
        std::string_view("PK\3\4")})
    CHECK_FALSE(looks_like_onnx(other));
  if (!conformance_is_there()) return;
  for (const auto& entry : std::filesystem::directory_iterator(kConformance / "node"))
    CHECK(looks_like_onnx(read_text_file(entry.path() / "model.onnx").substr(0, 3)));
}
