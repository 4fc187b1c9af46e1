#include "nn/graph/onnx/onnx_file.h"
#include "tests/hostile/onnx_parts.h"

namespace pellucid::test {
namespace {

using namespace std::string_literals;

std::string with_node(const std::string& node) { return onnx_model(field(1, node)); }

// Subgraphs in subgraphs.
std::string nested_graphs(int depth) {
  std::string graph;
  for (int i = 0; i < depth; ++i)
    graph = field(1, field(4, "If") + field(5, onnx_attribute("then_branch", 5, field(6, graph))));
  return onnx_model(graph);
}

}  // namespace

std::vector<HostileFile> hostile_onnx_nodes() {
  const std::string tensor = field(5, onnx_tensor("", {}, 1, field(9, "abcd")));
  return {
      {"attributes-of-every-kind",
       with_node(
           onnx_node(field(5, onnx_attribute("a", 1, real_field(2, 0.5f))) +
                     field(5, onnx_attribute("b", 2, field(3, -1))) +
                     field(5, onnx_attribute("c", 3, field(4, "\xFF text"))) +
                     field(5, onnx_attribute("d", 4, tensor)) +
                     field(5, onnx_attribute("e", 6, real_field(7, 1) + field(7, "abcdefgh"))) +
                     field(5, onnx_attribute("f", 7, field(8, 1) + field(8, varints({-1, 300})))) +
                     field(5, onnx_attribute("g", 8, field(9, "") + field(9, "\xFF"))))),
       ""},
      {"attributes-that-are-not-followed",
       with_node(onnx_node(field(5, onnx_attribute("a", 5, field(6, "junk"))) +
                           field(5, onnx_attribute("b", 10, field(11, "") + field(11, ""))) +
                           field(5, onnx_attribute("c", 9, field(10, "junk"))) +
                           field(5, onnx_attribute("d", 11, field(22, "junk"))) +
                           field(5, onnx_attribute("e", 12, field(23, ""))) +
                           field(5, onnx_attribute("f", 13, field(14, ""))) +
                           field(5, onnx_attribute("g", 14, field(15, ""))) +
                           field(5, onnx_attribute("h", 2, field(21, "of a function"))))),
       ""},
      {"attributes-without-type",
       with_node(onnx_node(field(5, field(1, "a") + field(3, 7)) +
                           field(5, field(1, "b") + field(8, "")))),
       ""},
      {"attributes-without-value",
       with_node(
           onnx_node(field(5, onnx_attribute("a", 1, "")) + field(5, onnx_attribute("b", 7, "")))),
       ""},
      {"attribute-value-twice", with_attribute(onnx_attribute("a", 2, field(3, 1) + field(3, 2))),
       ""},
      {"attribute-tensor-in-two-parts",
       with_attribute(onnx_attribute(
           "a", 4,
           field(5, field(1, 2) + field(2, 1) + field(4, "abcd")) + field(5, field(4, "efgh")))),
       ""},
      {"graphs-in-graphs", nested_graphs(1000), ""},
      {"node-in-onnx-domain", with_node(onnx_node(field(7, "ai.onnx"))), ""},
      {"node-with-other-fields",
       with_node(onnx_node(field(6, "\xFF") + field(9, "junk") + field(10, ""))), ""},
      {"no-operator", with_node(field(1, "x") + field(2, "y")),
       "FILE: node 0: no operator (found none; expected one)"},
      {"no-operator-second-node", onnx_model(field(1, onnx_node()) + field(1, field(3, "two"))),
       "FILE: node 1 \"two\": no operator (found none; expected one)"},
      {"operator-empty", with_node(field(4, "")),
       "FILE: node 0: no operator (found none; expected one)"},
      {"operator-not-utf8", with_node(field(4, "\xFF")),
       "FILE: a text that is not UTF-8 at byte 9 (found \"?\"; expected UTF-8)"},
      {"input-not-utf8", with_node(onnx_node(field(1, "a\x80"))),
       "FILE: a text that is not UTF-8 at byte 24 (found \"a?\"; expected UTF-8)"},
      {"output-not-utf8", with_node(onnx_node(field(2, "\xF5"))),
       "FILE: a text that is not UTF-8 at byte 24 (found \"?\"; expected UTF-8)"},
      {"name-not-utf8", with_node(onnx_node(field(3, "\xE0\x80\x80"))),
       "FILE: a text that is not UTF-8 at byte 24 (found \"???\"; expected UTF-8)"},
      {"node-domain-not-utf8", with_node(onnx_node(field(7, "\xF4\x90\x80\x80"))),
       "FILE: a text that is not UTF-8 at byte 24 (found \"????\"; expected UTF-8)"},
      {"input-too-long", with_node(onnx_node(field(1, std::string(70000, 'x')))),
       "FILE: too long a name at byte 28 (found 70000 bytes; expected at most 4096)"},
      {"attribute-without-name", with_attribute(field(20, 2) + field(3, 1)),
       "FILE: node 0 \"n\": attribute \"\": no name (found none; expected one)"},
      {"attribute-empty", with_attribute(""),
       "FILE: node 0 \"n\": attribute \"\": no name (found none; expected one)"},
      {"attribute-name-not-utf8", with_attribute(onnx_attribute("\xFF", 2, field(3, 1))),
       "FILE: a text that is not UTF-8 at byte 26 (found \"?\"; expected UTF-8)"},
      {"attribute-twice",
       with_node(onnx_node(field(5, onnx_attribute("a", 2, field(3, 1))) +
                           field(5, onnx_attribute("a", 2, field(3, 2))))),
       "FILE: node 0 \"n\": an attribute given twice (found \"a\" again; expected it once)"},
      {"attribute-type-15", with_attribute(onnx_attribute("a", 15, field(3, 1))),
       "FILE: node 0 \"n\": attribute \"a\": unknown type (found 15; expected 1 to 14)"},
      {"attribute-type-negative", with_attribute(onnx_attribute("a", -1, field(3, 1))),
       "FILE: node 0 \"n\": attribute \"a\": unknown type (found -1; expected 1 to 14)"},
      {"attribute-type-2-to-32-plus-2",
       with_attribute(onnx_attribute("a", (std::int64_t{1} << 32) + 2, field(3, 1))),
       "FILE: node 0 \"n\": attribute \"a\": unknown type (found 4294967298; expected 1 to 14)"},
      {"attribute-type-as-text", with_attribute(field(1, "a") + field(20, "INT")),
       "FILE: damaged at byte 29 (found field 20 of another wire type; expected its own)"},
      {"attribute-without-type-and-value", with_attribute(field(1, "a")),
       "FILE: node 0 \"n\": attribute \"a\": no type (found no value; expected one)"},
      {"attribute-without-type-of-two-values",
       with_attribute(field(1, "a") + field(3, 1) + real_field(2, 1)),
       "FILE: node 0 \"n\": attribute \"a\": no type (found several values; expected one)"},
      {"attribute-int-that-is-float", with_attribute(onnx_attribute("a", 2, real_field(2, 1))),
       "FILE: node 0 \"n\": attribute \"a\": a value of another type (found one; expected only "
       "that of type 2)"},
      {"attribute-int-and-ints", with_attribute(onnx_attribute("a", 2, field(3, 1) + field(8, 1))),
       "FILE: node 0 \"n\": attribute \"a\": a value of another type (found one; expected only "
       "that of type 2)"},
      {"attribute-ints-that-are-int", with_attribute(onnx_attribute("a", 7, field(3, 1))),
       "FILE: node 0 \"n\": attribute \"a\": a value of another type (found one; expected only "
       "that of type 7)"},
      {"attribute-float-with-graph", with_attribute(onnx_attribute("a", 1, field(6, ""))),
       "FILE: node 0 \"n\": attribute \"a\": a value of another type (found one; expected only "
       "that of type 1)"},
      {"attribute-tensor-missing", with_attribute(onnx_attribute("a", 4, "")),
       "FILE: node 0 \"n\": attribute \"a\": no tensor (found none; expected one)"},
      {"attribute-tensor-without-type",
       with_attribute(onnx_attribute("value", 4, field(5, field(9, "abcd")))),
       "FILE: node 0 \"n\": attribute \"value\": tensor: unknown type of values (found 0; expected "
       "1 to 28)"},
      {"attribute-tensor-too-short",
       with_attribute(
           onnx_attribute("value", 4, field(5, onnx_tensor("c", {2}, 1, field(9, "abcd"))))),
       "FILE: node 0 \"n\": attribute \"value\": tensor \"c\": wrong size (found 4 bytes; expected "
       "8 for float32 (2))"},
      {"attribute-tensor-of-9-axes",
       with_attribute(onnx_attribute(
           "value", 4,
           field(5, onnx_tensor("", {1, 1, 1, 1, 1, 1, 1, 1, 1}, 1, field(9, "abcd"))))),
       "FILE: node 0 \"n\": attribute \"value\": tensor: too many axes (found 9; expected at most "
       "8)"},
      {"attribute-tensor-of-2-to-40",
       with_attribute(
           onnx_attribute("value", 4, field(5, onnx_tensor("", {1 << 20, 1 << 20}, 1, "")))),
       "FILE: node 0 \"n\": attribute \"value\": tensor: wrong size (found 0 bytes; expected "
       "4398046511104 for float32 (1048576, 1048576))"},
      {"attribute-tensor-external",
       with_attribute(onnx_attribute(
           "value", 4,
           field(5,
                 onnx_tensor("", {1}, 1,
                             field(14, 1) + field(13, field(1, "location") + field(2, "../w")))))),
       "FILE: node 0 \"n\": attribute \"value\": tensor: external data elsewhere (found the "
       "location \"../w\"; expected the name of a file beside the model)"},
      {"attribute-tensor-as-number", with_attribute(onnx_attribute("a", 4, field(5, 1))),
       "FILE: damaged at byte 32 (found field 5 of another wire type; expected its own)"},
      {"attribute-float-as-number", with_attribute(onnx_attribute("a", 1, field(2, 1))),
       "FILE: damaged at byte 32 (found field 2 of another wire type; expected its own)"},
      {"attribute-float-as-fixed64", with_attribute(onnx_attribute("a", 1, wide_field(2, 1))),
       "FILE: damaged at byte 32 (found field 2 of another wire type; expected its own)"},
      {"attribute-int-as-fixed32", with_attribute(onnx_attribute("a", 2, real_field(3, 1))),
       "FILE: damaged at byte 32 (found field 3 of another wire type; expected its own)"},
      {"attribute-text-as-number", with_attribute(onnx_attribute("a", 3, field(4, 1))),
       "FILE: damaged at byte 32 (found field 4 of another wire type; expected its own)"},
      {"attribute-text-too-long",
       with_attribute(onnx_attribute("a", 3, field(4, std::string(kOnnxMaxTextBytes + 1, 't')))),
       "FILE: too long a text at byte 41 (found 16777217 bytes; expected at most 16777216)"},
      {"attribute-floats-of-5-bytes", with_attribute(onnx_attribute("a", 6, field(7, "abcde"))),
       "FILE: damaged at byte 32 (found a list that ends within a number; expected whole numbers)"},
      {"attribute-floats-as-number", with_attribute(onnx_attribute("a", 6, field(7, 1))),
       "FILE: damaged at byte 32 (found field 7 of another wire type; expected its own)"},
      {"attribute-ints-cut-short", with_attribute(onnx_attribute("a", 7, field(8, "\1\x80"))),
       "FILE: damaged at byte 32 (found a field that is cut short; expected all of it)"},
      {"attribute-ints-of-11-bytes",
       with_attribute(onnx_attribute("a", 7, field(8, std::string(10, '\x80') + "\1"))),
       "FILE: damaged at byte 32 (found a number of more than 10 bytes; expected at most 64 bits)"},
      {"attribute-ints-as-fixed32", with_attribute(onnx_attribute("a", 7, real_field(8, 1))),
       "FILE: damaged at byte 32 (found field 8 of another wire type; expected its own)"},
      {"attribute-texts-as-number", with_attribute(onnx_attribute("a", 8, field(9, 1))),
       "FILE: damaged at byte 32 (found field 9 of another wire type; expected its own)"},
      {"attribute-of-more-than-2-to-24",
       with_attribute(onnx_attribute("a", 7, field(8, std::string(kOnnxMaxListValues + 1, '\1')))),
       "FILE: too many values in attributes (found more; expected at most 16777216)"},
      {"attribute-graph-cut-short", with_attribute(field(1, "a") + "\x32\x64" + "a"s),
       "FILE: damaged at byte 29 (found a field that is cut short; expected all of it)"},
  };
}

}  // namespace pellucid::test
