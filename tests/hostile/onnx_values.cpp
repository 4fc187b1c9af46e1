#include "tests/hostile/onnx_parts.h"

namespace pellucid::test {
namespace {

using namespace std::string_literals;

constexpr std::int64_t kTwo40 = std::int64_t{1} << 40;

// An initializer w of a shape and type with the fields of its values.
std::string weights(std::initializer_list<std::int64_t> shape, std::int64_t type,
                    const std::string& values) {
  return with_initializer(onnx_tensor("w", shape, type, values));
}

std::vector<HostileFile> odd_onnx_values() {
  return {
      {"scalar-weight", weights({}, 1, field(9, "abcd")), ""},
      {"no-values", weights({0, 3}, 1, ""), ""},
      {"no-values-but-huge", weights({0, kTwo40}, 1, field(9, "")), ""},
      {"8-axes", weights({1, 1, 1, 1, 1, 1, 1, 2}, 2, field(9, "ab")), ""},
      {"extents-packed",
       with_initializer(field(1, varints({2, 1})) + onnx_tensor("w", {}, 3, field(9, "ab"))), ""},
      {"floats-packed", weights({2}, 1, field(4, "abcdefgh")), ""},
      {"floats-one-by-one", weights({2}, 1, real_field(4, 1) + real_field(4, 2)), ""},
      {"floats-in-three-parts",
       weights({4}, 1, field(4, "abcdefgh") + real_field(4, 1) + field(4, "abcd") + field(4, "")),
       ""},
      {"doubles", weights({2}, 11, wide_field(10, 1) + wide_field(10, 2)), ""},
      {"int8", weights({3}, 3, field(5, varints({-128, 0, 127}))), ""},
      {"uint8", weights({3}, 2, field(5, varints({0, 1, 255}))), ""},
      {"int16", weights({2}, 5, field(5, varints({-32768, 32767}))), ""},
      {"uint16", weights({2}, 4, field(5, varints({0, 65535}))), ""},
      {"int32", weights({2}, 6, field(5, -1) + field(5, 1)), ""},
      {"int32-of-5-bytes", weights({1}, 6, field(5, varints({0xFFFF'FFFF}))), ""},
      {"int64", weights({2}, 7, field(7, varints({INT64_MIN, INT64_MAX}))), ""},
      {"uint32", weights({2}, 12, field(11, varints({0, 0xFFFF'FFFF}))), ""},
      {"uint64", weights({2}, 13, field(11, varints({0, -1}))), ""},
      {"bool", weights({2}, 9, field(5, varints({0, 1}))), ""},
      {"bool-raw-2", weights({2}, 9, field(9, "\1\2")), ""},
      {"float16", weights({2}, 10, field(5, varints({0x3C00, 0x7BFF}))), ""},
      {"float16-raw", weights({6}, 10, field(9, "\0\1\0\x7C\0\xFC\1\x7C\0\x3C\0\x80"s)), ""},
      {"bfloat16", weights({2}, 16, field(5, varints({0x3F80, 0xFFFF}))), ""},
      {"bfloat16-raw", weights({1}, 16, field(9, "ab")), ""},
      {"complex64", weights({1}, 14, field(4, "abcdefgh")), ""},
      {"complex128", weights({1}, 15, wide_field(10, 1) + wide_field(10, 2)), ""},
      {"float8", weights({2}, 17, field(5, varints({0, 255}))), ""},
      {"int4-raw", weights({3}, 22, field(9, "ab")), ""},
      {"int4-typed", weights({3}, 22, field(5, varints({0x21, 0x03}))), ""},
      {"uint2-typed", weights({5}, 25, field(5, varints({255, 1}))), ""},
      {"float6-typed", weights({5}, 27, field(5, varints({63, 0, 1, 2, 3}))), ""},
      {"float6-raw", weights({5}, 28, field(9, "abcd")), ""},
      {"texts", weights({2}, 8, field(6, "a") + field(6, "\xFF")), ""},
      {"other-fields", weights({1}, 2, field(9, "a") + field(12, "\xFF") + field(16, "junk")), ""},
      {"raw-twice", weights({1}, 2, field(9, "abc") + field(9, "d")), ""},
      {"empty-raw-beside-typed", weights({1}, 2, field(9, "") + field(5, 1)), ""},
      {"half-a-subnormal", weights({1}, 10, field(9, "\1\0"s)), ""},
  };
}

}  // namespace

std::vector<HostileFile> hostile_onnx_values() {
  std::vector<HostileFile> all = odd_onnx_values();
  const std::vector<HostileFile> wrong = {
      {"type-0", weights({1}, 0, field(9, "abcd")),
       "FILE: initializer \"w\": unknown type of values (found 0; expected 1 to 28)"},
      {"type-missing", with_initializer(field(1, 1) + field(8, "w") + field(9, "abcd")),
       "FILE: initializer \"w\": unknown type of values (found 0; expected 1 to 28)"},
      {"type-29", weights({1}, 29, field(9, "abcd")),
       "FILE: initializer \"w\": unknown type of values (found 29; expected 1 to 28)"},
      {"type-negative", weights({1}, -1, field(9, "abcd")),
       "FILE: initializer \"w\": unknown type of values (found -1; expected 1 to 28)"},
      {"type-2-to-32-plus-1", weights({1}, (std::int64_t{1} << 32) + 1, field(9, "abcd")),
       "FILE: initializer \"w\": unknown type of values (found 4294967297; expected 1 to 28)"},
      {"type-as-text", with_initializer(field(2, "FLOAT")),
       "FILE: damaged at byte 9 (found field 2 of another wire type; expected its own)"},
      {"tensor-name-not-utf8", with_initializer(onnx_tensor("\xFF", {}, 1, field(9, "abcd"))),
       "FILE: a text that is not UTF-8 at byte 11 (found \"?\"; expected UTF-8)"},
      {"tensor-name-as-number", with_initializer(field(8, 1)),
       "FILE: damaged at byte 9 (found field 8 of another wire type; expected its own)"},
      {"9-axes", weights({1, 1, 1, 1, 1, 1, 1, 1, 1}, 1, field(9, "abcd")),
       "FILE: initializer \"w\": too many axes (found 9; expected at most 8)"},
      {"1000-axes-packed",
       with_initializer(field(1, std::string(1000, '\1')) + field(2, 1) + field(9, "abcd")),
       "FILE: initializer: too many axes (found 1000; expected at most 8)"},
      {"extent-negative", weights({-1}, 1, field(9, "abcd")),
       "FILE: initializer \"w\": impossible shape (found (-1); expected extents from 0 and at most "
       "2^40 values)"},
      {"extent-least", weights({INT64_MIN}, 1, ""),
       "FILE: initializer \"w\": impossible shape (found (-9223372036854775808); expected extents "
       "from 0 and at most 2^40 values)"},
      {"extents-negative-twice", weights({-1, -1}, 1, field(9, "abcd")),
       "FILE: initializer \"w\": impossible shape (found (-1, -1); expected extents from 0 and at "
       "most 2^40 values)"},
      {"extents-overflow", weights({std::int64_t{1} << 32, std::int64_t{1} << 32}, 1, ""),
       "FILE: initializer \"w\": impossible shape (found (4294967296, 4294967296); expected "
       "extents from 0 and at most 2^40 values)"},
      {"extents-overflow-to-1", weights({INT64_MAX, INT64_MAX}, 2, field(9, "a")),
       "FILE: initializer \"w\": impossible shape (found (9223372036854775807, "
       "9223372036854775807); expected extents from 0 and at most 2^40 values)"},
      {"extents-overflow-beside-0", weights({0, INT64_MAX, INT64_MAX}, 1, ""),
       "FILE: initializer \"w\": impossible shape (found (0, 9223372036854775807, "
       "9223372036854775807); expected extents from 0 and at most 2^40 values)"},
      {"2-to-40-values-and-more", weights({kTwo40 + 1}, 1, ""),
       "FILE: initializer \"w\": impossible shape (found (1099511627777); expected extents from 0 "
       "and at most 2^40 values)"},
      {"2-to-40-values-of-nothing", weights({kTwo40}, 1, ""),
       "FILE: initializer \"w\": wrong size (found 0 bytes; expected 4398046511104 for float32 "
       "(1099511627776))"},
      {"2-to-40-doubles-of-nothing", weights({kTwo40}, 15, ""),
       "FILE: initializer \"w\": wrong size (found 0 bytes; expected 17592186044416 for complex128 "
       "(1099511627776))"},
      {"2-to-30-values-of-4-bytes", weights({1 << 30}, 1, field(9, "abcd")),
       "FILE: initializer \"w\": wrong size (found 4 bytes; expected 4294967296 for float32 "
       "(1073741824))"},
      {"extent-as-text", with_initializer(field(1, "\x80")),
       "FILE: damaged at byte 9 (found a field that is cut short; expected all of it)"},
      {"extent-as-fixed32", with_initializer(real_field(1, 1)),
       "FILE: damaged at byte 9 (found field 1 of another wire type; expected its own)"},
      {"raw-1-byte-short", weights({2}, 1, field(9, "abcdefg")),
       "FILE: initializer \"w\": wrong size (found 7 bytes; expected 8 for float32 (2))"},
      {"raw-1-byte-long", weights({2}, 1, field(9, "abcdefghi")),
       "FILE: initializer \"w\": wrong size (found 9 bytes; expected 8 for float32 (2))"},
      {"raw-for-none", weights({0}, 1, field(9, "a")),
       "FILE: initializer \"w\": wrong size (found 1 bytes; expected 0 for float32 (0))"},
      {"nothing-for-a-scalar", weights({}, 1, ""),
       "FILE: initializer \"w\": wrong size (found 0 bytes; expected 4 for float32 ())"},
      {"raw-as-number", weights({1}, 1, field(9, 1)),
       "FILE: damaged at byte 16 (found field 9 of another wire type; expected its own)"},
      {"int4-1-byte-short", weights({5}, 22, field(9, "ab")),
       "FILE: initializer \"w\": wrong size (found 2 bytes; expected 3 for int4 (5))"},
      {"int4-typed-1-short", weights({5}, 22, field(5, varints({1, 1}))),
       "FILE: initializer \"w\": wrong size (found 2 values; expected 3 for int4 (5))"},
      {"uint2-typed-1-long", weights({4}, 25, field(5, varints({1, 1}))),
       "FILE: initializer \"w\": wrong size (found 2 values; expected 1 for uint2 (4))"},
      {"float6-1-byte-short", weights({5}, 27, field(9, "abc")),
       "FILE: initializer \"w\": wrong size (found 3 bytes; expected 4 for float6e2m3 (5))"},
      {"complex64-of-one-float", weights({1}, 14, field(4, "abcd")),
       "FILE: initializer \"w\": wrong size (found 4 bytes; expected 8 for complex64 (1))"},
      {"floats-of-5-bytes", weights({1}, 1, field(4, "abcde")),
       "FILE: damaged at byte 16 (found a list that ends within a number; expected whole numbers)"},
      {"floats-as-numbers", weights({1}, 1, field(4, 1)),
       "FILE: damaged at byte 16 (found field 4 of another wire type; expected its own)"},
      {"floats-as-fixed64", weights({1}, 1, wide_field(4, 1)),
       "FILE: damaged at byte 16 (found field 4 of another wire type; expected its own)"},
      {"doubles-of-12-bytes", weights({1}, 11, field(10, "abcdefghijkl")),
       "FILE: damaged at byte 16 (found a list that ends within a number; expected whole numbers)"},
      {"doubles-as-fixed32", weights({1}, 11, real_field(10, 1)),
       "FILE: damaged at byte 16 (found field 10 of another wire type; expected its own)"},
      {"int32-as-fixed32", weights({1}, 6, real_field(5, 1)),
       "FILE: damaged at byte 16 (found field 5 of another wire type; expected its own)"},
      {"int64-cut-short", weights({1}, 7, field(7, "\x80")),
       "FILE: damaged at byte 16 (found a field that is cut short; expected all of it)"},
      {"int64-of-11-bytes", weights({1}, 7, field(7, std::string(10, '\xFF') + "\1")),
       "FILE: damaged at byte 16 (found a number of more than 10 bytes; expected at most 64 bits)"},
      {"int64-one-by-one-of-11-bytes", weights({1}, 7, "\x38" + std::string(10, '\xFF') + "\1"),
       "FILE: damaged at byte 16 (found a number of more than 10 bytes; expected at most 64 bits)"},
      {"floats-1-short", weights({3}, 1, real_field(4, 1) + real_field(4, 2)),
       "FILE: initializer \"w\": wrong size (found 8 bytes; expected 12 for float32 (3))"},
      {"floats-1-long", weights({1}, 1, field(4, "abcdefgh")),
       "FILE: initializer \"w\": wrong size (found 8 bytes; expected 4 for float32 (1))"},
      {"int64-1-short", weights({3}, 7, field(7, varints({1, 300}))),
       "FILE: initializer \"w\": wrong size (found 2 values; expected 3 for int64 (3))"},
      {"int64-1-long", weights({1}, 7, field(7, varints({1, 300}))),
       "FILE: initializer \"w\": wrong size (found 2 values; expected 1 for int64 (1))"},
      {"float-in-int64", weights({1}, 1, field(7, 1)),
       "FILE: initializer \"w\": values of another type (found int64_data; expected float_data for "
       "float32)"},
      {"int64-in-int32", weights({1}, 7, field(5, 1)),
       "FILE: initializer \"w\": values of another type (found int32_data; expected int64_data for "
       "int64)"},
      {"int64-in-uint64", weights({1}, 7, field(11, 1)),
       "FILE: initializer \"w\": values of another type (found uint64_data; expected int64_data "
       "for int64)"},
      {"double-in-float", weights({1}, 11, real_field(4, 1)),
       "FILE: initializer \"w\": values of another type (found float_data; expected double_data "
       "for float64)"},
      {"float-in-texts", weights({1}, 1, field(6, "1.0")),
       "FILE: initializer \"w\": values of another type (found string_data; expected float_data "
       "for float32)"},
      {"text-in-raw", weights({1}, 8, field(9, "a")),
       "FILE: initializer \"w\": raw text (found raw_data; expected string_data)"},
      {"text-in-float", weights({1}, 8, real_field(4, 1)),
       "FILE: initializer \"w\": values of another type (found float_data; expected string_data "
       "for string)"},
      {"texts-1-short", weights({3}, 8, field(6, "a") + field(6, "b")),
       "FILE: initializer \"w\": wrong size (found 2 texts; expected 3 for string (3))"},
      {"text-as-number", weights({1}, 8, field(6, 1)),
       "FILE: damaged at byte 16 (found field 6 of another wire type; expected its own)"},
      {"uint8-256", weights({1}, 2, field(5, 256)),
       "FILE: initializer \"w\": a value out of range (found 256; expected 0 to 255 in int32_data "
       "of uint8)"},
      {"uint8-negative", weights({1}, 2, field(5, -1)),
       "FILE: initializer \"w\": a value out of range (found -1; expected 0 to 255 in int32_data "
       "of uint8)"},
      {"int8-128", weights({1}, 3, field(5, 128)),
       "FILE: initializer \"w\": a value out of range (found 128; expected -128 to 127 in "
       "int32_data of int8)"},
      {"int8-minus-129", weights({1}, 3, field(5, -129)),
       "FILE: initializer \"w\": a value out of range (found -129; expected -128 to 127 in "
       "int32_data of int8)"},
      {"uint16-65536", weights({1}, 4, field(5, 65536)),
       "FILE: initializer \"w\": a value out of range (found 65536; expected 0 to 65535 in "
       "int32_data of uint16)"},
      {"int16-32768", weights({1}, 5, field(5, 32768)),
       "FILE: initializer \"w\": a value out of range (found 32768; expected -32768 to 32767 in "
       "int32_data of int16)"},
      {"bool-2", weights({1}, 9, field(5, 2)),
       "FILE: initializer \"w\": a value out of range (found 2; expected 0 to 1 in int32_data of "
       "bool)"},
      {"float16-65536", weights({1}, 10, field(5, 65536)),
       "FILE: initializer \"w\": a value out of range (found 65536; expected 0 to 65535 in "
       "int32_data of float16)"},
      {"float16-negative", weights({1}, 10, field(5, -1)),
       "FILE: initializer \"w\": a value out of range (found -1; expected 0 to 65535 in int32_data "
       "of float16)"},
      {"bfloat16-65536", weights({1}, 16, field(5, 65536)),
       "FILE: initializer \"w\": a value out of range (found 65536; expected 0 to 65535 in "
       "int32_data of bfloat16)"},
      {"uint32-2-to-32", weights({1}, 12, field(11, std::int64_t{1} << 32)),
       "FILE: initializer \"w\": a value out of range (found 4294967296; expected 0 to 4294967295 "
       "in uint64_data of uint32)"},
      {"uint32-negative", weights({1}, 12, field(11, -1)),
       "FILE: initializer \"w\": a value out of range (found -1; expected 0 to 4294967295 in "
       "uint64_data of uint32)"},
      {"int4-256", weights({2}, 22, field(5, 256)),
       "FILE: initializer \"w\": a value out of range (found 256; expected 0 to 255 in int32_data "
       "of int4)"},
      {"float6-64", weights({1}, 27, field(5, 64)),
       "FILE: initializer \"w\": a value out of range (found 64; expected 0 to 63 in int32_data of "
       "float6e2m3)"},
      {"raw-and-typed", weights({1}, 1, field(9, "abcd") + real_field(4, 1)),
       "FILE: initializer \"w\": values more than once (found 2 of raw, typed and external data; "
       "expected one)"},
      {"raw-and-texts", weights({1}, 2, field(9, "a") + field(6, "a")),
       "FILE: initializer \"w\": values more than once (found 2 of raw, typed and external data; "
       "expected one)"},
      {"two-typed", weights({1}, 1, real_field(4, 1) + field(5, 1)),
       "FILE: initializer \"w\": values more than once (found 2 of raw, typed and external data; "
       "expected one)"},
      {"segment", weights({1}, 1, field(9, "abcd") + field(3, field(1, 0) + field(2, 1))),
       "FILE: initializer \"w\": a segment of a tensor (found one; expected whole tensors)"},
      {"data-location-2", weights({1}, 1, field(9, "abcd") + field(14, 2)),
       "FILE: initializer \"w\": bad data_location (found 2; expected 0 or 1)"},
      {"data-location-negative", weights({1}, 1, field(9, "abcd") + field(14, -1)),
       "FILE: initializer \"w\": bad data_location (found -1; expected 0 or 1)"},
      {"data-location-as-text", weights({1}, 1, field(14, "EXTERNAL")),
       "FILE: damaged at byte 16 (found field 14 of another wire type; expected its own)"},
  };
  all.insert(all.end(), wrong.begin(), wrong.end());
  return all;
}

}  // namespace pellucid::test
