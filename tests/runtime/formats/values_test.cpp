#include "runtime/formats/values.h"

#include <doctest/doctest.h>

#include <limits>

#include "runtime/error.h"

using namespace pellucid;

TEST_CASE("numbers are read from the whole of a text, within their range, bounds included") {
  CHECK(parse_whole("1", "--n", 1, 9) == 1);
  CHECK(parse_whole("9", "--n", 1, 9) == 9);
  CHECK(parse_whole("-3", "--n", -3, 9) == -3);
  CHECK(parse_real("0.25", "--x", 0, 1) == 0.25);
  CHECK(parse_real("1e-3", "--x", 0, 1) == 1e-3);
  CHECK(parse_real("1", "--x", 0, 1) == 1);
  for (const char* text : {"", "0", "10", "5 ", " 5", "5x", "5.0", "0x5", "five", "99999999999"})
    CHECK_THROWS_WITH_AS(parse_whole(text, "--n", 1, 9),
                         concat("--n expects a whole number from 1 to 9, got '", text, "'").c_str(),
                         UsageError);
  for (const char* text : {"", "1.5", "-0.1", "nan", "inf", "1e400", "0,5", "0.5 "})
    CHECK_THROWS_WITH_AS(parse_real(text, "--x", 0, 1),
                         concat("--x expects a number from 0 to 1, got '", text, "'").c_str(),
                         UsageError);
}

TEST_CASE("a problem with a number says the range, or that it is open above") {
  constexpr std::uint64_t all = std::numeric_limits<std::uint64_t>::max();
  CHECK(number_problem<std::uint64_t>("18446744073709551615", 0, all, "a whole number") == "");
  CHECK(number_problem<std::uint64_t>("18446744073709551616", 0, all, "a whole number") ==
        "expects a whole number of at least 0, got '18446744073709551616'");
  CHECK(number_problem<std::uint64_t>("-1", 0, all, "a whole number") ==
        "expects a whole number of at least 0, got '-1'");
  CHECK(number_problem("7", 1, 6, "a die") == "expects a die from 1 to 6, got '7'");
}

TEST_CASE("a list is split at its commas; an empty part is an error that names the option") {
  CHECK(split_list("a", "--l") == std::vector<std::string>{"a"});
  CHECK(split_list("a,b c,é", "--l") == std::vector<std::string>{"a", "b c", "é"});
  for (const char* text : {"", ",", "a,", ",a", "a,,b"})
    CHECK_THROWS_WITH_AS(split_list(text, "--l"),
                         concat("--l expects a list a,b,…, got '", text, "'").c_str(), UsageError);
}

TEST_CASE("a number's text is the shortest that reads as the same number") {
  for (const double value : {0.0, 0.05, 1.0, 1e-6, 1.0 / 3, 1e300, 5e-324, 123456789.125})
    CHECK(parse_real(number_text(value), "--x", 0, 1e301) == value);
  CHECK(number_text(0.05) == "0.05");
  CHECK(number_text(1) == "1");
}
