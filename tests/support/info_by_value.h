// doctest's INFO and CAPTURE for clang before 16, whose lambdas capture no structured bindings: the text is made
// at once, not by a lambda once a check fails.
#pragma once

#include <doctest/doctest.h>

#include <sstream>
#include <string>

namespace pellucid::test {

class InfoText {
 public:
  template <typename T>
  InfoText& operator*(const T& value) {
    text_ << doctest::toString(value);
    return *this;
  }
  template <typename T>
  InfoText& operator,(const T& value) {
    return *this * value;
  }
  operator std::string() const { return text_.str(); }

 private:
  std::ostringstream text_;
};

}  // namespace pellucid::test

#undef DOCTEST_INFO_IMPL
#define DOCTEST_INFO_IMPL(text, stream, ...)                                   \
  const std::string text = (::pellucid::test::InfoText() * __VA_ARGS__);       \
  const auto DOCTEST_ANONYMOUS(DOCTEST_CAPTURE_) =                             \
      doctest::detail::MakeContextScope([&](std::ostream* stream) { *stream << text; })
