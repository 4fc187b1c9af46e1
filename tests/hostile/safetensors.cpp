#include <cstdint>

#include "runtime/error.h"
#include "runtime/formats/safetensors.h"
#include "tests/hostile/formats.h"

namespace pellucid::test {
namespace {

using namespace std::string_literals;

std::string with_length(std::uint64_t length, const std::string& rest) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(length >> 8 * i & 0xFF);
  return bytes + rest;
}

std::string file(const std::string& header, std::size_t data = 0) {
  return with_length(header.size(), header + std::string(data, '\0'));
}

std::string tensor(const std::string& name, const std::string& type, const std::string& shape,
                   const std::string& offsets) {
  return "\"" + name + "\":{\"dtype\":\"" + type + "\",\"shape\":" + shape +
         ",\"data_offsets\":" + offsets + "}";
}

// Of one tensor.
std::string one(const std::string& type, const std::string& shape, const std::string& offsets,
                std::size_t data) {
  return file("{" + tensor("a", type, shape, offsets) + "}", data);
}

}  // namespace

std::vector<HostileFile> hostile_safetensors() {
  const std::string a = tensor("a", "F32", "[1]", "[0,4]");
  return {
      {"plain", file("{" + a + "," + tensor("b", "U8", "[2,1]", "[4,6]") + "}", 6), ""},
      {"no-tensor", file("{}"), ""},
      {"every-type",
       file("{" + tensor("a", "F32", "[]", "[0,4]") + "," + tensor("b", "I64", "[1]", "[4,12]") +
                "," + tensor("c", "I32", "[1]", "[12,16]") + "}",
            16),
       ""},
      {"blanks-behind-header", file("{" + a + "}   ", 4), ""},
      {"other-order", file("{" + tensor("b", "F32", "[1]", "[4,8]") + "," + a + "}", 8), ""},
      {"no-elements", one("F32", "[0,4]", "[0,0]", 0), ""},
      {"metadata", file(R"({"__metadata__":{"a":"b"}})"), ""},
      {"empty", "",
       "FILE: not a safetensors file (found 0 bytes; expected 8 for the header's length alone)"},
      {"7-bytes", std::string(7, '\0'),
       "FILE: not a safetensors file (found 7 bytes; expected 8 for the header's length alone)"},
      {"length-0", with_length(0, ""),
       "FILE: not a safetensors file (found a header that begins with \"\"; expected a JSON "
       "object)"},
      {"length-0-and-data", with_length(0, "data"),
       "FILE: not a safetensors file (found a header that begins with \"\"; expected a JSON "
       "object)"},
      {"length-1-without-header", with_length(1, ""),
       "FILE: truncated (found 0 bytes behind the length; expected a header of 1)"},
      {"length-above-file", with_length(3, "{}"),
       "FILE: truncated (found 2 bytes behind the length; expected a header of 3)"},
      {"length-at-limit", with_length(kSafetensorsMaxHeaderBytes, "{}"),
       "FILE: truncated (found 2 bytes behind the length; expected a header of 100000000)"},
      {"length-above-limit", with_length(kSafetensorsMaxHeaderBytes + 1, "{}"),
       "FILE: not a safetensors file (found a header of 100000001 bytes; expected at most "
       "100000000)"},
      {"length-2-to-63", with_length(std::uint64_t{1} << 63, "{}"),
       "FILE: not a safetensors file (found a header of 9223372036854775808 bytes; expected at "
       "most 100000000)"},
      {"length-2-to-64-minus-1", with_length(~std::uint64_t{0}, "{}"),
       "FILE: not a safetensors file (found a header of 18446744073709551615 bytes; expected at "
       "most 100000000)"},
      {"length-within-header", with_length(5, "{" + a + "}"),
       "FILE: header: not JSON at line 1, column 6 (found end of input; expected '[', '{', or a "
       "literal)"},
      {"length-big-endian", "\0\0\0\0\0\0\0\x02{}"s,
       "FILE: not a safetensors file (found a header of 144115188075855872 bytes; expected at most "
       "100000000)"},
      {"header-is-blank", file("  "),
       "FILE: not a safetensors file (found a header that begins with \" \"; expected a JSON "
       "object)"},
      {"header-begins-with-blank", file(" {}"),
       "FILE: not a safetensors file (found a header that begins with \" \"; expected a JSON "
       "object)"},
      {"header-is-an-array", file("[]"),
       "FILE: not a safetensors file (found a header that begins with \"[\"; expected a JSON "
       "object)"},
      {"header-is-a-pickle", file("\x80\x02}q\0."s),
       "FILE: not a safetensors file (found a header that begins with \"?\"; expected a JSON "
       "object)"},
      {"header-with-byte-order-mark", file("\xEF\xBB\xBF{}"),
       "FILE: not a safetensors file (found a header that begins with \"?\"; expected a JSON "
       "object)"},
      {"header-cut", file("{\"a\":"),
       "FILE: header: not JSON at line 1, column 6 (found end of input; expected '[', '{', or a "
       "literal)"},
      {"header-with-zero-bytes-behind", file("{}\0\0"s),
       "FILE: header: not JSON at line 1, column 3 (found a zero byte; expected JSON)"},
      {"header-of-two-documents", file("{}{}"),
       "FILE: header: not JSON at line 1, column 3 (found '{'; expected end of input)"},
      {"header-not-utf-8", file("{\"a\xFF\":{}}"),
       "FILE: header: not JSON at line 1, column 4 (found invalid string: ill-formed UTF-8 byte; "
       "expected string literal)"},
      {"header-too-deep", file("{\"a\":" + std::string(100, '[') + std::string(100, ']') + "}"),
       "FILE: header: too deep (found more objects and arrays in each other; expected at most 64)"},
      {"name-twice", file("{" + a + "," + a + "}", 4),
       "FILE: header: duplicate key (found \"a\" twice; expected it once)"},
      {"metadata-twice", file(R"({"__metadata__":{},"__metadata__":{}})"),
       "FILE: header: duplicate key (found \"__metadata__\" twice; expected it once)"},
      {"metadata-is-an-array", file(R"({"__metadata__":[]})"),
       "FILE: header: __metadata__: wrong value (found an array of 0; expected an object of "
       "texts)"},
      {"metadata-holds-a-number", file(R"({"__metadata__":{"a":1}})"),
       "FILE: header: __metadata__.a: wrong value (found 1; expected a text)"},
      {"metadata-holds-an-object", file(R"({"__metadata__":{"a":{}}})"),
       "FILE: header: __metadata__.a: wrong value (found an object; expected a text)"},
      {"metadata-key-twice", file(R"({"__metadata__":{"a":"1","a":"2"}})"),
       "FILE: header: duplicate key (found \"a\" twice; expected it once)"},
      {"tensor-is-a-number", file(R"({"a":3})"),
       "FILE: header: a: wrong value (found 3; expected an object)"},
      {"no-dtype", file(R"({"a":{"shape":[],"data_offsets":[0,4]}})", 4),
       "FILE: header: a: missing key (found none named \"dtype\"; expected one)"},
      {"no-shape", file(R"({"a":{"dtype":"F32","data_offsets":[0,4]}})", 4),
       "FILE: header: a: missing key (found none named \"shape\"; expected one)"},
      {"no-offsets", file(R"({"a":{"dtype":"F32","shape":[]}})", 4),
       "FILE: header: a: missing key (found none named \"data_offsets\"; expected one)"},
      {"unknown-key",
       file(R"({"a":{"dtype":"F32","shape":[],"data_offsets":[0,4],"offset":1}})", 4),
       "FILE: header: a: unknown key (found \"offset\"; expected dtype, shape, data_offsets)"},
      {"dtype-f64", one("F64", "[1]", "[0,8]", 8),
       "FILE: header: a.dtype: wrong value (found \"F64\"; expected F32, U8, U16, I32 or I64)"},
      {"dtype-bf16", one("BF16", "[2]", "[0,4]", 4),
       "FILE: header: a.dtype: wrong value (found \"BF16\"; expected F32, U8, U16, I32 or I64)"},
      {"dtype-small-letters", one("f32", "[1]", "[0,4]", 4),
       "FILE: header: a.dtype: wrong value (found \"f32\"; expected F32, U8, U16, I32 or I64)"},
      {"dtype-empty", one("", "[1]", "[0,4]", 4),
       "FILE: header: a.dtype: wrong value (found \"\"; expected F32, U8, U16, I32 or I64)"},
      {"dtype-is-a-number", file(R"({"a":{"dtype":32,"shape":[1],"data_offsets":[0,4]}})", 4),
       "FILE: header: a.dtype: wrong value (found 32; expected a text)"},
      {"shape-is-a-number", one("F32", "1", "[0,4]", 4),
       "FILE: header: a.shape: wrong value (found 1; expected an array of 0 to 8)"},
      {"shape-of-9-axes", one("F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]", 4),
       "FILE: header: a.shape: wrong value (found an array of 9; expected an array of 0 to 8)"},
      {"shape-negative", one("F32", "[-1]", "[0,4]", 4),
       "FILE: header: a.shape[0]: wrong value (found -1; expected an integer from 0 to "
       "9223372036854775807)"},
      {"shape-with-point", one("F32", "[1.0]", "[0,4]", 4),
       "FILE: header: a.shape[0]: wrong value (found 1.0; expected an integer from 0 to "
       "9223372036854775807)"},
      {"shape-exponent", one("F32", "[1e0]", "[0,4]", 4),
       "FILE: header: a.shape[0]: wrong value (found 1.0; expected an integer from 0 to "
       "9223372036854775807)"},
      {"shape-is-a-text", one("F32", "[\"1\"]", "[0,4]", 4),
       "FILE: header: a.shape[0]: wrong value (found \"1\"; expected an integer from 0 to "
       "9223372036854775807)"},
      {"shape-2-to-64-minus-1", one("F32", "[18446744073709551615]", "[0,4]", 4),
       "FILE: header: a.shape[0]: wrong value (found 18446744073709551615; expected an integer "
       "from 0 to 9223372036854775807)"},
      {"shape-product-2-to-64", one("U8", "[4294967296,4294967296]", "[0,0]", 0),
       "FILE: header: a: too many elements (found the shape (4294967296, 4294967296); expected "
       "less than 2^64 bytes)"},
      {"shape-bytes-2-to-64", one("F32", "[4611686018427387904]", "[0,0]", 0),
       "FILE: header: a: too many elements (found the shape (4611686018427387904); expected less "
       "than 2^64 bytes)"},
      {"shape-overflow-before-0", one("F32", "[9223372036854775807,4,0]", "[0,0]", 0),
       "FILE: header: a: too many elements (found the shape (9223372036854775807, 4, 0); expected "
       "less than 2^64 bytes)"},
      {"offsets-of-3", one("F32", "[1]", "[0,4,4]", 4),
       "FILE: header: a.data_offsets: wrong value (found an array of 3; expected an array of 2)"},
      {"offsets-empty", one("F32", "[1]", "[]", 4),
       "FILE: header: a.data_offsets: wrong value (found an array of 0; expected an array of 2)"},
      {"offsets-backwards", one("F32", "[1]", "[4,0]", 4),
       "FILE: header: a: wrong data_offsets (found 4 to 0; expected the 4 bytes of its shape)"},
      {"offsets-negative", one("F32", "[1]", "[-4,0]", 4),
       "FILE: header: a.data_offsets[0]: wrong value (found -4; expected an integer from 0 to "
       "9223372036854775807)"},
      {"offsets-2-to-64-minus-1", one("F32", "[1]", "[0,18446744073709551615]", 4),
       "FILE: header: a.data_offsets[1]: wrong value (found 18446744073709551615; expected an "
       "integer from 0 to 9223372036854775807)"},
      {"offsets-too-short", one("F32", "[2]", "[0,4]", 4),
       "FILE: header: a: wrong data_offsets (found 0 to 4; expected the 8 bytes of its shape)"},
      {"offsets-too-long", one("F32", "[1]", "[0,8]", 8),
       "FILE: header: a: wrong data_offsets (found 0 to 8; expected the 4 bytes of its shape)"},
      {"offsets-above-file", one("F32", "[2]", "[0,8]", 4),
       "FILE: wrong size (found 4 bytes behind the header; expected the 8 of its tensors)"},
      {"first-tensor-not-at-0", one("F32", "[1]", "[4,8]", 8),
       "FILE: header: a: hole (found its first byte at 4; expected 0)"},
      {"hole", file("{" + a + "," + tensor("b", "F32", "[1]", "[8,12]") + "}", 12),
       "FILE: header: b: hole (found its first byte at 8; expected 4)"},
      {"overlap", file("{" + a + "," + tensor("b", "F32", "[1]", "[2,6]") + "}", 6),
       "FILE: header: b: overlap (found its first byte at 2; expected 4)"},
      {"same-bytes", file("{" + a + "," + tensor("b", "F32", "[1]", "[0,4]") + "}", 4),
       "FILE: header: b: overlap (found its first byte at 0; expected 4)"},
      {"data-cut", file("{" + a + "}", 3),
       "FILE: wrong size (found 3 bytes behind the header; expected the 4 of its tensors)"},
      {"data-behind", file("{" + a + "}", 5),
       "FILE: wrong size (found 5 bytes behind the header; expected the 4 of its tensors)"},
      {"data-without-tensor", file("{}", 1),
       "FILE: wrong size (found 1 bytes behind the header; expected the 0 of its tensors)"},
      {"name-with-escape-sequence",
       file("{" + tensor("\\u001b[2J\\n", "F32", "[1]", "[4,8]") + "}", 8),
       "FILE: header: ?[2J?: hole (found its first byte at 4; expected 0)"},
      {"name-of-1000-letters",
       file("{" + tensor(std::string(1000, 'n'), "F32", "[1]", "[4,8]") + "}", 8),
       "FILE: header: "
       "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn…: hole "
       "(found its first byte at 4; expected 0)"},
  };
}

}  // namespace pellucid::test
