#include "runtime/formats/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "runtime/error.h"

namespace pellucid {
namespace {

template <class T>
bool parse_all(const std::string& text, T& value) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc{} && stop == end;
}

template <class T>
T parse_number(const std::string& text, const char* option, T least, T most, const char* kind) {
  const std::string problem = number_problem(text, least, most, kind);
  if (!problem.empty()) throw UsageError(concat(option, " ", problem));
  T value = 0;
  parse_all(text, value);
  return value;
}

}  // namespace

template <class T>
std::string number_problem(const std::string& text, T least, T most, const char* kind) {
  T value{};
  if (parse_all(text, value) && value >= least && value <= most) return "";
  const bool open = most == std::numeric_limits<T>::max();
  return open ? fmt::format("expects {} of at least {}, got '{}'", kind, least, text)
              : fmt::format("expects {} from {} to {}, got '{}'", kind, least, most, text);
}
template std::string number_problem(const std::string&, int, int, const char*);
template std::string number_problem(const std::string&, std::uint64_t, std::uint64_t, const char*);
template std::string number_problem(const std::string&, double, double, const char*);

int parse_whole(const std::string& text, const char* option, int least, int most) {
  return parse_number(text, option, least, most, "a whole number");
}

double parse_real(const std::string& text, const char* option, double least, double most) {
  return parse_number(text, option, least, most, "a number");
}

std::vector<std::string> split_list(const std::string& text, const char* option) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    if (parts.back().empty())
      throw UsageError(concat(option, " expects a list a,b,…, got '", text, "'"));
    begin = end + 1;
  }
  return parts;
}

std::string number_text(double value) { return fmt::format("{}", value); }

}  // namespace pellucid
