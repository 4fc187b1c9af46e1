// read_ahead.h: what is read and prepared while the caller works on what came before.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

namespace pellucid {

// Values 0, 1, … `count` − 1, made in this order by a thread beside the caller, which takes them in this order.
template <class T>
class ReadAhead {
 public:
  // make: of the value's number; what it throws is thrown by next(), and nothing is made behind it. most: so many
  // values at most wait to be taken, so that memory stays bounded; 0: next() makes them itself.
  ReadAhead(std::size_t count, std::size_t most, std::function<T(std::size_t)> make)
      : count_(count), most_(most), make_(std::move(make)) {
    if (most > 0 && count > 0) thread_ = std::thread([this] { run(); });
  }
  // Leaves out what was not taken.
  ~ReadAhead() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
  }
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  // Not to be called more than `count` times.
  T next() {
    if (!thread_.joinable()) return make_(taken_++);
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !made_.empty() || error_; });
    if (made_.empty()) std::rethrow_exception(error_);
    T value = std::move(made_.front());
    made_.pop_front();
    changed_.notify_all();
    return value;
  }

 private:
  void run() {
    for (std::size_t i = 0; i < count_; ++i) {
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return ending_ || made_.size() < most_; });
        if (ending_) return;
      }
      try {
        T value = make_(i);
        const std::lock_guard lock(mutex_);
        made_.push_back(std::move(value));
      } catch (...) {
        const std::lock_guard lock(mutex_);
        error_ = std::current_exception();
      }
      changed_.notify_all();
      if (error_) return;  // which this thread alone sets
    }
  }

  const std::size_t count_, most_;
  const std::function<T(std::size_t)> make_;
  std::size_t taken_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<T> made_;
  bool ending_ = false;
  std::exception_ptr error_;
  std::thread thread_;  // begins when all else is there
};

}  // namespace pellucid
