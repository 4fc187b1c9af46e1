#include <cmath>
#include <cstring>

#include "tests/hostile/formats.h"

namespace pellucid::test {
namespace {

using namespace std::string_literals;

std::string with_header(const std::string& header, const std::string& data) {
  return "\x93NUMPY\x01\0"s + static_cast<char>(header.size() & 0xFF) +
         static_cast<char>(header.size() >> 8) + header + data;
}

std::string npy(const std::string& type, const std::string& shape, std::size_t bytes,
                const std::string& order = "False") {
  return with_header(
      "{'descr': '" + type + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }\n",
      std::string(bytes, '\0'));
}

std::string float_label(float value) {
  std::string bytes = npy("<f4", "(1, 1)", 4);
  std::memcpy(bytes.data() + bytes.size() - 4, &value, 4);
  return bytes;
}

}  // namespace

std::vector<HostileFile> hostile_npy() {
  const std::string good = npy("<f4", "(2, 3)", 24);
  return {
      {"plain", good, ""},
      {"one-number", npy("<f4", "()", 4), ""},
      {"no-elements", npy("<f4", "(0, 4)", 0), ""},
      {"no-elements-of-the-longest-rows", npy("<f4", "(0, 9223372036854775807)", 0), ""},
      {"four-axes", npy("<f4", "(1, 2, 1, 1)", 8), ""},
      {"one-axis", npy("<f4", "(3,)", 12), ""},
      {"empty", "", "FILE: truncated (found 0 bytes; expected a .npy file)"},
      {"magic-cut", good.substr(0, 5), "FILE: truncated (found 5 bytes; expected a .npy file)"},
      {"magic-only", good.substr(0, 6), "FILE: truncated (found 6 bytes; expected a .npy file)"},
      {"version-cut", good.substr(0, 7), "FILE: truncated (found 7 bytes; expected a .npy file)"},
      {"length-cut", good.substr(0, 9), "FILE: truncated (found 9 bytes; expected a .npy file)"},
      {"header-missing", good.substr(0, 10),
       "FILE: truncated (found 0 bytes of the header; expected 60)"},
      {"header-cut", good.substr(0, 40),
       "FILE: truncated (found 30 bytes of the header; expected 60)"},
      {"zip", "PK\3\4 an .npz file",
       "FILE: not a .npy file (found \"PK?? a\"; expected \\x93NUMPY)"},
      {"magic-in-text-mode", "\x3FNUMPY\x01\0"s + good.substr(8),
       "FILE: not a .npy file (found \"?NUMPY\"; expected \\x93NUMPY)"},
      {"version-2", "\x93NUMPY\x02\0\x10\0\0\0"s, "FILE: wrong version (found 2.0; expected 1.0)"},
      {"version-1-1", "\x93NUMPY\x01\x01\x10\0"s, "FILE: wrong version (found 1.1; expected 1.0)"},
      {"version-0", "\x93NUMPY\0\0\x10\0"s, "FILE: wrong version (found 0.0; expected 1.0)"},
      {"header-of-0", with_header("", ""),
       "FILE: wrong header (found \"\"; expected {'descr': '<f4', 'fortran_order': False, 'shape': "
       "(…), })"},
      {"header-of-65535", with_header(std::string(65535, ' '), ""),
       "FILE: wrong header (found \"\"; expected {'descr': '<f4', 'fortran_order': False, 'shape': "
       "(…), })"},
      {"header-of-zero-bytes", with_header(std::string(16, '\0'), ""),
       "FILE: wrong header (found \"????????????????\"; expected {'descr': '<f4', 'fortran_order': "
       "False, 'shape': (…), })"},
      {"header-is-json",
       with_header(R"({"descr": "<f4", "fortran_order": false, "shape": [1]})", "1234"),
       "FILE: wrong header (found \"{\"descr\": \"<f4\", \"fortran_order\": false, \"shape\": "
       "[1]}\"; expected {'descr': '<f4', 'fortran_order': False, 'shape': (…), })"},
      {"header-in-other-order",
       with_header("{'fortran_order': False, 'descr': '<f4', 'shape': (1,), }", "1234"),
       "FILE: wrong header (found \"{'fortran_order': False, 'descr': '<f4', 'shape': (1,), }\"; "
       "expected {'descr': '<f4', 'fortran_order': False, 'shape': (…), })"},
      {"header-with-code-behind",
       with_header("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), } + x", "1234"),
       "FILE: wrong header (found \"{'descr': '<f4', 'fortran_order': False, 'shape': (1,), } + "
       "x\"; expected {'descr': '<f4', 'fortran_order': False, 'shape': (…), })"},
      {"header-without-shape", with_header("{'descr': '<f4', 'fortran_order': False, }", "1234"),
       "FILE: wrong header (found \"{'descr': '<f4', 'fortran_order': False, }\"; expected "
       "{'descr': '<f4', 'fortran_order': False, 'shape': (…), })"},
      {"column-major", npy("<f4", "(2, 3)", 24, "True"),
       "FILE: column by column (found 'fortran_order': True; expected False)"},
      {"big-endian", npy(">f4", "(1,)", 4), "FILE: wrong type (found \">f4\"; expected \"<f4\")"},
      {"f8", npy("<f8", "(1,)", 8), "FILE: wrong type (found \"<f8\"; expected \"<f4\")"},
      {"objects", npy("|O", "(1,)", 8),
       "FILE: wrong header (found \"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\"; "
       "expected {'descr': '<f4', 'fortran_order': False, 'shape': (…), })"},
      {"text", npy("<U4", "(1,)", 16), "FILE: wrong type (found \"<U4\"; expected \"<f4\")"},
      {"five-axes", npy("<f4", "(1, 1, 1, 1, 1)", 4),
       "FILE: bad shape (found (1, 1, 1, 1, 1); expected 0 to 4 whole numbers with a product below "
       "2^63)"},
      {"negative-extent", npy("<f4", "(2, -3)", 24),
       "FILE: bad shape (found (2, -3); expected 0 to 4 whole numbers with a product below 2^63)"},
      {"extent-with-point", npy("<f4", "(2.0, 3)", 24),
       "FILE: bad shape (found (2.0, 3); expected 0 to 4 whole numbers with a product below 2^63)"},
      {"extent-is-a-name", npy("<f4", "(n, 3)", 24),
       "FILE: bad shape (found (n, 3); expected 0 to 4 whole numbers with a product below 2^63)"},
      {"extent-hexadecimal", npy("<f4", "(0x2, 3)", 24),
       "FILE: bad shape (found (0x2, 3); expected 0 to 4 whole numbers with a product below 2^63)"},
      {"extent-2-to-63", npy("<f4", "(9223372036854775808,)", 4),
       "FILE: bad shape (found (9223372036854775808,); expected 0 to 4 whole numbers with a "
       "product below 2^63)"},
      {"product-2-to-64", npy("<f4", "(4294967296, 4294967296)", 0),
       "FILE: bad shape (found (4294967296, 4294967296); expected 0 to 4 whole numbers with a "
       "product below 2^63)"},
      {"bytes-2-to-64", npy("<f4", "(4611686018427387904,)", 0),
       "FILE: wrong size (found 0 bytes of values; expected 4611686018427387904 times 4)"},
      {"no-comma", npy("<f4", "(2 3)", 24),
       "FILE: bad shape (found (2 3); expected 0 to 4 whole numbers with a product below 2^63)"},
      {"comma-first", npy("<f4", "(, 3)", 12),
       "FILE: bad shape (found (, 3); expected 0 to 4 whole numbers with a product below 2^63)"},
      {"shape-without-brackets",
       with_header("{'descr': '<f4', 'fortran_order': False, 'shape': 3, }", ""),
       "FILE: wrong header (found \"{'descr': '<f4', 'fortran_order': False, 'shape': 3, }\"; "
       "expected {'descr': '<f4', 'fortran_order': False, 'shape': (…), })"},
      {"values-cut", good.substr(0, good.size() - 1),
       "FILE: wrong size (found 23 bytes of values; expected 6 times 4)"},
      {"no-values", good.substr(0, good.size() - 24),
       "FILE: wrong size (found 0 bytes of values; expected 6 times 4)"},
      {"bytes-behind", good + "x",
       "FILE: wrong size (found 25 bytes of values; expected 6 times 4)"},
  };
}

