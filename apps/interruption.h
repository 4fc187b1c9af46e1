// interruption.h: SIGINT (Ctrl-C) and SIGTERM as a wish to end soon and in order.
#pragma once

namespace pellucid {

// While it lives, the first signal of either kind is only remembered; the next of that kind ends
// the program at once, as it would have without it. One at a time.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  // Whether a signal has come.
  bool wished() const;
  // 128 + the signal, as a shell reports a program that it ended.
  int exit_code() const;
};

}  // namespace pellucid
