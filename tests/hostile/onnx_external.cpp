// Weights in another file. The published holes of ONNX readers are here: paths out of the folder (CVE-2022-25882,
// CVE-2024-27318; CVE-2025-51480 when writing), through links to folders (CVE-2026-27489), keys that name what the
// reader keeps for itself, and lengths beyond the data (CVE-2026-34445). Links themselves need more than one file:
// tests/nn/graph/onnx_tensor_test.cpp.
#include "runtime/error.h"
#include "tests/hostile/onnx_parts.h"

namespace pellucid::test {
namespace {

using namespace std::string_literals;

std::string key(const std::string& name, const std::string& value) {
  return field(13, field(1, name) + field(2, value));
}

// Four floats w whose external data has these entries.
std::string external(const std::string& entries, const std::string& more = "") {
  return with_initializer(onnx_tensor("w", {4}, 1, field(14, 1) + entries + more));
}
std::string at(const std::string& location) { return external(key("location", location)); }

// The file itself as its data, under the name that the tests give it.
const char* const kItself = "file.onnx";
std::string in_itself(const std::string& offset, const std::string& length) {
  return external(key("location", kItself) + key("offset", offset) + key("length", length));
}
// So many tensors over the first 100 bytes of a file that has some more.
std::string shared_by(int tensors) {
  std::string graph = field(10, std::string(150, 'd'));
  for (int i = 0; i < tensors; ++i)
    graph +=
        field(5, onnx_tensor(concat("w", i), {25}, 1, field(14, 1) + key("location", kItself)));
  return onnx_model(graph);
}

}  // namespace

std::vector<HostileFile> hostile_onnx_external() {
  const std::string self = key("location", kItself);
  return {
      {"external-in-itself", in_itself("0", "16"), ""},
      {"external-without-offset", external(self), ""},
      {"external-with-checksum", external(self + key("checksum", "none")), ""},
      {"external-shared-by-2", shared_by(2), ""},
      {"external-without-location", external(""),
       "FILE: initializer \"w\": external data elsewhere (found the location \"\"; expected the "
       "name of a file beside the model)"},
      {"external-location-empty", at(""),
       "FILE: initializer \"w\": external data elsewhere (found the location \"\"; expected the "
       "name of a file beside the model)"},
      {"external-location-dot", at("."),
       "FILE: initializer \"w\": external data elsewhere (found the location \".\"; expected the "
       "name of a file beside the model)"},
      {"external-location-dot-dot", at(".."),
       "FILE: initializer \"w\": external data elsewhere (found the location \"..\"; expected the "
       "name of a file beside the model)"},
      {"external-location-above", at("../w.data"),
       "FILE: initializer \"w\": external data elsewhere (found the location \"../w.data\"; "
       "expected the name of a file beside the model)"},
      {"external-location-above-and-back", at("folder/../w.data"),
       "FILE: initializer \"w\": external data elsewhere (found the location \"folder/../w.data\"; "
       "expected the name of a file beside the model)"},
      {"external-location-absolute", at("/etc/passwd"),
       "FILE: initializer \"w\": external data elsewhere (found the location \"/etc/passwd\"; "
       "expected the name of a file beside the model)"},
      {"external-location-in-a-folder", at("folder/w.data"),
       "FILE: initializer \"w\": external data elsewhere (found the location \"folder/w.data\"; "
       "expected the name of a file beside the model)"},
      {"external-location-with-dot", at("./w.data"),
       "FILE: initializer \"w\": external data elsewhere (found the location \"./w.data\"; "
       "expected the name of a file beside the model)"},
      {"external-location-slash", at("w.data/"),
       "FILE: initializer \"w\": external data elsewhere (found the location \"w.data/\"; expected "
       "the name of a file beside the model)"},
      {"external-location-two-slashes", at("//etc/passwd"),
       "FILE: initializer \"w\": external data elsewhere (found the location \"//etc/passwd\"; "
       "expected the name of a file beside the model)"},
      {"external-location-home", at("~/w.data"),
       "FILE: initializer \"w\": external data elsewhere (found the location \"~/w.data\"; "
       "expected the name of a file beside the model)"},
      {"external-location-zero-byte", at("w.data\0.png"s),
       "FILE: initializer \"w\": external data elsewhere (found the location \"w.data?.png\"; "
       "expected the name of a file beside the model)"},
      {"external-location-of-windows", at("..\\w.data"),
       "FILE: initializer \"w\": external data \"..\\w.data\": cannot be read (found No such file "
       "or directory; expected a readable file)"},
      {"external-location-missing", at("w.data"),
       "FILE: initializer \"w\": external data \"w.data\": cannot be read (found No such file or "
       "directory; expected a readable file)"},
      {"external-location-too-long", at(std::string(5000, 'w')),
       "FILE: initializer \"w\": external data "
       "\"wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww…\": "
       "cannot be read (found File name too long; expected a readable file)"},
      {"external-location-not-utf8", at("\xFF"),
       "FILE: a text that is not UTF-8 at byte 30 (found \"?\"; expected UTF-8)"},
      {"external-location-twice", external(self + self),
       "FILE: initializer \"w\": external data (found location twice; expected it once)"},
      {"external-key-not-utf8", external(self + key("\xFF", "")),
       "FILE: a text that is not UTF-8 at byte 43 (found \"?\"; expected UTF-8)"},
      {"external-key-unknown", external(self + key("__class__", "x")),
       "FILE: initializer \"w\": unknown key of external data (found \"__class__\"; expected "
       "location, offset, length or checksum)"},
      {"external-key-base-path", external(self + key("basepath", "/etc")),
       "FILE: initializer \"w\": unknown key of external data (found \"basepath\"; expected "
       "location, offset, length or checksum)"},
      {"external-key-of-capitals", external(key("Location", kItself)),
       "FILE: initializer \"w\": unknown key of external data (found \"Location\"; expected "
       "location, offset, length or checksum)"},
      {"external-key-empty", external(self + key("", "")),
       "FILE: initializer \"w\": unknown key of external data (found \"\"; expected location, "
       "offset, length or checksum)"},
      {"external-offset-negative", in_itself("-1", "16"),
       "FILE: initializer \"w\": bad offset of external data (found \"-1\"; expected a whole "
       "number)"},
      {"external-offset-with-sign", in_itself("+1", "16"),
       "FILE: initializer \"w\": bad offset of external data (found \"+1\"; expected a whole "
       "number)"},
      {"external-offset-text", in_itself("zero", "16"),
       "FILE: initializer \"w\": bad offset of external data (found \"zero\"; expected a whole "
       "number)"},
      {"external-offset-empty", in_itself("", "16"),
       "FILE: initializer \"w\": bad offset of external data (found \"\"; expected a whole "
       "number)"},
      {"external-offset-with-blank", in_itself(" 1", "16"),
       "FILE: initializer \"w\": bad offset of external data (found \" 1\"; expected a whole "
       "number)"},
      {"external-offset-hexadecimal", in_itself("0x10", "16"),
       "FILE: initializer \"w\": bad offset of external data (found \"0x10\"; expected a whole "
       "number)"},
      {"external-offset-real", in_itself("1.0", "16"),
       "FILE: initializer \"w\": bad offset of external data (found \"1.0\"; expected a whole "
       "number)"},
      {"external-offset-2-to-64", in_itself("18446744073709551616", "16"),
       "FILE: initializer \"w\": bad offset of external data (found \"18446744073709551616\"; "
       "expected a whole number)"},
      {"external-offset-2-to-64-minus-1", in_itself("18446744073709551615", "16"),
       "FILE: initializer \"w\": external data beyond its file (found 16 bytes at "
       "18446744073709551615; expected them within the 91 of \"file.onnx\")"},
      {"external-offset-2-to-64-minus-16", in_itself("18446744073709551600", "16"),
       "FILE: initializer \"w\": external data beyond its file (found 16 bytes at "
       "18446744073709551600; expected them within the 91 of \"file.onnx\")"},
      {"external-offset-at-end", in_itself("100000", "16"),
       "FILE: initializer \"w\": external data beyond its file (found 16 bytes at 100000; expected "
       "them within the 77 of \"file.onnx\")"},
      {"external-length-negative", in_itself("0", "-16"),
       "FILE: initializer \"w\": bad length of external data (found \"-16\"; expected a whole "
       "number)"},
      {"external-length-too-short", in_itself("0", "15"),
       "FILE: initializer \"w\": wrong length of external data (found 15; expected the 16 bytes of "
       "float32 (4))"},
      {"external-length-too-long", in_itself("0", "17"),
       "FILE: initializer \"w\": wrong length of external data (found 17; expected the 16 bytes of "
       "float32 (4))"},
      {"external-length-2-to-63", in_itself("0", "9223372036854775808"),
       "FILE: initializer \"w\": wrong length of external data (found 9223372036854775808; "
       "expected the 16 bytes of float32 (4))"},
      {"external-length-text", in_itself("0", "all"),
       "FILE: initializer \"w\": bad length of external data (found \"all\"; expected a whole "
       "number)"},
      {"external-beyond-its-file",
       with_initializer(onnx_tensor("w", {1 << 20}, 1, field(14, 1) + self)),
       "FILE: initializer \"w\": external data beyond its file (found 4194304 bytes at 0; expected "
       "them within the 47 of \"file.onnx\")"},
      {"external-of-2-to-40",
       with_initializer(onnx_tensor("w", {std::int64_t{1} << 40}, 15, field(14, 1) + self)),
       "FILE: initializer \"w\": external data beyond its file (found 17592186044416 bytes at 0; "
       "expected them within the 50 of \"file.onnx\")"},
      {"external-shared-by-20", shared_by(20),
       "FILE: initializer \"w8\": external data used twice (found tensors of more than the 875 "
       "bytes of \"file.onnx\"; expected at most these)"},
      {"external-and-raw", external(self, field(9, "abcdefghijklmnop")),
       "FILE: initializer \"w\": values more than once (found 2 of raw, typed and external data; "
       "expected one)"},
      {"external-and-typed", external(self, field(4, "abcdefghijklmnop")),
       "FILE: initializer \"w\": values more than once (found 2 of raw, typed and external data; "
       "expected one)"},
      {"external-text", with_initializer(onnx_tensor("w", {1}, 8, field(14, 1) + self)),
       "FILE: initializer \"w\": external text (found a location; expected string_data)"},
      {"external-of-type-0", with_initializer(onnx_tensor("w", {1}, 0, field(14, 1) + self)),
       "FILE: initializer \"w\": unknown type of values (found 0; expected 1 to 28)"},
      {"external-but-not-said-so", with_initializer(onnx_tensor("w", {4}, 1, self)),
       "FILE: initializer \"w\": external data of a tensor that is not external (found a location; "
       "expected none)"},
      {"external-but-inside", with_initializer(onnx_tensor("w", {1}, 1, field(9, "abcd") + self)),
       "FILE: initializer \"w\": external data of a tensor that is not external (found a location; "
       "expected none)"},
      {"external-entry-as-number", external(field(13, 1)),
       "FILE: damaged at byte 18 (found field 13 of another wire type; expected its own)"},
  };
}

}  // namespace pellucid::test
