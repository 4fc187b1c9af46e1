#include "nn/graph/onnx/onnx_file.h"
#include "tests/hostile/onnx_parts.h"

namespace pellucid::test {
namespace {

using namespace std::string_literals;

std::string repeated(const std::string& text, std::size_t times) {
  std::string out;
  out.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

std::string entry(const std::string& key, const std::string& value) {
  return field(14, field(1, key) + field(2, value));
}

// A graph with an input of this TypeProto.
std::string with_type(const std::string& type) {
  return onnx_model(field(11, field(1, "x") + field(2, type)));
}
std::string with_shape(const std::string& shape) {
  return with_type(field(1, field(1, 1) + field(2, shape)));
}

std::vector<HostileFile> odd_onnx_models() {
  const std::string graph = field(7, field(2, "g"));
  return {
      {"version-twice", field(1, 99) + field(1, 8) + graph, ""},
      {"no-opset", field(1, 8) + graph, ""},
      {"empty-graph", field(1, 8) + field(7, ""), ""},
      {"graph-in-two-parts", onnx_model(field(1, onnx_node()), field(7, field(1, onnx_node()))),
       ""},
      {"one-opset-twice", onnx_model("", field(8, field(1, "ai.onnx") + field(2, 17))), ""},
      {"other-opsets", onnx_model("", field(8, field(1, "ai.onnx.ml") + field(2, 3))), ""},
      {"metadata", onnx_model("", entry("a", "b") + entry("", "") + entry("c", "müller")), ""},
      {"metadata-with-other-fields", onnx_model("", field(14, field(7, "z") + field(1, "k"))), ""},
      {"name-of-4096-bytes", onnx_model("", field(2, std::string(kOnnxMaxNameBytes, 'a'))), ""},
      {"training-information", onnx_model("", field(20, field(1, "") + field(9, "junk"))), ""},
      {"quantisation-annotation", onnx_model(field(14, field(1, "w"))), ""},
      {"functions",
       onnx_model("", field(25, field(1, "F") + field(10, "d") + field(7, onnx_node()))), ""},
      {"device-configuration", onnx_model("", field(26, field(1, "two"))), ""},
      {"documentation-that-is-not-utf8", onnx_model("", field(6, "\xFF\xFE")), ""},
      {"value-without-type", onnx_model(field(12, field(1, "y"))), ""},
      {"value-of-type-99", with_type(field(1, field(1, 99))), ""},
      {"value-of-type-minus-1", with_type(field(1, field(1, -1))), ""},
      {"scalar", with_shape(""), ""},
      {"axes-of-every-kind",
       with_shape(field(1, "") + field(1, field(1, 3)) + field(1, field(2, "N")) +
                  field(1, field(1, -1)) + field(1, field(1, INT64_MIN)) + field(1, field(3, "C")) +
                  field(7, 7)),
       ""},
      {"axis-of-two-kinds", with_shape(field(1, field(1, 3) + field(2, "N"))), ""},
      {"sequence", with_type(field(4, field(1, field(1, field(1, 1)))) + field(6, "d")), ""},
      {"tensor-then-sequence", with_type(field(1, field(1, 1)) + field(4, "")), ""},
      {"type-in-two-parts", with_type(field(1, field(1, 1))) + "", ""},
      {"type-with-other-fields", with_type(field(1, field(1, 1) + field(9, 9))), ""},
      {"value-with-other-fields", onnx_model(field(13, field(1, "x") + field(3, "text"))), ""},
  };
}

}  // namespace

std::vector<HostileFile> hostile_onnx_models() {
  const std::string graph = field(7, field(2, "g"));
  const auto sparse = [](const std::string& values) {
    return onnx_model(field(15, values + field(3, 4)));
  };
  std::vector<HostileFile> all = odd_onnx_models();
  const std::vector<HostileFile> wrong = {
      {"no-version", graph,
       "FILE: no ONNX model that can be read (found IR version 0; expected 3 to 14)"},
      {"version-0", field(1, 0) + graph,
       "FILE: no ONNX model that can be read (found IR version 0; expected 3 to 14)"},
      {"version-2", field(1, 2) + graph,
       "FILE: no ONNX model that can be read (found IR version 2; expected 3 to 14)"},
      {"version-15", field(1, 15) + graph,
       "FILE: no ONNX model that can be read (found IR version 15; expected 3 to 14)"},
      {"version-negative", field(1, -8) + graph,
       "FILE: no ONNX model that can be read (found IR version -8; expected 3 to 14)"},
      {"version-2-to-32-plus-8", field(1, (std::int64_t{1} << 32) + 8) + graph,
       "FILE: no ONNX model that can be read (found IR version 4294967304; expected 3 to 14)"},
      {"no-graph", field(1, 8) + field(8, field(2, 17)),
       "FILE: a model without a graph (found none; expected one)"},
      {"two-opsets", onnx_model("", field(8, field(2, 18))),
       "FILE: two opsets of one domain (found 17 and 18 of \"\"; expected one)"},
      {"two-opsets-under-two-names", onnx_model("", field(8, field(1, "ai.onnx") + field(2, 18))),
       "FILE: two opsets of one domain (found 17 and 18 of \"\"; expected one)"},
      {"two-opsets-of-another-domain",
       onnx_model("", field(8, field(1, "d") + field(2, 1)) + field(8, field(1, "d"))),
       "FILE: two opsets of one domain (found 1 and 0 of \"d\"; expected one)"},
      {"domain-not-utf8", onnx_model("", field(8, field(1, "\xC3"))),
       "FILE: a text that is not UTF-8 at byte 13 (found \"?\"; expected UTF-8)"},
      {"producer-not-utf8", onnx_model("", field(2, "a\xFF")),
       "FILE: a text that is not UTF-8 at byte 11 (found \"a?\"; expected UTF-8)"},
      {"producer-version-not-utf8", onnx_model("", field(3, "\xED\xA0\x80")),
       "FILE: a text that is not UTF-8 at byte 11 (found \"???\"; expected UTF-8)"},
      {"graph-name-not-utf8", onnx_model(field(2, "\xC0\x80")),
       "FILE: a text that is not UTF-8 at byte 7 (found \"??\"; expected UTF-8)"},
      {"function-name-not-utf8", onnx_model("", field(25, field(1, "\x80"))),
       "FILE: a text that is not UTF-8 at byte 14 (found \"?\"; expected UTF-8)"},
      {"function-domain-not-utf8", onnx_model("", field(25, field(10, "\x80"))),
       "FILE: a text that is not UTF-8 at byte 14 (found \"?\"; expected UTF-8)"},
      {"name-of-4097-bytes", onnx_model("", field(2, std::string(kOnnxMaxNameBytes + 1, 'a'))),
       "FILE: too long a name at byte 11 (found 4097 bytes; expected at most 4096)"},
      {"metadata-twice", onnx_model("", entry("a", "b") + entry("a", "b")),
       "FILE: metadata given twice (found \"a\" again; expected it once)"},
      {"metadata-twice-without-key", onnx_model("", field(14, "") + field(14, "")),
       "FILE: metadata given twice (found \"\" again; expected it once)"},
      {"metadata-key-not-utf8", onnx_model("", entry("\xFF", "b")),
       "FILE: a text that is not UTF-8 at byte 13 (found \"?\"; expected UTF-8)"},
      {"metadata-value-not-utf8", onnx_model("", entry("a", "\xFF")),
       "FILE: a text that is not UTF-8 at byte 16 (found \"?\"; expected UTF-8)"},
      {"metadata-key-too-long", onnx_model("", entry(std::string(5000, 'k'), "")),
       "FILE: too long a name at byte 14 (found 5000 bytes; expected at most 4096)"},
      {"metadata-value-too-long",
       onnx_model("", entry("a", std::string(kOnnxMaxTextBytes + 1, 'v'))),
       "FILE: too long a text at byte 19 (found 16777217 bytes; expected at most 16777216)"},
      {"metadata-key-as-number", onnx_model("", field(14, field(1, 1))),
       "FILE: damaged at byte 13 (found field 1 of another wire type; expected its own)"},
      {"sparse-initializer", sparse(field(1, onnx_tensor("w", {2}, 1, field(9, "abcdefgh")))),
       "FILE: initializer \"w\": a sparse tensor (found one; expected all of its values)"},
      {"sparse-initializer-without-name", sparse(""),
       "FILE: initializer \"\": a sparse tensor (found one; expected all of its values)"},
      {"sparse-initializer-cut-short", onnx_model("\x7A\x05\x0A\x40" + "a"s),
       "FILE: damaged at byte 7 (found a field that is cut short; expected all of it)"},
      {"initializer-twice",
       onnx_model(repeated(field(5, onnx_tensor("w", {}, 1, field(9, "abcd"))), 2)),
       "FILE: an initializer given twice (found \"w\" again; expected it once)"},
      {"initializer-twice-in-two-graphs",
       onnx_model(field(5, onnx_tensor("w", {}, 1, field(9, "abcd"))),
                  field(7, field(5, onnx_tensor("w", {}, 1, field(9, "efgh"))))),
       "FILE: an initializer given twice (found \"w\" again; expected it once)"},
      {"initializer-without-name", with_initializer(field(2, 1) + field(9, "abcd")),
       "FILE: an initializer without a name (found none; expected one)"},
      {"65537-nodes", onnx_model(repeated(field(1, field(4, "A")), kOnnxMaxNodes + 1)),
       "FILE: too many nodes (found more; expected at most 65536)"},
      {"more-than-2-to-20-inputs",
       onnx_model(field(1, field(4, "A") + repeated(field(1, ""), kOnnxMaxItems))),
       "FILE: too large a graph (found more; expected at most 1048576 nodes, inputs, outputs, "
       "attributes, tensors and values)"},
      {"more-than-2-to-20-opsets", onnx_model("", repeated(field(8, field(2, 17)), kOnnxMaxItems)),
       "FILE: too large a graph (found more; expected at most 1048576 nodes, inputs, outputs, "
       "attributes, tensors and values)"},
      {"value-name-not-utf8", onnx_model(field(11, field(1, "\xFF"))),
       "FILE: a text that is not UTF-8 at byte 9 (found \"?\"; expected UTF-8)"},
      {"value-of-9-axes", with_shape(repeated(field(1, field(1, 1)), 9)),
       "FILE: value \"x\": too many axes (found more; expected at most 8)"},
      {"value-type-as-number", onnx_model(field(12, field(1, "y") + field(2, 1))),
       "FILE: damaged at byte 12 (found field 2 of another wire type; expected its own)"},
      {"value-tensor-type-as-number", with_type(field(1, 1)),
       "FILE: damaged at byte 14 (found field 1 of another wire type; expected its own)"},
      {"value-element-type-as-text", with_type(field(1, field(1, "float"))),
       "FILE: damaged at byte 16 (found field 1 of another wire type; expected its own)"},
      {"value-shape-as-number", with_type(field(1, field(2, 4))),
       "FILE: damaged at byte 16 (found field 2 of another wire type; expected its own)"},
      {"value-axis-as-number", with_shape(field(1, 3)),
       "FILE: damaged at byte 20 (found field 1 of another wire type; expected its own)"},
      {"value-extent-as-text", with_shape(field(1, field(1, "3"))),
       "FILE: damaged at byte 22 (found field 1 of another wire type; expected its own)"},
      {"value-symbol-not-utf8", with_shape(field(1, field(2, "\xFF"))),
       "FILE: a text that is not UTF-8 at byte 22 (found \"?\"; expected UTF-8)"},
  };
  all.insert(all.end(), wrong.begin(), wrong.end());
  return all;
}

}  // namespace pellucid::test
