#include "runtime/formats/json.h"

#include "runtime/error.h"
#include "tests/hostile/formats.h"

namespace pellucid::test {
namespace {

using namespace std::string_literals;

std::string nested(std::size_t depth, const std::string& open, const std::string& close) {
  std::string text;
  for (std::size_t i = 0; i < depth; ++i) text += open;
  text += "0";
  for (std::size_t i = 0; i < depth; ++i) text += close;
  return text;
}

std::string keys(std::size_t count) {
  std::string text = "{";
  for (std::size_t i = 0; i < count; ++i) text += concat(i ? "," : "", "\"", i, "\":0");
  return text + "}";
}

}  // namespace

std::vector<HostileFile> hostile_json() {
  return {
      {"plain", R"({"a":[true,false,null,-2,0.5e-3,"\u00fc\ud83d\ude00\n"],"b":{}})", ""},
      {"byte-order-mark", "\xEF\xBB\xBF{}", ""},
      {"same-key-elsewhere", R"({"a":{"a":1},"b":{"a":2}})", ""},
      {"64-deep", nested(kJsonMaxDepth, "[", "]"), ""},
      {"10000-keys", keys(kJsonMaxKeys), ""},
      {"empty", "",
       "FILE: not JSON at line 1, column 1 (found end of input; expected '[', '{', or a literal)"},
      {"blanks-only", " \n\t",
       "FILE: not JSON at line 2, column 2 (found end of input; expected '[', '{', or a literal)"},
      {"byte-order-mark-cut", "\xEF\xBB",
       "FILE: not JSON at line 1, column 3 (found invalid BOM; must be 0xEF 0xBB 0xBF if given; "
       "expected JSON)"},
      {"byte-order-mark-of-utf-16", "\xFF\xFE{\0}\0"s,
       "FILE: not JSON at line 1, column 4 (found a zero byte; expected JSON)"},
      {"object-cut", "{",
       "FILE: not JSON at line 1, column 2 (found end of input; expected string literal)"},
      {"key-cut", R"({"a)",
       "FILE: not JSON at line 1, column 4 (found invalid string: missing closing quote; expected "
       "string literal)"},
      {"value-missing", R"({"a":})",
       "FILE: not JSON at line 1, column 6 (found '}'; expected '[', '{', or a literal)"},
      {"colon-missing", R"({"a" 1})",
       "FILE: not JSON at line 1, column 6 (found number literal; expected ':')"},
      {"key-without-quotes", "{a:1}",
       "FILE: not JSON at line 1, column 2 (found invalid literal; expected string literal)"},
      {"key-in-single-quotes", "{'a':1}",
       "FILE: not JSON at line 1, column 2 (found invalid literal; expected string literal)"},
      {"comma-behind-last-value", R"({"a":1,})",
       "FILE: not JSON at line 1, column 8 (found '}'; expected string literal)"},
      {"comma-behind-last-element", "[1,]",
       "FILE: not JSON at line 1, column 4 (found ']'; expected '[', '{', or a literal)"},
      {"comma-missing", "[1 2]",
       "FILE: not JSON at line 1, column 4 (found number literal; expected ']')"},
      {"bracket-of-other-kind", "[1}",
       "FILE: not JSON at line 1, column 3 (found '}'; expected ']')"},
      {"array-cut", "[1,\n2",
       "FILE: not JSON at line 2, column 2 (found end of input; expected ']')"},
      {"two-documents", "{}\n{}",
       "FILE: not JSON at line 2, column 1 (found '{'; expected end of input)"},
      {"text-behind", "[1] and more",
       "FILE: not JSON at line 1, column 5 (found invalid literal; expected end of input)"},
      {"zero-byte-behind", "[1]\0 and more"s,
       "FILE: not JSON at line 1, column 4 (found a zero byte; expected JSON)"},
      {"zero-byte-in-text", "[\"a\0b\"]"s,
       "FILE: not JSON at line 1, column 4 (found a zero byte; expected JSON)"},
      {"literal-cut", "[nul]",
       "FILE: not JSON at line 1, column 5 (found invalid literal; expected JSON)"},
      {"literal-in-capitals", "[True]",
       "FILE: not JSON at line 1, column 2 (found invalid literal; expected JSON)"},
      {"comment", "// made by hand\n{}",
       "FILE: not JSON at line 1, column 1 (found invalid literal; expected JSON)"},
      {"not-a-number", "[NaN]",
       "FILE: not JSON at line 1, column 2 (found invalid literal; expected JSON)"},
      {"infinity", "[Infinity]",
       "FILE: not JSON at line 1, column 2 (found invalid literal; expected JSON)"},
      {"negative-infinity", "[-Infinity]",
       "FILE: not JSON at line 1, column 3 (found invalid number; expected digit after '-')"},
      {"1e999", "[1e999]",
       "FILE: number out of range at line 1, column 6 (found 1e999; expected at most "
       "1.79769e+308)"},
      {"minus-1e999", "[-1e999]",
       "FILE: number out of range at line 1, column 7 (found -1e999; expected at most "
       "1.79769e+308)"},
      {"number-of-400-digits", "[1" + std::string(400, '0') + "]",
       "FILE: number out of range at line 1, column 402 (found "
       "10000000000000000000000000000000000000000000000000000000000000000000000000000000…; "
       "expected at most 1.79769e+308)"},
      {"leading-zero", "[01]",
       "FILE: not JSON at line 1, column 3 (found number literal; expected ']')"},
      {"plus", "[+1]", "FILE: not JSON at line 1, column 2 (found invalid literal; expected JSON)"},
      {"minus-only", "[-]",
       "FILE: not JSON at line 1, column 3 (found invalid number; expected digit after '-')"},
      {"point-only", "[.5]",
       "FILE: not JSON at line 1, column 2 (found invalid literal; expected JSON)"},
      {"no-digit-behind-point", "[1.]",
       "FILE: not JSON at line 1, column 4 (found invalid number; expected digit after '.')"},
      {"no-digit-in-exponent", "[1e]",
       "FILE: not JSON at line 1, column 4 (found invalid number; expected '+', '-', or digit "
       "after exponent)"},
      {"hexadecimal", "[0x10]",
       "FILE: not JSON at line 1, column 3 (found invalid literal; expected ']')"},
      {"new-line-in-text", "[\"a\nb\"]",
       "FILE: not JSON at line 1, column 4 (found invalid string: control character U+000A (LF) "
       "must be escaped to \\u000A or \\n; expected JSON)"},
      {"unknown-escape", R"(["\x41"])",
       "FILE: not JSON at line 1, column 4 (found invalid string: forbidden character after "
       "backslash; expected JSON)"},
      {"escape-cut", R"(["\u12)",
       "FILE: not JSON at line 1, column 7 (found invalid string: '\\u' must be followed by 4 hex "
       "digits; expected JSON)"},
      {"half-a-surrogate-pair", R"(["\ud800"])",
       "FILE: not JSON at line 1, column 9 (found invalid string: surrogate U+D800..U+DBFF must be "
       "followed by U+DC00..U+DFFF; expected JSON)"},
      {"invalid-utf-8", "[\"\xFF\"]",
       "FILE: not JSON at line 1, column 3 (found invalid string: ill-formed UTF-8 byte; expected "
       "JSON)"},
      {"overlong-utf-8", "[\"\xC0\xAF\"]",
       "FILE: not JSON at line 1, column 3 (found invalid string: ill-formed UTF-8 byte; expected "
       "JSON)"},
      {"latin-1", "[\"M\xE4rz\"]",
       "FILE: not JSON at line 1, column 5 (found invalid string: ill-formed UTF-8 byte; expected "
       "JSON)"},
      {"utf-8-cut", "[\"\xC3",
       "FILE: not JSON at line 1, column 4 (found invalid string: ill-formed UTF-8 byte; expected "
       "JSON)"},
      {"duplicate-key", R"({"a":1,"b":{"c":1,"c":2}})",
       "FILE: duplicate key (found \"c\" twice; expected it once)"},
      {"duplicate-key-by-escape", R"({"a":1,"\u0061":2})",
       "FILE: duplicate key (found \"a\" twice; expected it once)"},
      {"duplicate-long-key",
       [] {
         const std::string key = "\"" + std::string(500, 'k') + "\":0";
         return "{" + key + "," + key + "}";
       }(),
       "FILE: duplicate key (found "
       "\"kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk…\" "
       "twice; expected it once)"},
      {"duplicate-key-with-escape-sequence", R"({"\u001b[2J":1,"\u001b[2J":2})",
       "FILE: duplicate key (found \"?[2J\" twice; expected it once)"},
      {"65-deep", nested(kJsonMaxDepth + 1, "[", "]"),
       "FILE: too deep (found more objects and arrays in each other; expected at most 64)"},
      {"65-objects-deep", nested(kJsonMaxDepth + 1, R"({"a":)", "}"),
       "FILE: too deep (found more objects and arrays in each other; expected at most 64)"},
      {"5000000-deep", std::string(5'000'000, '['),
       "FILE: too deep (found more objects and arrays in each other; expected at most 64)"},
      {"10001-keys", keys(kJsonMaxKeys + 1),
       "FILE: too many keys (found more in one object; expected at most 10000)"},
      {"above-16-mib", std::string(kJsonMaxFileBytes + 1, ' '),
       "FILE: too large (found 16777217 bytes; expected at most 16777216)"},
  };
}

// Lines of the Python peers.
std::vector<HostileFile> hostile_json_lines() {
  const std::string good = R"({"peer":"torch","task":"forward","seconds":0.5,"peak_bytes":1e6})"
                           "\n";
  return {
      {"plain",
       good + R"({"peer":"lime","task":"explain","error":"no module"})"
              "\n",
       ""},
      {"without-last-new-line", R"({"peer":"torch"})", ""},
      {"blank-line", good + "\n" + good,
       "FILE: line 2: not JSON at line 1, column 1 (found end of input; expected '[', '{', or a "
       "literal)"},
      {"second-line-cut", good + R"({"peer":"to)",
       "FILE: line 2: not JSON at line 1, column 12 (found invalid string: missing closing quote; "
       "expected JSON)"},
      {"two-on-a-line", R"({"peer":"a"} {"peer":"b"})",
       "FILE: line 1: not JSON at line 1, column 14 (found '{'; expected end of input)"},
      {"array-of-lines", "[" + good + "]",
       "FILE: line 1: not JSON at line 1, column 66 (found end of input; expected ']')"},
      {"one-over-two-lines", "{\"peer\":\n\"a\"}",
       "FILE: line 1: not JSON at line 1, column 9 (found end of input; expected '[', '{', or a "
       "literal)"},
      {"python-warning", "UserWarning: no GPU\n" + good,
       "FILE: line 1: not JSON at line 1, column 1 (found invalid literal; expected JSON)"},
      {"number-as-line", good + "3\n", "FILE: line 2: wrong value (found 3; expected an object)"},
      {"null-as-line", "null\n", "FILE: line 1: wrong value (found null; expected an object)"},
      {"peer-is-a-number", R"({"peer":3})",
       "FILE: line 1: peer: wrong value (found 3; expected a text)"},
      {"seconds-as-text", R"({"peer":"a","seconds":"0.5"})",
       "FILE: line 1: seconds: wrong value (found \"0.5\"; expected a number from 0 to 1e+09)"},
      {"seconds-null", R"({"peer":"a","seconds":null})",
       "FILE: line 1: seconds: wrong value (found null; expected a number from 0 to 1e+09)"},
      {"seconds-not-a-number", R"({"peer":"a","seconds":NaN})",
       "FILE: line 1: not JSON at line 1, column 23 (found invalid literal; expected JSON)"},
      {"seconds-negative", R"({"peer":"a","seconds":-1})",
       "FILE: line 1: seconds: wrong value (found -1; expected a number from 0 to 1e+09)"},
      {"seconds-1e999", R"({"peer":"a","seconds":1e999})",
       "FILE: line 1: number out of range at line 1, column 27 (found 1e999; expected at most "
       "1.79769e+308)"},
      {"peer-twice", good + R"({"peer":"a","peer":"b"})",
       "FILE: line 2: duplicate key (found \"peer\" twice; expected it once)"},
      {"zero-byte", good + "{}\0"s,
       "FILE: line 2: not JSON at line 1, column 3 (found a zero byte; expected JSON)"},
      {"invalid-utf-8", good + "{\"peer\":\"\xFE\"}",
       "FILE: line 2: not JSON at line 1, column 10 (found invalid string: ill-formed UTF-8 byte; "
       "expected JSON)"},
  };
}

}  // namespace pellucid::test