std::vector<HostileFile> hostile_labels() {
  return {
      {"bytes", npy("|u1", "(2, 3)", 6), ""},
      {"integers", npy("<i4", "(2, 3)", 24), ""},
      {"long-integers", npy("<i8", "(1, 3)", 24), ""},
      {"whole-floats", float_label(-7), ""},
      {"doubles", npy("<f8", "(1, 1)", 8), ""},
      {"booleans", npy("|b1", "(1, 1)", 1), ""},
      {"unsigned", npy("<u4", "(1, 1)", 4), ""},
      {"column-major-labels", npy("<u2", "(2, 3)", 12, "True"), ""},
      {"big-endian-labels", npy(">i8", "(1, 2)", 16), ""},
      {"half-floats", npy("<f2", "(1, 1)", 2),
       "FILE: not labels (found type \"<f2\"; expected whole numbers, truth values, \"f4\" or "
       "\"f8\")"},
      {"complex", npy("<c8", "(1, 1)", 8),
       "FILE: not labels (found type \"<c8\"; expected whole numbers, truth values, \"f4\" or "
       "\"f8\")"},
      {"size-of-no-type", npy("<i3", "(1, 1)", 3),
       "FILE: not labels (found type \"<i3\"; expected whole numbers, truth values, \"f4\" or "
       "\"f8\")"},
      {"label-2-to-63", npy("<u8", "(1, 1)", 0) + std::string(7, '\0') + "\x80",
       "FILE: a label is too large (found 9223372036854775808; expected less than 2^63)"},
      {"one-axis", npy("|u1", "(6,)", 6),
       "FILE: not a label image (found 1 axes; expected 2, height and width)"},
      {"three-axes", npy("|u1", "(1, 2, 3)", 6),
       "FILE: not a label image (found 3 axes; expected 2, height and width)"},
      {"no-row", npy("|u1", "(0, 3)", 0),
       "FILE: an empty picture (found 0×3; expected at least 1×1)"},
      {"row-above-limit", npy("|u1", "(1, 16385)", 16385),
       "FILE: too large (found 1×16385; expected at most 16384 a side)"},
      {"values-cut", npy("<i8", "(1, 1)", 4),
       "FILE: wrong size (found 4 bytes of values; expected 1 times 8)"},
      {"half", float_label(0.5f), "FILE: a label is not whole (found 0.5; expected whole numbers)"},
      {"not-a-number", float_label(NAN),
       "FILE: a label is not whole (found nan; expected whole numbers)"},
      {"infinite", float_label(INFINITY),
       "FILE: a label is not whole (found inf; expected whole numbers)"},
      {"2-to-62", float_label(0x1p62f),
       "FILE: a label is not whole (found 4.61169e+18; expected whole numbers)"},
      {"too-many-labels",
       [] {
         std::string bytes = npy("<i4", "(1, 1025)", 4100);
         for (std::int32_t i = 0; i < 1025; ++i)
           std::memcpy(bytes.data() + bytes.size() - 4100 + 4 * i, &i, 4);
         return bytes;
       }(),
       "FILE: too many segments (found 1025; expected at most 1024)"},
  };
}

}  // namespace pellucid::test
