#include "apps/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace pellucid {
namespace {

constexpr double kBarInterval = 0.1;    // seconds between two drawings of the bar
constexpr double kLineInterval = 10.0;  // seconds between two plain lines
constexpr std::size_t kBarCells = 24;

double seconds(std::chrono::steady_clock::duration span) {
  return std::chrono::duration<double>(span).count();
}

void write_error_stream(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

}  // namespace

std::string format_duration(double duration) {
  const auto whole = static_cast<long long>(std::max(duration, 0.0) + 0.5);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole % 3600 / 60);
}

Progress::Progress(std::string what, std::size_t total, std::string unit)
    : what_(std::move(what)),
      unit_(std::move(unit)),
      total_(total),
      terminal_(::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() { clear(); }

void Progress::update(std::size_t done, const std::string& note) {
  done_ = std::min(done, total_);
  if (total_ == 0) return;
  const Clock::time_point now = Clock::now();
  const double interval = terminal_ ? kBarInterval : kLineInterval;
  if (done_ < total_ && seconds(now - shown_) < interval) return;
  shown_ = now;
  show(note);
}

void Progress::show(const std::string& note) {
  const double elapsed = std::max(seconds(Clock::now() - start_), 1e-9);
  const double rate = static_cast<double>(done_) / elapsed;
  std::string figures = fmt::format("{}/{} {}, {:.3g} {}/s", done_, total_, unit_, rate, unit_);
  figures +=
      done_ < total_
          ? fmt::format(", {} left", format_duration(static_cast<double>(total_ - done_) / rate))
          : fmt::format(", {}", format_duration(elapsed));
  if (!note.empty()) figures += ", " + note;
  if (terminal_) {
    const std::size_t cells = kBarCells * done_ / total_;
    write_error_stream(fmt::format("\r\x1b[K{} [{}{}] {}", what_, std::string(cells, '='),
                                   std::string(kBarCells - cells, ' '), figures));
    drawn_ = true;
  } else {
    write_error_stream(fmt::format("{}: {}\n", what_, figures));
  }
}

void Progress::clear() {
  if (drawn_) write_error_stream("\r\x1b[K");
  drawn_ = false;
}

}  // namespace pellucid
