// error.h: the exceptions of Pellucid. A message says what failed, the value, and what would help;
// programs print it as one line `error: …` and exit 1 (UsageError: 2).
#pragma once

#include <sstream>
#include <stdexcept>
#include <string>

namespace pellucid {

class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A wrong command line or a setting outside its range: exit code 2.
class UsageError : public Error {
 public:
  using Error::Error;
};

// Device or host memory is exhausted; the message says what was asked, what is free, what helps.
class OutOfMemoryError : public Error {
 public:
  using Error::Error;
};

// Joins its parts into one message: concat("cols is ", 0) == "cols is 0".
// Kernel files use it instead of fmt, which nvcc compiles slowly.
template <class... Parts>
std::string concat(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return out.str();
}

template <class... Parts>
[[noreturn]] void fail(const Parts&... parts) {
  throw Error(concat(parts...));
}

// require(a.cols >= 1, "softmax: cols must be at least 1, got ", a.cols);
template <class... Parts>
void require(bool condition, const Parts&... parts) {
  if (!condition) fail(parts...);
}

}  // namespace pellucid
