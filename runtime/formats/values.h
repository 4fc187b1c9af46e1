// values.h: numbers and lists from the text of an option or a setting.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pellucid {

// "expects a whole number from 1 to 9, got 'ten'", or "" if all of `text` is a number in [least, most],
// of which the greatest that T holds is none. kind: "a whole number". T: int, std::uint64_t, double.
template <class T>
std::string number_problem(const std::string& text, T least, T most, const char* kind);

// Whole and real numbers from all of `text`; throw UsageError naming the option.
int parse_whole(const std::string& text, const char* option, int least, int most);
double parse_real(const std::string& text, const char* option, double least, double most);

// "a,b,c" at the commas; throws UsageError naming the option if a part is empty.
std::vector<std::string> split_list(const std::string& text, const char* option);

// The shortest text that is read as the same number: "0.05".
std::string number_text(double value);

}  // namespace pellucid
