#include "tests/hostile/onnx_parts.h"

namespace pellucid::test {
namespace {

using namespace std::string_literals;

std::string nested(int depth, std::uint32_t number) {
  std::string inside;
  for (int i = 0; i < depth; ++i) inside = field(number, inside);
  return inside;
}

}  // namespace

std::vector<HostileFile> hostile_onnx_wire() {
  const std::string good = onnx_model(field(1, onnx_node()) + field(11, field(1, "x")));
  const std::string weights = with_initializer(onnx_tensor("w", {2}, 1, field(9, "abcdefgh")));
  return {
      {"plain", good, ""},
      {"weights", weights, ""},
      {"fields-in-another-order",
       field(7, field(5, field(9, "abcd") + field(8, "w") + field(2, 1) + field(1, 1))) +
           field(1, 3),
       ""},
      {"unknown-fields",
       good + field(99, 5) + field(536'870'911, "x") + real_field(40, 1) + wide_field(41, 1), ""},
      {"unknown-messages-in-messages", good + nested(2000, 50), ""},
      {"empty", "", "FILE: no ONNX model that can be read (found IR version 0; expected 3 to 14)"},
      {"text", "ONNX model\n",
       "FILE: damaged at byte 0 (found an unknown wire type; expected varint, fixed32, fixed64 or "
       "bytes)"},
      {"json", R"({"ir_version": 8})",
       "FILE: damaged at byte 0 (found an unknown wire type; expected varint, fixed32, fixed64 or "
       "bytes)"},
      {"png", "\x89PNG\r\n\x1a\n\0\0\0\rIHDR"s,
       "FILE: damaged at byte 10 (found a field number that does not exist; expected 1 to "
       "536870911)"},
      {"zip", "PK\3\4\x14\0\0\0\10\0"s,
       "FILE: damaged at byte 2 (found a field number that does not exist; expected 1 to "
       "536870911)"},
      {"safetensors", "\x08\0\0\0\0\0\0\0{}      "s,
       "FILE: damaged at byte 2 (found a field number that does not exist; expected 1 to "
       "536870911)"},
      {"gzip", "\x1f\x8b\x08\0\0\0\0\0"s,
       "FILE: damaged at byte 0 (found an unknown wire type; expected varint, fixed32, fixed64 or "
       "bytes)"},
      {"zeros", std::string(64, '\0'),
       "FILE: damaged at byte 0 (found a field number that does not exist; expected 1 to "
       "536870911)"},
      {"ones", std::string(64, '\xFF'),
       "FILE: damaged at byte 0 (found a number of more than 10 bytes; expected at most 64 bits)"},
      {"field-0", good + field(1, 8).replace(0, 1, "\0"s),
       "FILE: damaged at byte 33 (found a field number that does not exist; expected 1 to "
       "536870911)"},
      {"field-19000", good + "\xC2\xA3\x09\0"s,
       "FILE: damaged at byte 33 (found a field number that does not exist; expected 1 to "
       "536870911)"},
      {"tag-above-32-bits", good + "\x8A\x80\x80\x80\x10\0"s,
       "FILE: damaged at byte 33 (found a field number that does not exist; expected 1 to "
       "536870911)"},
      {"tag-of-11-bytes", good + std::string(10, '\x80') + "\1",
       "FILE: damaged at byte 33 (found a number of more than 10 bytes; expected at most 64 bits)"},
      {"tag-cut-short", good + "\xBA",
       "FILE: damaged at byte 33 (found a field that is cut short; expected all of it)"},
      {"wire-type-3", good + "\x3B",
       "FILE: damaged at byte 33 (found an unknown wire type; expected varint, fixed32, fixed64 or "
       "bytes)"},
      {"wire-type-4", good + "\x3C",
       "FILE: damaged at byte 33 (found an unknown wire type; expected varint, fixed32, fixed64 or "
       "bytes)"},
      {"wire-type-6", good + "\x3E",
       "FILE: damaged at byte 33 (found an unknown wire type; expected varint, fixed32, fixed64 or "
       "bytes)"},
      {"wire-type-7", good + "\x3F",
       "FILE: damaged at byte 33 (found an unknown wire type; expected varint, fixed32, fixed64 or "
       "bytes)"},
      {"number-cut-short", good + "\x08\x80",
       "FILE: damaged at byte 33 (found a field that is cut short; expected all of it)"},
      {"number-of-11-bytes", good + "\x08" + std::string(10, '\x80') + "\1",
       "FILE: damaged at byte 33 (found a number of more than 10 bytes; expected at most 64 bits)"},
      {"unknown-number-of-11-bytes", good + "\x80\x06" + std::string(10, '\x80') + "\1",
       "FILE: damaged at byte 33 (found a number of more than 10 bytes; expected at most 64 bits)"},
      {"fixed32-cut-short", good + real_field(40, 1).substr(0, 5),
       "FILE: damaged at byte 33 (found a field that is cut short; expected all of it)"},
      {"fixed64-cut-short", good + wide_field(40, 1).substr(0, 9),
       "FILE: damaged at byte 33 (found a field that is cut short; expected all of it)"},
      {"unknown-bytes-cut-short", good + field(50, "abcd").substr(0, 5),
       "FILE: damaged at byte 33 (found a field that is cut short; expected all of it)"},
      {"text-cut-short", field(1, 8) + "\x12\x05" + "abcd",
       "FILE: damaged at byte 2 (found a field that is cut short; expected all of it)"},
      {"graph-cut-short", good.substr(0, 6),
       "FILE: damaged at byte 2 (found a field that is cut short; expected all of it)"},
      {"graph-of-100-bytes", field(1, 8) + "\x3A\x64\x12\x01g",
       "FILE: damaged at byte 2 (found a field that is cut short; expected all of it)"},
      {"length-above-32-bits", field(1, 8) + "\x3A\x83\x80\x80\x80\x10\x12\x01g",
       "FILE: damaged at byte 2 (found a field that is cut short; expected all of it)"},
      {"unknown-length-above-32-bits", good + "\x92\x03\x81\x80\x80\x80\x10" + "a",
       "FILE: damaged at byte 33 (found a field that is cut short; expected all of it)"},
      {"length-2-to-31", field(1, 8) + "\x3A\x80\x80\x80\x80\x08\x12\x01g",
       "FILE: damaged at byte 2 (found a field that is cut short; expected all of it)"},
      {"length-2-to-63", field(1, 8) + "\x3A" + varints({INT64_MIN}) + "\x12\x01g",
       "FILE: damaged at byte 2 (found a field that is cut short; expected all of it)"},
      {"length-negative", field(1, 8) + "\x3A" + varints({-1}) + "\x12\x01g",
       "FILE: damaged at byte 2 (found a field that is cut short; expected all of it)"},
      {"length-of-11-bytes", field(1, 8) + "\x3A" + std::string(10, '\x80') + "\1\x12\x01g",
       "FILE: damaged at byte 2 (found a number of more than 10 bytes; expected at most 64 bits)"},
      {"node-beyond-its-graph",
       field(1, 8) + field(7, field(2, "g") + "\x0A\x06\x22\x04Relu"s.substr(0, 5)),
       "FILE: damaged at byte 7 (found a field that is cut short; expected all of it)"},
      {"node-cut-short", onnx_model("\x0A\x7F\x22\x04Relu"),
       "FILE: damaged at byte 7 (found a field that is cut short; expected all of it)"},
      {"input-cut-short", onnx_model(field(1, field(4, "Relu") + "\x0A\x05x")),
       "FILE: damaged at byte 15 (found a field that is cut short; expected all of it)"},
      {"attribute-cut-short", onnx_model(field(1, onnx_node("\x2A\x20\x0A\1a"))),
       "FILE: damaged at byte 24 (found a field that is cut short; expected all of it)"},
      {"tensor-cut-short", onnx_model("\x2A\x40\x42\1w"),
       "FILE: damaged at byte 7 (found a field that is cut short; expected all of it)"},
      {"raw-data-cut-short", with_initializer(field(2, 1) + "\x4A\x20" + "abcd"),
       "FILE: damaged at byte 11 (found a field that is cut short; expected all of it)"},
      {"half-of-the-weights", weights.substr(0, weights.size() / 2),
       "FILE: damaged at byte 2 (found a field that is cut short; expected all of it)"},
      {"all-but-the-last-byte", weights.substr(0, weights.size() - 1),
       "FILE: damaged at byte 26 (found a field that is cut short; expected all of it)"},
      {"version-as-bytes", field(1, "8") + good,
       "FILE: damaged at byte 0 (found field 1 of another wire type; expected its own)"},
      {"version-as-fixed32", real_field(1, 8) + good,
       "FILE: damaged at byte 0 (found field 1 of another wire type; expected its own)"},
      {"version-as-fixed64", wide_field(1, 8) + good,
       "FILE: damaged at byte 0 (found field 1 of another wire type; expected its own)"},
      {"producer-as-number", good + field(2, 1),
       "FILE: damaged at byte 33 (found field 2 of another wire type; expected its own)"},
      {"graph-as-number", field(1, 8) + field(7, 1),
       "FILE: damaged at byte 2 (found field 7 of another wire type; expected its own)"},
      {"opset-as-number", good + field(8, 17),
       "FILE: damaged at byte 33 (found field 8 of another wire type; expected its own)"},
      {"opset-version-as-text", good + field(8, field(2, "17")),
       "FILE: damaged at byte 35 (found field 2 of another wire type; expected its own)"},
      {"metadata-as-fixed64", good + wide_field(14, 1),
       "FILE: damaged at byte 33 (found field 14 of another wire type; expected its own)"},
      {"function-as-number", good + field(25, 1),
       "FILE: damaged at byte 33 (found field 25 of another wire type; expected its own)"},
      {"node-as-number", onnx_model(field(1, 1)),
       "FILE: damaged at byte 7 (found field 1 of another wire type; expected its own)"},
      {"node-input-as-number", onnx_model(field(1, onnx_node(field(1, 7)))),
       "FILE: damaged at byte 24 (found field 1 of another wire type; expected its own)"},
      {"operator-as-number", onnx_model(field(1, field(4, 7))),
       "FILE: damaged at byte 9 (found field 4 of another wire type; expected its own)"},
      {"initializer-as-fixed32", onnx_model(real_field(5, 1)),
       "FILE: damaged at byte 7 (found field 5 of another wire type; expected its own)"},
      {"value-as-number", onnx_model(field(11, 1)),
       "FILE: damaged at byte 7 (found field 11 of another wire type; expected its own)"},
  };
}

std::vector<HostileFile> hostile_onnx() {
  std::vector<HostileFile> all = hostile_onnx_wire();
  for (const auto& part : {hostile_onnx_models(), hostile_onnx_nodes(), hostile_onnx_values(),
                           hostile_onnx_external()})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

std::vector<HostileFile> hostile_onnx_tensor() {
  return {
      {"plain", onnx_tensor("x", {2, 1}, 1, field(9, "abcdefgh")), ""},
      {"typed", onnx_tensor("x", {2}, 7, field(7, varints({-1, 5}))), ""},
      {"text", onnx_tensor("x", {2}, 8, field(6, "a") + field(6, "b")), ""},
      {"empty", "", "FILE: tensor: unknown type of values (found 0; expected 1 to 28)"},
      {"cut-short", onnx_tensor("x", {2, 1}, 1, field(9, "abcdefgh")).substr(0, 9),
       "FILE: tensor \"x\": wrong size (found 0 bytes; expected 8 for float32 (2, 1))"},
      {"a-model", onnx_model(""),
       "FILE: tensor \"??\": unknown type of values (found 0; expected 1 to 28)"},
      {"wrong-size", onnx_tensor("x", {3}, 1, field(9, "abcdefgh")),
       "FILE: tensor \"x\": wrong size (found 8 bytes; expected 12 for float32 (3))"},
      {"external",
       onnx_tensor("x", {2}, 1, field(14, 1) + field(13, field(1, "location") + field(2, "w"))),
       "FILE: tensor \"x\": external data (found the location \"w\"; expected all values within "
       "the file)"},
  };
}

}  // namespace pellucid::test
