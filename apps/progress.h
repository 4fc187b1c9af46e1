// progress.h: how far a long job is, on stderr: a bar on a terminal, plain lines elsewhere.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace pellucid {

class Progress {
 public:
  // "explaining", 150 images. A total of 0 shows nothing.
  Progress(std::string what, std::size_t total, std::string unit = "images");
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `done` of them are done; `note` is shown behind the figures.
  void update(std::size_t done, const std::string& note = "");
  void advance() { update(done_ + 1); }
  // Clears the bar, so that another line can be printed; the next update() draws it again.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  void show(const std::string& note);

  std::string what_, unit_;
  std::size_t total_, done_ = 0;
  bool terminal_, drawn_ = false;
  Clock::time_point start_ = Clock::now(), shown_ = start_;
};

// "8 s", "3 min 20 s", "2 h 05 min".
std::string format_duration(double seconds);

}  // namespace pellucid
