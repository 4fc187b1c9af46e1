// background.h: work that is done beside the caller, in order.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

namespace pellucid {

// A thread that does what is posted, one thing after the other; what can be prepared, on several threads. What
// throws ends it: the rest is left out.
class Background {
 public:
  // most_waiting: so many at most wait to be done, so that memory stays bounded; 0: post() does the work
  // itself.
  explicit Background(std::size_t most_waiting) : most_(most_waiting) {}
  ~Background();  // leaves out what waits
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  // Waits while too much waits. Throws what earlier work has thrown.
  void post(std::function<void()> work) { post({}, std::move(work)); }
  // prepare: done before `work`, beside that of what else waits; it must not throw.
  void post(std::function<void()> prepare, std::function<void()> work);
  // Waits until all is done. Throws what the work has thrown.
  void finish();

 private:
  struct Task {
    std::function<void()> prepare, work;  // prepare: or empty
  };
  void run();
  static void run_all(std::deque<Task>& tasks);
  void rethrow();

  const std::size_t most_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> waiting_;
  bool busy_ = false, ending_ = false;
  std::exception_ptr error_;
  std::thread thread_;  // from the first post() on
};

}  // namespace pellucid
